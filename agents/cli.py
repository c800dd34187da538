"""`adp`: each command a few lines over the functions that the operators call too."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from agents import lock, proposals, settings, story
from agents.build import audit, build
from agents.errors import AdpError, UsageError
from agents.heal import heal
from agents.ledger import Ledger
from agents.project import BUNDLED, Project, find, open_project
from agents.sandbox.client import warm_up

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
inbox = typer.Typer(no_args_is_help=True, help="The inbox of decisions.")
frozen = typer.Typer(no_args_is_help=True, help="Frozen assets: versions and their proof.")
app.add_typer(inbox, name="proposals")
app.add_typer(frozen, name="frozen")

ProjectDir = Annotated[Path | None, typer.Option("--project", help="Folder of dbt_project.yml.", file_okay=False)]
ProfilesDir = Annotated[Path | None, typer.Option("--profiles-dir", help="Folder of profiles.yml.")]
Target = Annotated[str | None, typer.Option("--target", help="Output of the dbt profile.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, logs on standard error.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]

EXIT = {"healthy": 0, "healed": 0, "pending": 3, "refused": 4}


def command(function: Callable[..., int]) -> Callable[..., None]:
    """Turn a function that returns an exit code into a command whose errors are one clear text."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            code = function(*args, **kwargs)
        except AdpError as error:
            typer.echo(f"adp: {error}", err=True)
            code = error.exit_code
        raise typer.Exit(code)

    return wrapped


@contextmanager
def opened(
    project_dir: Path | None, profiles_dir: Path | None, target: str | None, *, broken: bool = False
) -> Iterator[tuple[Project, Ledger]]:
    """The project and its ledger; the ledger is closed at the end. `broken` as for `open_project`."""
    project = open_project(project_dir, profiles_dir=profiles_dir, target=target, broken=broken)
    ledger = Ledger.at(project.state, project.settings.ledger_url)
    try:
        yield project, ledger
    finally:
        ledger.close()


def _warm_up(project_dir: Path | None) -> None:
    """Let a sandbox's worker import dbt while this process does the same; an unusable project is told of later."""
    root = (project_dir or find()).resolve()
    if (root / "dbt_project.yml").is_file():
        warm_up(root, settings.load(root).sandbox)


def emit(as_json: bool, value: Any, text: str) -> None:
    """One JSON object, or the text for a person."""
    typer.echo(json.dumps(value, indent=2, default=str) if as_json else text)


