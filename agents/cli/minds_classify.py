"""`adp minds classify` and `train`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.command import DryRun, Json, command, emit
from agents.errors import UsageError
from agents.minds.classify import Engine, classify


@command
def classify_command(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="An error's text; - reads standard input.")],
    engine: Annotated[
        str, typer.Option(help="rules, classifier or auto: the classifier where rules say other.")
    ] = "auto",
    as_json: Json = False,
) -> int:
    """Name the cause of an error from its text."""
    engines: dict[str, Engine] = {"rules": "rules", "classifier": "classifier", "auto": "auto"}
    if engine not in engines:
        raise UsageError(f"--engine {engine}: allowed are {', '.join(engines)}.")
    said = sys.stdin.read() if text == "-" else text
    if not said.strip():
        raise UsageError("The text is empty; an error's text is needed.")
    found = classify(said, engines[engine])
    also = ", ".join(f"{a.cause.value} {a.confidence:.2f}" for a in found.alternatives)
    words = f"{found.cause.value} ({found.confidence:.2f}, {found.engine}): {'; '.join(found.reasons)}"
    emit(as_json, found.model_dump(mode="json"), words + (f"\nor {also}" if also else ""))
    return 0


@command
def train_command(
    job: Annotated[str, typer.Option(help="Which job's engine: classify.")] = "classify",
    examples: Annotated[Path | None, typer.Option(help="Further texts: JSON lines with text and cause.")] = None,
    cases: Annotated[Path | None, typer.Option(help="Cases to measure by, instead of the benchmark's own.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the weights take effect; default: those of adp.")] = None,
    seed: Annotated[int, typer.Option(help="Of the texts and the fit.")] = 0,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Train anew; a new version takes effect only where the benchmark does not fall. Exit 3: it fell."""
    if job != "classify":
        raise UsageError(f"--job {job}: allowed is classify.")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: the same sums in the same order
    from agents.minds.classifier import WEIGHTS
    from agents.minds.training import gate
    from agents.minds.training.examples import written_down
    from agents.minds.training.train import train

    extra = written_down(examples) if examples else []
    into, scratch = out or WEIGHTS, gate.scratch_folder()
    before = gate.version_of(into)
    card = train(scratch / "candidate", before + 1, seed, extra)
    measured = gate.measure(scratch / "candidate", into, cases, scratch) if before else None
    passed = measured is None or measured.passed
    if passed and not dry_run:
        gate.activate(scratch / "candidate", into)
    took = "takes effect" if passed and not dry_run else "would take effect" if passed else "does not take effect"
    words = (
        f"of {measured.cases} cases {measured.after:.1%} right, {measured.before:.1%} before" if measured else "first"
    )
    value = {"version": card["version"], "activated": passed and not dry_run, "card": card,
             "benchmark": measured and measured.model_dump()}  # fmt: skip
    emit(as_json, value, f"Version {card['version']} {took}: {words}")
    return 0 if passed else 3
