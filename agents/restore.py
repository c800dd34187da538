"""Bring ledger and audit back from a snapshot, and lock and certificates to what git says they are."""

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agents import audit, ledger_copy, restoring
from agents.audit import Audit
from agents.errors import FinalError, UsageError
from agents.project import Project
from agents.repository import Repository
from agents.settings import SETTINGS_FILE
from agents.snapshot import STATE, Contents, unpack


@dataclass(frozen=True)
class Restored:
    """What a restore did, or would do."""

    contents: Contents
    lost: dict[str, int]
    """Table, or the audit log -> what is there now and not in the snapshot."""
    written: tuple[str, ...]
    """Files of the dbt project that went back to their committed bytes."""
    different: tuple[str, ...]
    """Files of the dbt project that are not as in the snapshot, and were left alone."""
    aside: Path | None
    """Where the old state is kept; None where there was none."""


def restore(project: Project, file: Path, *, dry_run: bool = False, force: bool = False) -> Restored:
    """Make the project's ledger and audit what a snapshot says; the old ones are kept aside.

    In the work tree only the lock and certificates are written, and only with the bytes that are committed. Raises
    UsageError, and changes nothing: a wrong key, a changed or cut file, another project, a commit that is not here;
    or, without `force`, decisions that are newer than the snapshot.
    """
    Repository(project.repo).exclude_state()
    with restoring.staging(project.state) as staged:
        contents = unpack(file, staged)
        _fits(project, contents, file)
        lost, there = _lost(project, contents, staged)
        if lost and not (force or dry_run):
            raise UsageError(
                f"{file.name} is of {contents.made_at:%Y-%m-%d %H:%M} UTC, and restoring it would lose "
                f"{words(lost)} that are not in it. Nothing was changed. To lose them: `--force`."
            )
        written, different = _tree(project, contents, staged)
        aside = f"state.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}" if there or written else ""
        if not dry_run:
            state = [name for name in (audit.FILE, audit.HEAD) if name in contents.members]
            gone = [name for name in (audit.FILE, audit.HEAD) if name not in state]
            plan = {"project": project.prefix, "aside": aside, "state": state, "gone": gone, "tree": written}
            restoring.decide(project.state, staged, {**plan, "locks": [audit.FILE]})
    restoring.finish(project.state, project.settings.ledger_url)
    return Restored(contents, lost, tuple(written), tuple(different), project.state / aside if aside else None)


def words(lost: dict[str, int]) -> str:
    """What would be lost, in words."""
    return ", ".join(f"{count} in {name}" if count else name for name, count in lost.items())


def _fits(project: Project, contents: Contents, file: Path) -> None:
    if (contents.name, contents.project) != (project.name, project.prefix):
        raise UsageError(
            f"{file.name} is of project {contents.name!r} at {contents.project or 'the root'!r} of its repository; "
            f"this is {project.name!r} at {project.prefix or 'the root'!r}. Name its folder with `--project DIR`."
        )
    try:
        Repository(project.repo).git("cat-file", "-e", f"{contents.commit}^{{commit}}")
    except FinalError as error:
        raise UsageError(
            f"{file.name} was made at commit {contents.commit[:12]}, which {project.repo} does not have: "
            "it is newer than this clone, or of another repository. Run `git fetch`, then try again."
        ) from error


def _lost(project: Project, contents: Contents, staged: Path) -> tuple[dict[str, int], bool]:
    """What the snapshot lacks; and whether there is anything at all."""
    ledger = ledger_copy.opened(project.state, project.settings.ledger_url)
    if ledger is None and project.settings.ledger_url:
        raise UsageError("The file that `ledger_url` names is damaged. Move it away, then restore again.")
    if ledger is None:
        return {"what a damaged ledger held": 0}, True
    with closing(ledger):
        lost = ledger_copy.lost(ledger.engine, staged, contents.made_at)
        there = ledger_copy.filled(ledger.engine)
    now, then = Audit(project.state).read(), Audit(staged).read()
    same = sum(1 for a, b in zip(now.lines, then.lines, strict=False) if a.whole == b.whole)
    if len(now.lines) > same:
        lost["the audit log"] = len(now.lines) - same
    return lost, there or bool(now.lines or now.problems)


def _tree(project: Project, contents: Contents, staged: Path) -> tuple[list[str], list[str]]:
    """Files of the dbt project to write, and those that stay as they are though the snapshot has others."""
    repository, written, different = Repository(project.repo), [], []
    for name in (n for n in contents.members if n not in STATE):
        was, place = (staged / name).read_bytes(), project.root / name
        if place.is_file() and place.read_bytes() == was:
            continue
        if name != SETTINGS_FILE and _committed(repository, project.in_repo(name)) == was:
            written.append(name)
        else:
            different.append(name)
    return written, different


def _committed(repository: Repository, path: str) -> bytes | None:
    try:
        return repository.git("cat-file", "blob", f"HEAD:{path}")
    except FinalError:
        return None
