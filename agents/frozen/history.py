"""The versions of frozen assets, from git's history of the lock."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents import lock
from agents.contracts import Frozen
from agents.errors import FinalError, UsageError
from agents.freeze.version import FIRST
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


def locks(project: Project) -> list[tuple[str, str, str, dict[str, Frozen]]]:
    """Commit, time, subject and lock of each commit that changed the lock, newest first."""
    repository, path = Repository(project.repo), project.in_repo(lock.LOCK_FILE)
    told = repository.git("log", "--format=%H%x00%cI%x00%s", "HEAD", "--", path).decode()
    rows = [row.split("\0") for row in told.splitlines()]
    texts = repository.blobs([f"{sha}:{path}" for sha, _, _ in rows])
    found = []
    for (sha, at, subject), text in zip(rows, texts, strict=True):
        try:
            found.append((sha, at, subject, lock.parse(as_text(text or b""))))
        except (UsageError, FinalError):  # somebody committed a lock that cannot be read; `frozen verify` tells of it
            continue
    return found


def history(project: Project, asset: str) -> tuple[Version, ...]:
    """Every version of an asset, newest first, the person's own text last. Raises UsageError for an unknown asset."""
    known = locks(project)
    found: list[Version] = []
    for (sha, at, subject, entries), (_, _, _, before) in zip(known, [*known[1:], ("", "", "", {})], strict=True):
        entry, was = entries.get(asset), before.get(asset)
        if entry is not None and (was is None or _identity(was) != _identity(entry)):
            found.append(Version(asset, entry.version, sha, entry, subject, at))
        if entry is not None and was is None:
            found += _own(project, sha, entry)
    if not found:
        names = sorted({name for _, _, _, entries in known for name in entries})
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
