"""`adp`: each command a few lines over the functions that the operators call too."""

import gc
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from agents import story
from agents.build import audit, build
from agents.catch_up import catch_up_alone
from agents.cli.command import DryRun, Json, ProfilesDir, ProjectDir, Target, command, emit, notified, opened, tell
from agents.cli.frozen import frozen
from agents.cli.guard import guard_command
from agents.cli.minds import minds
from agents.cli.notify import notifications
from agents.cli.proposals import inbox
from agents.cli.snapshots import frozen_snapshot  # noqa: F401  registers on `frozen`
from agents.errors import UsageError
from agents.frozen.integrity import require_proved
from agents.heal import heal
from agents.masking import masked
from agents.offer import offer_alone
from agents.probation import end_probation_alone
from agents.project import BUNDLED, open_project

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(inbox, name="proposals")
app.add_typer(frozen, name="frozen")
app.add_typer(minds, name="minds")
app.add_typer(notifications, name="notify")
app.command("guard")(guard_command)

EXIT = {"healthy": 0, "healed": 0, "pending": 3, "refused": 4}


@app.command("build")
@command
def build_command(
    select: Annotated[list[str] | None, typer.Option("--select", help="dbt's node selection.")] = None,
    unattended: Annotated[
        bool, typer.Option("--unattended", envvar="ADP_UNATTENDED", help="Stop where frozen bytes are unproved.")
    ] = False,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Build, audit, publish.

    A version of ours that fails in its first runs is taken back. Exit 1: the build failed; 3: built, but a drift or
    an edit that changes results waits, and nothing is published.
    """
    with opened(project, profiles_dir, target) as (found, ledger):
        catch_up_alone(found, ledger)
        if warning := require_proved(found, attended=not unattended):
            typer.echo(f"adp: warning: {warning}", err=True)
        done = build(found, ledger, select or ())
        back = None if done.succeeded else end_probation_alone(replace(found), ledger, done.evidence)
        if back:
            typer.echo(f"adp: rolled back: {masked(back.why)}; data {back.data}: {masked(back.detail)}", err=True)
            notified(back.told)
        tell(offer_alone(replace(found), ledger))
        messages = [e.message for e in done.evidence]
        value = {"succeeded": done.succeeded, "published": done.published, "evidence": messages, "nodes": done.built}
        emit(as_json, value, story.of_build(done))
        notified(done.told)
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
        catch_up_alone(found, ledger)
        done = audit(found, ledger, accept or ())
        tell(offer_alone(replace(found), ledger))
        messages = [e.message for e in done.evidence]
        value = {"published": done.published, "drift": messages, "sources": len(done.observation.tables)}
        emit(as_json, value, story.of_audit(done))
        notified(done.told)
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
    with opened(project, profiles_dir, target, broken=True) as (found, ledger):
        healed = heal(found, ledger, ceiling=auto, dry_run=dry_run)
        emit(as_json, healed.report.model_dump(mode="json"), story.of_heal(healed))
        notified(healed.told if as_json else ())
        return EXIT[healed.report.status]


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
    after: Annotated[
        str | None, typer.Option(help="heal: a kind of fault that is healed first and goes on beneath each case.")
    ] = None,
    asked: Annotated[
        str | None, typer.Option("--minds", help="heal: whom it asks; rules, weights, embeddings or model.")
    ] = None,
    sections: Annotated[str | None, typer.Option(help="freeze, minds: some of their sections, a,b.")] = None,
    shard: Annotated[str | None, typer.Option(help="heal, freeze, minds: i/n, every n-th case.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="heal, freeze, minds: file of results, one JSON line a case.")
    ] = None,
    cases: Annotated[Path | None, typer.Option(help="minds: a file of other cases, one JSON line a case.")] = None,
    mistakes: Annotated[bool, typer.Option("--mistakes", help="minds: list the open cases that went wrong.")] = False,
) -> int:
    """Run one of the project's own benchmarks and print measured against target."""
    folder = BUNDLED.parent / "benchmarks"
    known = sorted(f.stem for f in folder.glob("*.py") if not f.stem.startswith("_"))
    if name == "list":
        emit(as_json, {"benchmarks": known}, "\n".join(known))
        return 0
    if name not in known:
        raise UsageError(f"No benchmark {name!r}. Known: {', '.join(known)}.")
    arguments = ["--seeds", str(seeds), *(["--json"] if as_json else []), *(["--mistakes"] if mistakes else [])]
    arguments += ["--project", str(project.resolve())] if project else []
    of_some = {"--kinds": kinds, "--projects": projects, "--after": after, "--minds": asked, "--sections": sections,
               "--shard": shard, "--out": out and out.resolve(), "--cases": cases and cases.resolve()}  # fmt: skip
    arguments += [str(part) for pair in of_some.items() if pair[1] for part in pair]
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


def run() -> None:
    """Run the command line. A fault of its own ends with exit code 1 and its traceback on standard error."""
    try:
        app()
    finally:
        gc.freeze()  # or Python goes through all of dbt's objects once more as it ends, for most of a second
