"""Activate frozen code in git as one transaction, or leave it on a branch of its own and say why."""

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

from agents import audit as log
from agents import lock
from agents.activate import activate, follow, held_index, unlocked, unlocked_refs
from agents.audit import Audit
from agents.contracts import Frozen
from agents.errors import FinalError, RaceLost, RetryableError
from agents.failpoints import passing
from agents.freeze.freeze import tag_of
from agents.freeze.undo import taken_back
from agents.project import Project
from agents.repository import Repository
from agents.text import as_bytes

MARKER = "landing.json"
"""Names the commit that is being made; of a process that was killed it stays, and the next one asks git's refs."""


@dataclass(frozen=True)
class Landed:
    """Where a commit went."""

    commit: str
    branch: str
    applied: bool
    note: str


@dataclass(frozen=True)
class _Marker:
    subject: str
    base: str
    branch: str
    """Full name of the ref that moves."""
    paths: tuple[str, ...]
    tags: tuple[str, ...]
    anchor: str


def commit(
    project: Project,
    files: Mapping[str, str | None],
    message: str,
    base: str,
    subject: str,
    *,
    frozen: Sequence[Frozen] = (),
    hold: str = "",
    event: str = "commit",
    meant: Sequence[str] = (),
    onto_tip: bool = False,
) -> Landed:
    """Commit `files` on top of `base`: the ref by compare-and-swap, then index and work tree, each step recorded.

    `hold` is a reason to keep it on its own branch `adp/<subject>`; the user's uncommitted edits, a detached head and
    a protected branch are others; edits in `meant` are what is committed. The commit's message names the line of the
    audit log that says what was intended.
    Raises RaceLost where the branch moves meanwhile; nothing is changed then. With `onto_tip` also where it had moved
    before, which is otherwise a reason to hold.
    """
    with landing(project) as repository:
        _recover(project, repository)
        found = hold or obstacle(project, repository, base, [p for p in files if p not in meant])
        if onto_tip and not hold and found and repository.head() != base:
            raise RaceLost(f"the branch is no longer at {base[:12]}: somebody committed meanwhile")
        hold = found
        return _commit(project, repository, files, message, base, subject, frozen, hold, event)


def _commit(
    project: Project,
    repository: Repository,
    files: Mapping[str, str | None],
    message: str,
    base: str,
    subject: str,
    frozen: Sequence[Frozen],
    reason: str,
    event: str,
) -> Landed:
    audit = Audit(project.state)
    ref = f"refs/heads/adp/{subject}" if reason else repository.branch() or "HEAD"
    versions = [f"{f.asset} {f.version}" for f in frozen]
    hashes = {p: lock.digest(as_bytes(text)) if text is not None else None for p, text in sorted(files.items())}
    intended = audit.append(
        f"{event}_intended", subject=subject, base=base, ref=ref, waits=reason, files=hashes, frozen=versions
    )
    tags = () if reason else tuple(tag_of(project, f.asset, f.version) for f in frozen)
    marker = _Marker(subject, base, ref, tuple(files), tags, audit.anchor(intended))
    _mark(project, marker)
    passing("land.intended")
    try:
        sha = repository.write_commit(base, files, message + marker.anchor)
        if reason:
            repository.put(ref, sha)
            passing("land.branch_created")
        else:
            _advance(repository, marker, sha)
    except (RetryableError, FinalError) as error:
        if not _made(repository, marker):
            audit.append(f"{event}_abandoned", subject=subject, why=str(error))
            _unmark(project)
        raise
    passing("land.before_recorded")
    audit.append(event if not reason else f"{event}_waits", subject=subject, commit=sha, ref=ref, why=reason)
    _unmark(project)
    passing("land.recorded")
    short = ref.removeprefix("refs/heads/")
    return Landed(sha, short, not reason, reason or f"committed to {short}")


def _advance(repository: Repository, marker: _Marker, sha: str) -> None:
    """Move the branch while the index is held: a `git commit` between the two would take the change back."""
    with held_index(repository) as index:
        passing("land.before_ref")
        repository.advance(marker.branch, sha, marker.base)
        passing("land.ref_moved")
        _tag(repository, sha, marker.tags)
        follow(repository, index, sha, marker.paths)


def _tag(repository: Repository, sha: str, tags: Sequence[str]) -> None:
    for tag in tags:
        repository.tag(tag, sha)
    passing("land.tagged")


def _finish(repository: Repository, sha: str, paths: Sequence[str], tags: Sequence[str]) -> None:
    _tag(repository, sha, tags)
    activate(repository, sha, paths)


