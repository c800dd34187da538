"""A code location over the shop that `ADP_PROJECT_DIR` names."""

import os
from pathlib import Path

import dagster as dg

from adp_dagster.assets.dbt import dbt_models
from adp_dagster.assets.published import published_copy_of
from adp_dagster.jobs.heal import heal_job
from adp_dagster.jobs.review import review_job
from adp_dagster.manifest import manifest_of
from adp_dagster.resources.dbt import dbt_of
from adp_dagster.resources.platform import Platform


@dg.op
def contend() -> None:
    """Fail as on a held lock until somebody removes the marker; each failure removes it."""
    marker = Path(os.environ["ADP_PROJECT_DIR"]) / "locked"
    if marker.exists():
        marker.unlink()
        raise RuntimeError(f'IO Error: Could not set lock on file "{marker}": Conflicting lock is held in PID 7')


@dg.job(executor_def=dg.in_process_executor)
def contended_job() -> None:
    contend()


@dg.op
def end_early() -> None:
    """End as on a signal from outside until somebody removes the marker; each end removes it."""
    marker = Path(os.environ["ADP_PROJECT_DIR"]) / "ended"
    if marker.exists():
        marker.unlink()
        raise dg.DagsterExecutionInterruptedError


@dg.job(executor_def=dg.in_process_executor)
def ended_job() -> None:
    end_early()


def shop() -> dg.RepositoryDefinition:
    """Assets, a build job and the heal job, as a code location holds them."""
    platform = Platform.from_env()
    project = platform.project()
    models = dbt_models(project, manifest_of(project))
    defs = dg.Definitions(
        assets=[models, published_copy_of(sorted(models.keys))],
        jobs=[
            dg.define_asset_job("build_job", executor_def=dg.in_process_executor),
            heal_job,
            review_job,
            contended_job,
            ended_job,
        ],
        resources={"platform": platform, "dbt": dbt_of(project)},
        executor=dg.in_process_executor,
    )
    return defs.get_repository_def()
