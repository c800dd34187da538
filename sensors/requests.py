"""How a sensor asks for a heal, and when it must wait."""

from datetime import UTC, datetime, timedelta

import dagster as dg

HEAL_JOB = "heal_job"
FAILED_RUN_TAG = "adp/failed_run_id"
"""The run to heal; a heal without it looks for drift alone."""
ROOT_RUN_TAG = "adp/root_run_id"
"""What attempts are counted against: kept through heals and re-executions, so that no chain of them is endless."""

FORGOTTEN_AFTER = timedelta(hours=2)
"""A heal that claims to be running for longer holds nobody up: its process has died."""

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def root_of(run: dg.DagsterRun) -> str:
    """The run that a chain of heals and re-executions began with."""
    return run.tags.get(ROOT_RUN_TAG) or run.root_run_id or run.run_id


def heal_under_way(instance: dg.DagsterInstance) -> str | None:
    """Id of a heal that has not ended; one at a time, because each reads what the other commits."""
    since = datetime.now(UTC) - FORGOTTEN_AFTER
    filters = dg.RunsFilter(job_name=HEAL_JOB, statuses=UNFINISHED, created_after=since)
    return next((run.run_id for run in instance.get_runs(filters, limit=1)), None)
