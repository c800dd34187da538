"""The versions of frozen assets, from git's history of the lock."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents import lock
from agents.contracts import Frozen
from agents.errors import FinalError, UsageError
from agents.freeze.version import FIRST
from agents.project import Project
from agents.repository import Repository


@dataclass(frozen=True)
class Version:
    """One version and the commit that brought it."""

    asset: str
    version: str
    commit: str
    entry: Frozen | None
    """None for the text that a person wrote before the first version."""
    subject: str
    made_at: str
    """When it was committed, ISO 8601."""


@dataclass(frozen=True)
class Step:
    """One commit that changed the lock."""

    commit: str
    made_at: str
    subject: str
    entries: Mapping[str, Frozen]
    before: Mapping[str, Frozen]
    """The lock of its first parent: what a merge brings is what the branch did not have."""


def steps(project: Project) -> tuple[Step, ...]:
    """Each commit that changed the lock, newest first."""
    repository, path = Repository(project.repo), project.in_repo(lock.LOCK_FILE)
    told = repository.git("log", "--format=%H%x00%P%x00%cI%x00%s", "HEAD", "--", path).decode()
    rows = [row.split("\0") for row in told.splitlines()]
    merged = any(" " in parents for _, parents, _, _ in rows)
    read = ((row, _lock(repository, row[0], path)) for row in rows)
    known = [(row, entries) for row, entries in read if entries is not None]
    found = []
    for ((sha, _, at, subject), entries), (_, older) in zip(known, [*known[1:], ([], {})], strict=True):
        # On one line the next one is the lock of the parent; beside it, it is another branch's.
        before = _lock(repository, f"{sha}^1", path) if merged else older
        found.append(Step(sha, at, subject, entries, entries if before is None else before))
    return tuple(found)


def _lock(repository: Repository, commit: str, path: str) -> dict[str, Frozen] | None:
    try:
        return lock.parse(repository.read(commit, path) or "")
    except UsageError:  # somebody committed a lock that cannot be read; `frozen verify` tells of it
        return None


def history(project: Project, asset: str) -> tuple[Version, ...]:
    """Every version of an asset, newest first, the person's own text last. Raises UsageError for an unknown asset."""
    known = steps(project)
    found: list[Version] = []
    for step in known:
        entry, was = step.entries.get(asset), step.before.get(asset)
        if entry is not None and (was is None or _identity(was) != _identity(entry)):
            found.append(Version(asset, entry.version, step.commit, entry, step.subject, step.made_at))
        if entry is not None and was is None:
            found += _own(project, step.commit, entry)
    if not found:
        names = sorted({name for step in known for name in step.entries})
        raise UsageError(f"No frozen asset {asset!r}. Known: {', '.join(names) or 'none yet'}. See `adp frozen list`.")
    return tuple(found)


def _identity(entry: Frozen) -> tuple[str, str]:
    return entry.version, entry.sha256


def _own(project: Project, sha: str, entry: Frozen) -> list[Version]:
    repository = Repository(project.repo)
    try:
        parent = repository.line("rev-parse", "--verify", f"{sha}^")
    except FinalError:
        return []
    if repository.read(parent, project.in_repo(entry.path)) is None:
        return []
    at, subject = repository.line("log", "-1", "--format=%cI%x00%s", parent).split("\0")
    return [Version(entry.asset, FIRST, parent, None, subject, at)]


def bytes_of(project: Project, version: Version, path: str) -> str | None:
    """The text of a version; None where its commit has no such file."""
    return Repository(project.repo).read(version.commit, project.in_repo(path))


def current(project: Project, commit: str) -> Mapping[str, Frozen]:
    """The lock as a commit has it."""
    return lock.parse(Repository(project.repo).read(commit, project.in_repo(lock.LOCK_FILE)) or "")
