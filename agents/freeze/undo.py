"""Lock and changelog after versions were taken back: no number is ever given twice."""

from collections.abc import Sequence

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
    for entry in frozen:
        entries.pop(entry.asset, None)
        if known := before.get(entry.asset):
            highest = max((entry.highest or entry.version, known.highest or known.version), key=parts)
            entries[entry.asset] = known.model_copy(update={"highest": highest})
    said = " ".join(why.split())
    lines = "".join(f"- {f.frozen_at:%Y-%m-%d} `{f.asset}` {f.version} taken back: {said}\n" for f in frozen)
    return {
        path: lock.render(entries.values()) if entries or repository.read(base, path) is not None else None,
        log: changelog.with_lines(repository.read(tip, log), (), "") + lines,
    }
