"""`adp frozen`: versions of generated code, whether they are what was proved, and the ways on where they are not."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from agents import lock, story
from agents.cli.command import Json, ProfilesDir, ProjectDir, Target, command, emit, notified, opened, tell
from agents.commit import recovered
from agents.frozen.adopt import adopt_path
from agents.frozen.history import history
from agents.frozen.proved import changed_closures, closure_of, noted
from agents.frozen.verify import verify
from agents.masking import masked
from agents.notify.announce import ask_authors
from agents.offer import offer_alone
from agents.project import Project, open_project
from agents.repository import Repository
from agents.rollback import rollback

frozen = typer.Typer(no_args_is_help=True, help="Frozen assets: versions and their proof.")

EXIT = {"valid": 0, "unverifiable": 3, "invalid": 4}


@frozen.command("list")
@command
def frozen_list(
    project: ProjectDir = None, profiles_dir: ProfilesDir = None, target: Target = None, as_json: Json = False
) -> int:
    """Frozen assets with version, author, approver and certificate."""
    found = open_project(project, profiles_dir=profiles_dir, target=target)
    entries = lock.load(found.root).values()
    known = noted(found)
    rows = [
        {"asset": e.asset, "version": e.version, "path": e.path, "author": e.author, "approver": e.approver,
         "frozen_at": e.frozen_at.isoformat(timespec="seconds"), "certificate": e.certificate,
         "closure": _short(closure_of(e, known), as_json)}
        for e in entries
    ]  # fmt: skip
    emit(as_json, {"frozen": rows}, story.table(rows) or "Nothing is frozen yet.")
    return 0


@frozen.command("verify")
@command
def frozen_verify(
    project: ProjectDir = None, profiles_dir: ProfilesDir = None, target: Target = None, as_json: Json = False
) -> int:
    """Is every byte of frozen code, lock, certificates and audit log what was proved? Changes nothing.

    A closure that changed (a macro, a variable, a parent) is said, and is no fault.
    Exit 0: valid; 3: in part unverifiable, another clone's audit log is needed; 4: not valid.
    """
    looked = open_project(project, profiles_dir=profiles_dir, target=target, broken=True)
    found = verify(looked)
    readable = all(f.what != lock.LOCK_FILE or f.state != "invalid" for f in found.findings)
    findings = (*found.findings, *(changed_closures(looked) if readable else ()))
    rows = [{"state": f.state, "what": f.what, "words": f.words} for f in findings]
    value = {"state": found.state, "findings": rows}
    emit(as_json, value, f"{story.table(rows)}\n{found.state}" if rows else "Nothing is frozen yet: valid")
    return EXIT[found.state]


@frozen.command("log")
@command
def frozen_log(
    asset: Annotated[str | None, typer.Argument(metavar="[ASSET]", help="One asset; all without it.")] = None,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Every version of an asset, or of all, newest first."""
    found = open_project(project, profiles_dir=profiles_dir, target=target)
    names = [asset] if asset else sorted(lock.load(found.root))
    versions = sorted((v for name in names for v in history(found, name)), key=lambda v: v.made_at, reverse=True)
    rows = [
        {"asset": v.asset, "version": v.version, "commit": v.commit[:12], "at": v.made_at,
         "author": v.entry.author if v.entry else "", "approver": v.entry.approver if v.entry else "",
         "why": v.subject}
        for v in versions
    ]  # fmt: skip
    emit(as_json, {"versions": rows}, story.table(rows) or "Nothing is frozen yet.")
    return 0


@frozen.command("adopt")
@command
def frozen_adopt(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A frozen file that a person edited.")],
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Take an edit of a frozen file as its next version, in the name of its author.

    Exit 3: it waits on a branch of its own, or it changes results and waits for `adp observe --accept`.
    """
    with opened(project, profiles_dir, target) as (found, ledger):
        recovered(found)
        name = _inside(found, path)
        landed, question = adopt_path(found, name)
        told = ask_authors(found, ledger, found.graph, {name: question} if question else {})
        tell(offer_alone(replace(found), ledger))
        words = f"Adopted: {landed.note}" if landed.applied else f"Waits on {landed.branch}: {landed.note}"
        value = {"applied": landed.applied, "commit": landed.commit, "note": landed.note, "question": question}
        emit(as_json, value, words + (f"\nIt changes results: {masked(question)}" if question else ""))
        notified(told)
        return 0 if landed.applied and not question else 3


@frozen.command("rollback")
@command
def frozen_rollback(
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="A name of `adp frozen list`.")],
    to: Annotated[str | None, typer.Option("--to", help="Version; without it the one before.")] = None,
    why: Annotated[str, typer.Option(help="Why; kept in commit, ledger and audit log.")] = "",
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Take a version back, code and data; what changed with it goes back too. Its repair waits for a person then.

    Exit 0: code and data are back; 3: the code waits on a branch; 4: the code is back, the data of then is not kept.
    """
    with opened(project, profiles_dir, target) as (found, ledger):
        done = rollback(found, ledger, asset, to, by=person(found), why=why or "asked for on the command line")
        moves = [{"asset": name, "from": a, "to": b} for name, (a, b) in done.moves.items()]
        landed = done.landed
        value = {"rolled_back": moves, "commit": landed.commit if landed else None, "data": done.data,
                 "detail": done.detail, "set_aside": done.aside or None}  # fmt: skip
        words = ", ".join(f"{m['asset']} {m['from']} -> {m['to']}" for m in moves)
        aside = f"\nYour uncommitted texts are in {done.aside}" if done.aside else ""
        emit(as_json, value, f"Rolled back: {words}\nData {done.data}: {done.detail}{aside}")
        return 4 if done.data == "missing" else 3 if landed and not landed.applied else 0


def person(project: Project) -> str:
    """Who calls, as git knows them; nothing proves it."""
    return f"{Repository(project.repo).author()} (unauthenticated)"


def _short(closure: str | None, whole: bool) -> str | None:
    """As Dagster shows it: its code version is the beginning of the closure."""
    return closure if whole else (closure or "")[:16]


def _inside(project: Project, path: Path) -> str:
    """The path as the lock knows it, given from here, from the project or from the repository."""
    for start in (Path.cwd(), project.root, project.repo):
        full = (start / path).resolve()
        if full.is_relative_to(project.root) and (full.exists() or start == project.root):
            return full.relative_to(project.root).as_posix()
    return path.as_posix()
