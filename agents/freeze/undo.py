"""Lock and changelog after versions were taken back: no number is ever given twice."""

from collections.abc import Iterable, Mapping, Sequence

from agents import lock
from agents.contracts import Frozen
from agents.freeze import changelog
from agents.freeze.version import parts
from agents.project import Project
from agents.repository import Repository


def taken_back(project: Project, tip: str, base: str, frozen: Sequence[Frozen], why: str) -> dict[str, str | None]:
    """The files beside the project, by path in the repository, with `frozen` at `tip` as they were at `base`."""
    repository = Repository(project.repo)
    path, log = project.in_repo(lock.LOCK_FILE), project.in_repo(changelog.CHANGELOG)
    entries = lock.parse(repository.read(tip, path) or "")
    before = lock.parse(repository.read(base, path) or "")
    entries = as_before(entries, before, [f.asset for f in frozen])
    said = " ".join(why.split())
    remarks = (f"{f.frozen_at:%Y-%m-%d} `{f.asset}` {f.version} taken back: {said}" for f in frozen)
    return {
        path: lock.render(entries.values()) if entries or repository.read(base, path) is not None else None,
        log: changelog.with_remarks(repository.read(tip, log), remarks),
    }


def as_before(now: Mapping[str, Frozen], before: Mapping[str, Frozen], assets: Iterable[str]) -> dict[str, Frozen]:
    """The entries of a lock with `assets` as they were before; each keeps the highest number that it ever had."""
    entries = dict(now)
    for asset in assets:
        entry, was = entries.pop(asset, None), before.get(asset)
        if was:
            highest = max((v for e in (entry, was) if e for v in (e.version, e.highest or e.version)), key=parts)
            entries[asset] = was.model_copy(update={"highest": highest})
    return entries