@app.command("build")
@command
def build_command(
    select: Annotated[list[str] | None, typer.Option("--select", help="dbt's node selection.")] = None,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Build, audit, publish.

    Exit 1: the build failed; 3: built, but a drift or an edit that changes results waits, and nothing is published.
    """
    with opened(project, profiles_dir, target) as (found, ledger):
        done = build(found, ledger, select or ())
        messages = [e.message for e in done.evidence]
        value = {"succeeded": done.succeeded, "published": done.published, "evidence": messages, "nodes": done.built}
        emit(as_json, value, story.of_build(done))
        return 1 if not done.succeeded else 3 if messages else 0


@app.command("observe")
@command
def observe_command(
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="A source or model whose change is meant.")
    ] = None,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Audit, record, and publish a good state.

    Exit 3: a drift, or an edit that fails or changes results, waits for an explanation.
    """
    with opened(project, profiles_dir, target) as (found, ledger):
        done = audit(found, ledger, accept or ())
        messages = [e.message for e in done.evidence]
        value = {"published": done.published, "drift": messages, "sources": len(done.observation.tables)}
        emit(as_json, value, story.of_audit(done))
        return 3 if messages else 0


@app.command("heal")
@command
def heal_command(
    auto: Annotated[
        str | None, typer.Option("--auto", help="low, medium or high: lowers the policy's ceiling.")
    ] = None,
    dry_run: DryRun = False,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Look for failures and drift since the last good state, and run the loop. Exit 0, 3 pending, 4 refused."""
    if auto not in (None, "low", "medium", "high"):
        raise UsageError(f"--auto {auto}: allowed are low, medium and high.")
    _warm_up(project)
    with opened(project, profiles_dir, target, broken=True) as (found, ledger):
        healed = heal(found, ledger, ceiling=auto, dry_run=dry_run)
        emit(as_json, healed.report.model_dump(mode="json"), story.of_heal(healed))
        return EXIT[healed.report.status]


@inbox.command("list")
@command
def proposals_list(
    state: Annotated[str | None, typer.Option(help="Only this state.")] = None,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Every proposal, oldest first."""
    with opened(project, profiles_dir, target) as (found, ledger):
        kept = proposals.every(ledger, found, state)
        rows = [
            {"id": k.proposal.id, "state": k.state, "risk": k.proposal.risk.value, "title": k.proposal.title}
            for k in kept
        ]
        emit(as_json, {"proposals": rows}, story.table(rows) or "No proposals.")
        return 0


@inbox.command("show")
@command
def proposals_show(
    proposal_id: Annotated[str, typer.Argument(metavar="ID")],
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Why a proposal was made, what was measured, and its difference."""
    with opened(project, profiles_dir, target) as (found, ledger):
        kept = proposals.one(ledger, found, proposal_id)
        value = {"state": kept.state, "note": kept.note, **kept.proposal.model_dump(mode="json"),
                 "certificate": {"checks": [c.model_dump() for c in kept.verdict.checks]}}  # fmt: skip
        emit(as_json, value, story.of_proposal(kept, proposals.diff(found, kept)))
        return 0


@inbox.command("diff")
@command
def proposals_diff(
    proposal_id: Annotated[str, typer.Argument(metavar="ID")],
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """The difference a proposal makes to the project's files."""
    with opened(project, profiles_dir, target) as (found, ledger):
        kept = proposals.one(ledger, found, proposal_id)
        text = proposals.diff(found, kept)
        emit(as_json, {"diff": text}, text or f"No file changes: {kept.proposal.title}.")
        return 0


@inbox.command("approve")
@command
def proposals_approve(
    proposal_id: Annotated[str, typer.Argument(metavar="ID")],
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Prove it again on today's commit and sources, commit it, rebuild and publish."""
    with opened(project, profiles_dir, target) as (found, ledger):
        applied, rebuilt = proposals.approve(ledger, found, proposal_id, approver=_person(found))
        detail = rebuilt.detail if rebuilt else applied.note
        held = applied.state == "applied" and rebuilt is not None and rebuilt.compared
        state = applied.state if held or applied.state != "applied" else "rolled_back"
        emit(as_json, {"state": state, "commit": applied.commit, "detail": detail}, f"{state}: {detail}")
        return 0 if held else 3 if applied.state == "pending" else 4


@inbox.command("reject")
@command
def proposals_reject(
    proposal_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")] = "",
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Close a pending proposal."""
    with opened(project, profiles_dir, target) as (found, ledger):
        proposals.reject(ledger, found, proposal_id, reason)
        emit(as_json, {"state": "rejected"}, f"rejected {proposal_id}")
        return 0


def _person(project: Project) -> str:
    done = subprocess.run(
        ["git", "-C", str(project.repo), "config", "user.email"], capture_output=True, text=True, check=False
    )
    return f"{done.stdout.strip() or 'somebody'} (unauthenticated)"


@frozen.command("list")
@command
def frozen_list(
    project: ProjectDir = None, profiles_dir: ProfilesDir = None, target: Target = None, as_json: Json = False
) -> int:
    """Frozen assets with version, approver and certificate."""
    found = open_project(project, profiles_dir=profiles_dir, target=target)
    entries = lock.load(found.root).values()
    rows = [
        {"asset": e.asset, "version": e.version, "path": e.path, "approver": e.approver,
         "frozen_at": e.frozen_at.isoformat(timespec="seconds"), "certificate": e.certificate}
        for e in entries
    ]  # fmt: skip
    emit(as_json, {"frozen": rows}, story.table(rows) or "Nothing is frozen yet.")
    return 0


@app.command("up")
@command
def up_command(
    port: Annotated[int, typer.Option(help="Port of the Dagster UI.")] = 3000,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
) -> int:
    """Start the Dagster UI and daemon; Ctrl-C stops both."""
    found = open_project(project, profiles_dir=profiles_dir, target=target)
    arguments = ["--port", str(port), "--project", str(found.root)]
    arguments += ["--profiles-dir", str(profiles_dir.resolve())] if profiles_dir else []
    arguments += ["--target", target] if target else []
    return _dagster("adp_dagster.up", arguments)


@app.command("demo")
@command
def demo_command(
    seed: Annotated[int, typer.Option(help="Which column breaks, and how.")] = 7,
    as_json: Json = False,
) -> int:
    """The main job, end to end, on real data, in a clone of its own under .adp/demo."""
    return _dagster("adp_dagster.demo", ["--seed", str(seed), *(["--json"] if as_json else [])])


@app.command("bench")
@command
def bench_command(
    name: Annotated[str, typer.Argument(help="A benchmark; `adp bench list` names them.")],
    project: ProjectDir = None,
    seeds: Annotated[int, typer.Option(min=1, help="Repetitions with different seeds.")] = 3,
    as_json: Json = False,
    kinds: Annotated[str | None, typer.Option(help="heal: some kinds of fault, a,b,c.")] = None,
    projects: Annotated[str | None, typer.Option(help="heal: some of its projects, a,b.")] = None,
    shard: Annotated[str | None, typer.Option(help="heal: i/n, every n-th case from the i-th.")] = None,
    out: Annotated[Path | None, typer.Option(help="heal: file of results, one JSON line a case.")] = None,
) -> int:
    """Run one of the project's own benchmarks and print measured against target."""
    folder = BUNDLED.parent / "benchmarks"
    known = sorted(f.stem for f in folder.glob("*.py") if not f.stem.startswith("_"))
    if name == "list":
        emit(as_json, {"benchmarks": known}, "\n".join(known))
        return 0
    if name not in known:
        raise UsageError(f"No benchmark {name!r}. Known: {', '.join(known)}.")
    arguments = ["--seeds", str(seeds), *(["--json"] if as_json else [])]
    arguments += ["--project", str(project.resolve())] if project else []
    only_heal = {"--kinds": kinds, "--projects": projects, "--shard": shard, "--out": out and out.resolve()}
    arguments += [str(part) for pair in only_heal.items() if pair[1] for part in pair]
    return subprocess.run([sys.executable, str(folder / f"{name}.py"), *arguments], check=False).returncode


def _dagster(module: str, arguments: list[str]) -> int:
    """Run a module of the Dagster side as a process of its own; nothing here imports Dagster."""
    import importlib.util

    if importlib.util.find_spec("dagster") is None:
        raise UsageError("Dagster is not installed here. Install it: `pip install 'adp[dagster]'`.")
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=BUNDLED.parent)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the child has it too and stops cleanly; wait for it
            continue


def main() -> None:
    """Entry point of `adp`. A fault of its own ends with exit code 1 and its traceback on standard error."""
    app()


if __name__ == "__main__":
    main()
