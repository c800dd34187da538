"""`adp minds train`: an engine made anew, which takes effect only where its benchmark does not fall."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.command import DryRun, Json, ProfilesDir, ProjectDir, Target, command, emit, opened
from agents.cli.frozen import person
from agents.errors import UsageError
from agents.minds.in_effect import JOBS, asset_of

if TYPE_CHECKING:
    from agents.minds.intent.tuned.gate import Gate as Read
    from agents.minds.match.training.gate import Gate as Matched
    from agents.minds.training.gate import Gate as Classified

NOT_BETTER = 3


@command
def train_command(
    job: Annotated[str, typer.Option(help="Which job's engine: classify, match, or intent with --out.")] = "classify",
    examples: Annotated[
        Path | None, typer.Option(help="classify: further texts, JSON lines of text and cause.")
    ] = None,
    cases: Annotated[Path | None, typer.Option(help="Cases to measure by, instead of the benchmark's own.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write weights into a folder, as adp ships them, from the generator alone.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn, and of the fit.")] = 0,
    share: Annotated[float, typer.Option(min=0.001, max=1, help="Of the examples; less is faster and worse.")] = 1.0,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Train anew from the generator and from what people decided in this project; minutes of one core.

    A new version is committed and frozen like any asset, and takes effect only where the benchmark does not fall
    below what is in effect or what is shipped. Exit 3: it fell, or it waits on a branch.
    """
    if job not in (*JOBS, "intent"):
        raise UsageError(f"--job {job}: allowed are {', '.join(JOBS)} and intent.")
    if job == "intent" and not out:
        raise UsageError(
            "--job intent learns from the generator alone, no decision tells what a request meant: --out DIR."
        )
    if examples and job != "classify":
        raise UsageError(f"--examples holds texts and their causes, and --job {job} has none. Leave it away.")
    if cases and not cases.is_file():
        raise UsageError(f"--cases {cases} is no file. Name one with one JSON object a line, or leave it away.")
    if out and out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is no folder. Name one, new or with the weights of before.")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: the same sums in the same order
    if out:
        return _into_folder(job, examples, cases, out, seed, share, dry_run, as_json)
    from agents.learn import learn
    from agents.minds.training.examples import written_down

    with opened(project, profiles_dir, target) as (found, ledger):
        extra = written_down(examples) if examples else []
        done = learn(found, ledger, job, by=person(found), seed=seed, examples=extra, cases=cases,
                     dry_run=dry_run, share=share)  # fmt: skip
    took = done.state == "active"
    lines = [
        f"{asset_of(job)} {done.version}, {done.state}: {done.why}",
        f"Learned from {done.drawn:,} drawn examples and {done.decisions} of the ledger, {done.seconds:.0f} s",
        *(f"Not learned: {words}" for words in done.left_out),
        *([f"Note: {done.note}"] if done.note else []),
        *([f"Taken back by `adp frozen rollback {asset_of(job)}`."] if took else []),
    ]
    emit(as_json, {**done.model_dump(mode="json"), "activated": took}, "\n".join(lines))
    return 0 if done.passed and done.state != "pending" else NOT_BETTER


def _into_folder(
    job: str,
    examples: Path | None,
    cases: Path | None,
    out: Path,
    seed: int,
    share: float,
    dry_run: bool,
    as_json: bool,
) -> int:
    """How what is shipped is made: a folder, measured against what it holds."""
    make = {"classify": _classify, "match": _match, "intent": _intent}[job]
    value, words = make(examples, cases, out, seed, share, dry_run)
    passed = value["benchmark"] is None or value["benchmark"]["passed"]
    value["activated"] = passed and not dry_run
    took = "takes effect" if value["activated"] else "would take effect" if passed else "does not take effect"
    emit(as_json, value, f"Version {value['version']} {took}: {words}")
    return 0 if passed else NOT_BETTER


def _classify(
    examples: Path | None, cases: Path | None, into: Path, seed: int, share: float, dry_run: bool
) -> tuple[dict[str, Any], str]:
    from agents.minds.training import gate
    from agents.minds.training.examples import written_down
    from agents.minds.training.train import train

    extra, scratch = written_down(examples) if examples else [], gate.scratch_folder()
    before = gate.version_of(into)
    card = train(scratch / "candidate", before + 1, seed, extra, share=share)
    measured = gate.measure(scratch / "candidate", into, cases) if before else None
    if not dry_run and (measured is None or measured.passed):
        gate.activate(scratch / "candidate", into)
    return _told(card, measured)


def _match(
    _examples: Path | None, cases: Path | None, out: Path, seed: int, share: float, dry_run: bool
) -> tuple[dict[str, Any], str]:
    from agents.minds.match.decide import FILE
    from agents.minds.match.meaning import embedding, installed
    from agents.minds.match.training.gate import measure
    from agents.minds.match.training.train import train_match
    from agents.minds.training.gate import scratch_folder

    into, scratch = out / FILE, scratch_folder()
    before = into.read_text() if into.is_file() else ""
    candidate = scratch / "candidate"
    candidate.mkdir()
    (candidate / FILE).write_text(before or "{}")
    card = train_match(seed, candidate / FILE, share=share, embed=embedding() if installed() else None)
    measured = measure(candidate, into.parent, cases) if before else None
    if not dry_run and (measured is None or measured.passed):
        into.parent.mkdir(parents=True, exist_ok=True)
        (candidate / FILE).replace(into)
    return _told(card, measured)


def _intent(
    _examples: Path | None, cases: Path | None, out: Path, seed: int, share: float, dry_run: bool
) -> tuple[dict[str, Any], str]:
    from agents.minds.intent.tuned.gate import activate, measure, version_of
    from agents.minds.training.gate import scratch_folder

    try:
        from agents.minds.intent.tuned.training.fit import Plan
        from agents.minds.intent.tuned.training.train import EXAMPLES, MEASURED, train_intent
    except ImportError as error:
        raise UsageError(f"{error.name} is not installed; `pip install 'adp[train]'` adds it.") from None
    state = scratch_folder().with_name("intent-training.pt")
    candidate, before = state.with_name("minds") / "candidate", version_of(out)
    plan = Plan(max(1, int(EXAMPLES * share)), seed)
    requests = max(8, int(MEASURED * share))
    card = train_intent(plan, candidate, state, before + 1, lambda line: print(line, file=sys.stderr), requests)
    measured = measure(candidate, out.resolve() if before else None, cases)
    if not dry_run and measured.passed:
        activate(candidate, out, trusted=measured.helps)
    return _told(card, measured)


def _told(card: dict[str, Any], measured: "Classified | Matched | Read | None") -> tuple[dict[str, Any], str]:
    """The new version and what its gate measured, as JSON and in words."""
    told = measured and {**measured.model_dump(), "passed": measured.passed}
    return {"version": card["version"], "card": card, "benchmark": told}, measured.words if measured else "the first"
