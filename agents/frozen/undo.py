"""Which files a rollback changes, and to what: several assets that changed as one go back as one."""

from dataclasses import dataclass

from agents import lock
from agents.contracts import Frozen
from agents.errors import UsageError
from agents.freeze.changelog import CHANGELOG, with_remarks
from agents.freeze.undo import as_before
from agents.freeze.version import FIRST
from agents.frozen.history import history, steps
from agents.project import Project
from agents.repository import Repository


@dataclass(frozen=True)
class Undo:
    """A rollback before it is committed."""

    moves: dict[str, tuple[str, str]]
    """Asset -> version now and version then."""
    then: str
    """The commit whose texts come back."""
    undone: tuple[str, ...]
    """Commits that brought the versions which go, newest first; empty where only changed bytes go."""
    files: dict[str, str | None]
    """Path in the repository -> text."""
    paths: tuple[str, ...]
    """Of the assets, relative to the project."""


def undo(project: Project, asset: str, to: str | None) -> Undo:
    """What takes an asset back to version `to`, or to the one before; to today's own, where its bytes were changed.

    Raises UsageError for an unknown asset or version, and where there is nothing before.
    """
    repository = Repository(project.repo)
    versions = history(project, asset)
    entries = lock.at(project, "HEAD")
    now = entries[asset].version if asset in entries else FIRST
    known = list(dict.fromkeys(v.version for v in versions))
    wanted = to or _before(asset, now, entries.get(asset), known)
    if wanted not in known:
        raise UsageError(f"{asset} has no version {wanted}. Known: {', '.join(known)}. See `adp frozen log {asset}`.")
    if wanted == now:
        path = entries[asset].path if asset in entries else versions[0].asset
        text = repository.read("HEAD", project.in_repo(path))
        return Undo({asset: (now, now)}, repository.head(), (), {project.in_repo(path): text}, (path,))
    then = next(v.commit for v in versions if v.version == wanted)
    return _undo(project, repository, entries, asset, then)


def _before(asset: str, now: str, entry: Frozen | None, known: list[str]) -> str:
    if entry is None or entry.parent is None or entry.parent not in known:
        raise UsageError(f"{asset} {now} has no version before it. Known: {', '.join(known)}.")
    return entry.parent


def _undo(project: Project, repository: Repository, entries: dict[str, Frozen], asset: str, then: str) -> Undo:
    made = _since(project, then)
    together, undone = {asset}, set[str]()
    while more := [(sha, changed) for sha, changed in made if changed & together and sha not in undone]:
        undone |= {sha for sha, _ in more}
        together |= {name for _, changed in more for name in changed}
    before = lock.at(project, then)
    files: dict[str, str | None] = {}
    moves, paths = {}, []
    for name in sorted(together):
        entry, was = entries.get(name), before.get(name)
        path = (entry or was or _missing(name)).path
        files[project.in_repo(path)] = repository.read(then, project.in_repo(path))
        paths.append(path)
        moves[name] = (entry.version if entry else "none", was.version if was else FIRST)
    log = project.in_repo(CHANGELOG)
    remarks = (f"`{name}` {a} rolled back to {b}" for name, (a, b) in moves.items())
    files[log] = with_remarks(repository.read("HEAD", log), remarks)
    files[project.in_repo(lock.LOCK_FILE)] = lock.render(as_before(entries, before, moves).values())
    return Undo(moves, then, tuple(sha for sha, _ in made if sha in undone), files, tuple(paths))


def _missing(name: str) -> Frozen:
    raise UsageError(f"{name} is in no lock any more. See `adp frozen log {name}`.")


def _since(project: Project, then: str) -> list[tuple[str, set[str]]]:
    """Commits after `then` that changed versions, newest first, and the assets that each changed."""
    repository = Repository(project.repo)
    later = set(repository.line("rev-list", "HEAD", f"^{then}", "--").split())
    found = []
    for step in (s for s in steps(project) if s.commit in later):
        names = step.entries.keys() | step.before.keys()
        found.append((step.commit, {n for n in names if _key(step.entries.get(n)) != _key(step.before.get(n))}))
    return found


def _key(entry: Frozen | None) -> tuple[str, str] | None:
    return (entry.version, entry.sha256) if entry else None
