"""The versions of frozen assets, from git's history of the lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents import lock
from agents.contracts import Frozen
from agents.errors import FinalError, UsageError
from agents.freeze.version import FIRST
from agents.minds.in_effect import is_weights
from agents.project import Project
from agents.repository import Repository
from agents.text import as_text


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
    read = _locks(repository, [f"{sha}:{path}" for sha, *_ in rows])
    known = [(row, entries) for row, entries in zip(rows, read, strict=True) if entries is not None]
    # On one line the next one is the lock of the parent; beside it, it is another branch's.
    older: Sequence[dict[str, Frozen] | None] = [*(entries for _, entries in known[1:]), {}][: len(known)]
    if any(" " in parents for _, parents, *_ in rows):
        older = _locks(repository, [f"{row[0]}^1:{path}" for row, _ in known])
    pairs = zip(known, older, strict=True)
    return tuple(Step(sha, at, subject, entries, entries if before is None else before)
                 for ((sha, _, at, subject), entries), before in pairs)  # fmt: skip


def _locks(repository: Repository, names: Sequence[str]) -> list[dict[str, Frozen] | None]:
    """The locks by these names of git, empty where there is none; None for one that cannot be read."""
    found: list[dict[str, Frozen] | None] = []
    for raw in repository.blobs(names):
        try:
            found.append(lock.parse(as_text(raw or b"")))
        except (UsageError, FinalError):  # somebody committed it; `frozen verify` tells of it
            found.append(None)
    return found


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
    if repository.read(parent, project.in_repo(entry.path)) is None and not is_weights(entry.path):
        return []  # of weights, those that are shipped with adp came before
    at, subject = repository.line("log", "-1", "--format=%cI%x00%s", parent).split("\0")
    return [Version(entry.asset, FIRST, parent, None, subject, at)]


def bytes_of(project: Project, version: Version, path: str) -> str | None:
    """The text of a version; None where its commit has no such file."""
    return Repository(project.repo).read(version.commit, project.in_repo(path))
