"""The minds learn from what people decided, as a job: an op for each job that has trained weights, with its metrics."""

from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from adp_dagster.ops.shown import plainly
from adp_dagster.resources.platform import Platform
from agents.learn import Trained, learn
from agents.masking import masked
from agents.minds.in_effect import JOBS, asset_of

LEFT_OUT = 10
"""Decisions that are named, of those that were not learned."""


class Training(dg.Config):
    """How to train."""

    seed: int = Field(default=0, description="Of what is drawn, and of the fit.")
    dry_run: bool = Field(default=False, description="Train and measure, and change nothing.")
    share: float = Field(default=1.0, gt=0, le=1, description="Of the examples; less is faster and worse.")
    cases: str = Field(default="", description="A file of other cases to measure by, one JSON line each.")
    by: str = Field(default="", description="Your name, where you ask for it; empty for a schedule.")


def train_op_of(job: str) -> dg.OpDefinition:
    """The op that trains one job; it never fails because a new version is worse."""

    @dg.op(name=f"train_{job}", tags={"kind": "minds"}, description=f"Train {job} anew; see `adp minds train`.")
    def train(context: dg.OpExecutionContext, config: Training, platform: Platform) -> str:
        with plainly():
            project = platform.project()
            with closing(platform.ledger(project)) as ledger:
                done = learn(
                    project, ledger, job,
                    by=config.by, seed=config.seed, dry_run=config.dry_run, share=config.share,
                    cases=Path(config.cases) if config.cases else None,
                )  # fmt: skip
        shown = metadata(done)
        context.log.info(masked(f"{asset_of(job)} {done.version}: {done.state}. {done.why}"))
        context.add_output_metadata(shown)
        # No asset of a build, but a page with the metrics of every training over time.
        context.log_event(dg.AssetMaterialization(asset_key=asset_of(job).split("/"), metadata=shown))
        return done.state

    return train


def metadata(done: Trained) -> dict[str, Any]:
    """The metrics of a training, for the UI."""
    told = done.benchmark or {}
    shown: dict[str, Any] = {
        "version": done.version,
        "state": done.state,
        "why": masked(done.why),
        "replaces": done.replaces,
        "examples drawn": done.drawn,
        "examples from the ledger": done.decisions,
        "decisions left out": len(done.left_out),
        **{name.replace("_", " "): value for name, value in told.items() if value is not None},
        "seconds": done.seconds,
    }
    if done.left_out:
        lines = "\n".join(f"- {masked(line)}" for line in done.left_out[:LEFT_OUT])
        shown["left out"] = dg.MarkdownMetadataValue(lines)
    return shown | {name: v for name, v in (("commit", done.commit), ("note", masked(done.note))) if v}


@dg.job(
    description="Train the minds from generator and ledger; a new version takes effect only where the benchmark "
    "does not fall. Minutes of one core.",
    executor_def=dg.in_process_executor,
)
def train_job() -> None:
    """The same as `adp minds train` for each job; without a schedule, because people start it."""
    for job in JOBS:
        train_op_of(job)()
