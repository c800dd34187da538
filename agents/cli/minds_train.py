"""`adp minds train`: an engine made anew, which takes effect only where its benchmark does not fall."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from agents.cli.command import DryRun, Json, command, emit
from agents.errors import UsageError


@command
def train_command(
    job: Annotated[str, typer.Option(help="Which job's engine: classify or match.")] = "classify",
    examples: Annotated[
        Path | None, typer.Option(help="classify: further texts, JSON lines of text and cause.")
    ] = None,
    cases: Annotated[Path | None, typer.Option(help="Cases to measure by, instead of the benchmark's own.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder where it takes effect; default: that of adp.")] = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn, and of the fit.")] = 0,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Train anew; a new version takes effect only where the benchmark does not fall. Exit 3: it fell."""
    if job not in ("classify", "match"):
        raise UsageError(f"--job {job}: allowed are classify and match.")
    if examples and job != "classify":
        raise UsageError(f"--examples holds texts and their causes, and --job {job} has none. Leave it away.")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: the same sums in the same order
    if job == "classify":
        value, words = _classify(examples, cases, out, seed, dry_run)
    else:
        value, words = _match(cases, out, seed, dry_run)
    passed = value["benchmark"] is None or value["benchmark"]["passed"]
    value["activated"] = passed and not dry_run
    took = "takes effect" if value["activated"] else "would take effect" if passed else "does not take effect"
    emit(as_json, value, f"Version {value['version']} {took}: {words}")
    return 0 if passed else 3


def _classify(
    examples: Path | None, cases: Path | None, out: Path | None, seed: int, dry_run: bool
) -> tuple[dict[str, Any], str]:
    from agents.minds.classifier import WEIGHTS
    from agents.minds.training import gate
    from agents.minds.training.examples import written_down
    from agents.minds.training.train import train

    extra = written_down(examples) if examples else []
    into, scratch = out or WEIGHTS, gate.scratch_folder()
    before = gate.version_of(into)
    card = train(scratch / "candidate", before + 1, seed, extra)
    measured = gate.measure(scratch / "candidate", into, cases, scratch) if before else None
    if not dry_run and (measured is None or measured.passed):
        gate.activate(scratch / "candidate", into)
    told = measured and {**measured.model_dump(), "passed": measured.passed}
    return {"version": card["version"], "card": card, "benchmark": told}, measured.words if measured else "the first"


def _match(cases: Path | None, out: Path | None, seed: int, dry_run: bool) -> tuple[dict[str, Any], str]:
    from agents.minds.match.decide import FILE, WEIGHTS
    from agents.minds.match.meaning import embedding, installed
    from agents.minds.match.training.gate import measure
    from agents.minds.match.training.train import train_match
    from agents.minds.training.gate import scratch_folder

    into, scratch = (out or WEIGHTS) / FILE, scratch_folder()
    before = into.read_text() if into.is_file() else ""
    candidate = scratch / "candidate"
    candidate.mkdir()
    (candidate / FILE).write_text(before or "{}")
    card = train_match(seed, candidate / FILE, embed=embedding() if installed() else None)
    measured = measure(candidate, into.parent, cases) if before else None
    if not dry_run and (measured is None or measured.passed):
        into.parent.mkdir(parents=True, exist_ok=True)
        (candidate / FILE).replace(into)
    told = measured and {**measured.model_dump(), "passed": measured.passed}
    return {"version": card["version"], "card": card, "benchmark": told}, measured.words if measured else "the first"
