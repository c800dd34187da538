"""Is what is frozen still what was proved: code, lock, certificates, changelog, commits and the audit log."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from agents import lock, signatures
from agents.audit import Audit, Line, Read
from agents.commit import anchors
from agents.contracts import Frozen
from agents.errors import FinalError, UsageError
from agents.freeze.changelog import CHANGELOG
from agents.freeze.package import CERTIFICATES
from agents.frozen.integrity import held
from agents.project import Project
from agents.repository import Repository

State = Literal["valid", "unverifiable", "invalid"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: State
    words: str


@dataclass(frozen=True)
class Verified:
    """Everything that was looked at; the worst of it is the state of the whole."""

    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """`invalid` before `unverifiable` before `valid`."""
        states = {f.state for f in self.findings}
        worst: tuple[State, ...] = ("invalid", "unverifiable")
        return next((s for s in worst if s in states), "valid")


@dataclass(frozen=True)
class _Looked:
    """What is compared with what."""

    project: Project

    @cached_property
    def repository(self) -> Repository:
        return Repository(self.project.repo)

    @cached_property
    def log(self) -> Read:
        return Audit(self.project.state).read()

    @cached_property
    def name(self) -> str:
        return self.log.lines[0].whole[:12] if self.log.lines else ""

    @cached_property
    def made(self) -> dict[str, Line]:
        """Commit -> the line of this log that records it."""
        return {str(line.facts["commit"]): line for line in self.log.lines if line.facts.get("commit")}

    @cached_property
    def by_head(self) -> dict[str, Line]:
        return {line.head: line for line in self.log.lines}

    @cached_property
    def recorded(self) -> set[tuple[str, str]]:
        """Every path and hash that a line of this log says was committed."""
        files = (line.facts.get("files") or {} for line in self.log.lines)
        return {(str(path), str(digest)) for found in files for path, digest in found.items()}


def verify(project: Project) -> Verified:
    """Look at everything, change nothing. What only another clone's log can show is called unverifiable."""
    looked = _Looked(project)
    try:
        entries = lock.load(project.root)
    except (UsageError, FinalError) as error:
        return Verified((Finding(lock.LOCK_FILE, "invalid", str(error)), *_log(looked)))
    return Verified((*_code(looked, entries), *_files(looked, entries), *_log(looked), *_commits(looked)))


def _code(looked: _Looked, entries: dict[str, Frozen]) -> Iterator[Finding]:
    states: dict[str, State] = {"proved": "valid", "committed": "unverifiable", "changed": "invalid"}
    for found in held(looked.project, entries):
        name = f"{found.entry.asset} {found.entry.version}"
        words = found.words + (f"\n{found.difference}" if found.difference else "")
        yield Finding(name, states[found.state], words or "the bytes that were proved")


def _files(looked: _Looked, entries: dict[str, Frozen]) -> Iterator[Finding]:
    """Lock, changelog and certificates: as committed, as recorded, and as the lock names them."""
    project, repository = looked.project, looked.repository
    beside = [project.in_repo(lock.LOCK_FILE), project.in_repo(CHANGELOG)]
    listed = repository.listed("HEAD", [*beside, project.in_repo(CERTIFICATES)])
    paths = [p for p in dict.fromkeys((*beside, *listed)) if p in listed or (project.repo / p).is_file()]
    now = repository.hashed(paths)
    same = [p for p in paths if p in listed and now.get(p) == listed[p][1]]
    texts = dict(zip(same, repository.blobs([listed[p][1] for p in same]), strict=True))
    named = {project.in_repo(e.certificate): e.certificate_sha256 for e in entries.values() if e.certificate}
    for path in dict.fromkeys((*paths, *named)):
        if path in paths and path not in texts:
            yield Finding(path, "invalid", "not as it was committed: see `git diff`")
            continue
        digest = lock.digest(texts.get(path) or b"")
        if path in named and digest != named[path]:
            yield Finding(path, "invalid", f"its hash is {digest[:16]}, the lock says {named[path][:16]}")
        elif (path, digest) in looked.recorded:
            yield Finding(path, "valid", "as this clone's log recorded it")
        else:
            yield _foreign(looked, path)


def _foreign(looked: _Looked, path: str) -> Finding:
    """A file whose bytes this log does not know: another clone made it, or somebody by hand."""
    told = looked.repository.messages("HEAD", path)
    found = anchors(told[0][1]) if told else None
    if found is None:
        return Finding(path, "invalid", f"commit {told[0][0][:12] if told else '?'} changed it without a proof")
    if found[0] == looked.name:
        return Finding(path, "invalid", f"commit {told[0][0][:12]} holds other bytes than the log recorded")
    return Finding(path, "unverifiable", f"commit {told[0][0][:12]} stands on log {found[0]}, which is not here")


def _log(looked: _Looked) -> Iterator[Finding]:
    for problem in looked.log.problems:
        yield Finding("audit log", "invalid", problem)
    keys = looked.project.settings.audit_keys
    unsigned = [x.seq for x in looked.log.lines if not signatures.signer(x.hash.encode(), x.signature, keys)]
    if keys and unsigned:
        words = f"line {unsigned[0]} (and {len(unsigned) - 1} more) is not signed by a key of audit_keys"
        yield Finding("audit log", "invalid", words)
    if looked.log.lines and not looked.log.problems:
        torn = f"; {looked.log.torn} bytes of an interrupted line follow" if looked.log.torn else ""
        yield Finding("audit log", "valid", f"{len(looked.log.lines)} lines, each stands on the one before{torn}")


def _commits(looked: _Looked) -> Iterator[Finding]:
    """Commits that name a line of the log: it is there, and the log names them too."""
    path = looked.project.in_repo(lock.LOCK_FILE)
    counted = 0
    for sha, message in looked.repository.messages("HEAD", path):
        found = anchors(message)
        if found is None:
            continue
        if found[0] != looked.name:
            here = "no log is here" if not looked.name else f"the log here is {looked.name}"
            yield Finding(f"commit {sha[:12]}", "unverifiable", f"it stands on log {found[0]}; {here}")
        elif found[1] not in looked.by_head:
            yield Finding(f"commit {sha[:12]}", "invalid", f"line {found[1].split()[0]} of the log is not what it was")
        elif sha not in looked.made:
            yield Finding(f"commit {sha[:12]}", "invalid", "the log does not know of it")
        else:
            counted += 1
    if counted:
        yield Finding("commits", "valid", f"{counted} stand on lines of this log")