def obstacle(project: Project, repository: Repository, base: str, paths: Sequence[str]) -> str:
    """Why the checked-out branch may not move now; empty where it may."""
    branch = repository.branch()
    if branch is None:
        return "the work tree is on no branch (detached head)"
    short = branch.removeprefix("refs/heads/")
    if short in project.settings.policy.protected_branches:
        return f"branch {short} is protected by adp.yml"
    if repository.head() != base:
        return f"branch {short} moved since the proposal was proved"
    known = repository.texts(base, paths)
    edited = repository.edited(base, [p for p in paths if known[p] is not None])
    untracked = [p for p in paths if known[p] is None and repository.working(p) is not None]
    if edited or untracked:
        return f"uncommitted edits in {', '.join([*edited, *untracked])}"
    return ""


@contextmanager
def landing(project: Project) -> Iterator[Repository]:
    """Hold the lock that every commit of the platform takes; the operating system takes it back from the dead.

    The git commands of the repository that it gives hold it too: one that outlives a killed process is waited for.
    """
    project.state.mkdir(parents=True, exist_ok=True)
    with (project.state / "land.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield Repository(project.repo, (file.fileno(),))


def recovered(project: Project) -> str:
    """Finish or give up what a killed process was committing, by what git's refs say; what was done, in words."""
    if not (project.state / MARKER).is_file():
        return ""
    with landing(project) as repository:
        return _recover(project, repository)


def _recover(project: Project, repository: Repository) -> str:
    file = project.state / MARKER
    if not file.is_file():
        return ""
    audit = Audit(project.state)
    told = json.loads(file.read_text())
    marker = _Marker(**{**told, "paths": tuple(told["paths"]), "tags": tuple(told["tags"])})
    unlocked(repository)
    unlocked_refs(repository, [marker.branch, *(f"refs/tags/{tag}" for tag in marker.tags)])
    sha = _made(repository, marker)
    if not sha:
        words = f"{marker.subject}: the interrupted commit was not made, and everything is as before"
    elif marker.branch.startswith("refs/heads/adp/"):
        words = f"{marker.subject}: waits on {marker.branch.removeprefix('refs/heads/')}, as was intended"
    else:
        left = _finished(repository, marker, sha)
        kept = f"; your edits in {', '.join(left)} were left alone" if left else ""
        words = f"{marker.subject}: commit {sha[:12]} was made, and the work tree now follows it{kept}"
    audit.append("recovered", subject=marker.subject, commit=sha or None, did=words)
    _unmark(project)
    return words


def _made(repository: Repository, marker: _Marker) -> str:
    """The commit that stands on the marked line of the log; empty where no ref has it."""
    if marker.branch != "HEAD" and not repository.line("for-each-ref", marker.branch):
        return ""
    with suppress(FinalError):
        for sha, message in repository.messages(f"{marker.base}..{marker.branch}"):
            if message.rstrip().endswith(marker.anchor.rstrip()):
                return sha
    return ""


def _finished(repository: Repository, marker: _Marker, sha: str) -> tuple[str, ...]:
    """Let the work tree follow where it still is as it was; the paths that somebody edited since, which stay."""
    same = set(repository.same_as(marker.base, marker.paths)) | set(repository.same_as(sha, marker.paths))
    tip, ours = repository.texts("HEAD", marker.paths), repository.texts(sha, marker.paths)
    moved = [p for p in marker.paths if tip[p] != ours[p]]
    paths = [p for p in marker.paths if p in same and p not in moved]
    _finish(repository, sha, paths, marker.tags)
    return tuple(p for p in marker.paths if p not in paths)


def _mark(project: Project, marker: _Marker) -> None:
    fresh = project.state / f"{MARKER}.next"
    fresh.write_text(json.dumps(asdict(marker)))
    fresh.replace(project.state / MARKER)


def _unmark(project: Project) -> None:
    (project.state / MARKER).unlink(missing_ok=True)


def anchors(message: str) -> tuple[str, str] | None:
    """The log and the line (`number hash`) that a commit's message ends with; None where it names none."""
    last = message.rstrip().splitlines()[-1] if message.strip() else ""
    name, _, said = last.partition(": ")
    parts = said.split(" ")
    return (parts[0], " ".join(parts[1:])) if name == log.TRAILER and len(parts) == 3 else None


def revert(project: Project, landed: str, base: str, frozen: Sequence[Frozen], paths: Sequence[str], why: str) -> str:
    """Put the files of an applied commit back as they were at `base`, as a new commit on top of `landed`."""
    repository = Repository(project.repo)
    files = repository.texts(base, paths) | taken_back(project, landed, base, frozen, why)
    subject = repository.line("log", "-1", "--format=%s", landed)
    message = f"Take back: {subject}\n\n{why}\n\nReverts: {landed}\n"
    return commit(project, files, message, landed, f"back-{landed[:12]}", event="take_back").commit
