"""Ask for one heal per failed run."""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from sensors.requests import FAILED_RUN_TAG, HEAL_JOB, ROOT_RUN_TAG, heal_under_way, root_of

AT_ONCE = 50
PARTITION_TAG = "dagster/partition"


@dataclass(frozen=True)
class Failure:
    """A run that failed, as far as the decision needs it."""

    position: int
    """Where it stands in the event log; grows with time."""
    run_id: str
    root_run_id: str
    job: str
    answered: str = ""
    """Why it needs no heal any more; empty where it does."""


@dataclass(frozen=True)
class Decision:
    """What a tick does."""

    position: int | None
    """Up to where failures are dealt with."""
    heal: Failure | None
    reason: str


def decide(failures: Sequence[Failure], position: int | None, under_way: str | None) -> Decision:
    """Heal the first failure that needs it; the others wait, because its heal may answer them too.

    >>> decide([Failure(7, "r1", "r1", "build_job")], 3, None).heal.run_id
    'r1'
    """
    if under_way:
        return Decision(position, None, f"heal run {under_way} is under way; {len(failures)} failed run(s) wait for it")
    passed: list[str] = []
    for failure in failures:
        why = "a heal is never healed" if failure.job == HEAL_JOB else failure.answered
        if not why:
            return Decision(failure.position, failure, f"run {failure.run_id} of {failure.job} failed")
        passed.append(f"run {failure.run_id} of {failure.job}: {why}")
        position = failure.position
    since = f"after event {position}" if position is not None else "so far"
    return Decision(position, None, "; ".join(passed) or f"no run failed {since}")


@dg.sensor(
    job_name=HEAL_JOB, minimum_interval_seconds=10, default_status=dg.DefaultSensorStatus.RUNNING,
    description="One heal for each failed run.",
)  # fmt: skip
def failed_run_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Ask for one heal per failed run, one at a time."""
    position = int(context.cursor) if context.cursor else None
    origin = context.code_location_origin
    failures = failures_since(context.instance, position, origin.location_name if origin else None)
    decision = decide(failures, position, heal_under_way(context.instance))
    cursor = None if decision.position is None else str(decision.position)
    if decision.heal is None:
        return dg.SensorResult(skip_reason=decision.reason, cursor=cursor)
    tags = {FAILED_RUN_TAG: decision.heal.run_id, ROOT_RUN_TAG: decision.heal.root_run_id}
    request = dg.RunRequest(run_key=decision.heal.run_id, tags=tags)
    return dg.SensorResult(run_requests=[request], cursor=cursor)


def failures_since(
    instance: dg.DagsterInstance, position: int | None, location: str | None = None
) -> tuple[Failure, ...]:
    """Failed runs after a position of the event log, oldest first; the newest ones where there is no position yet."""
    records = instance.fetch_run_status_changes(
        dg.RunStatusChangeRecordsFilter(dg.DagsterEventType.RUN_FAILURE, after_storage_id=position),
        limit=AT_ONCE,
        ascending=position is not None,
    ).records
    found = []
    for record in sorted(records, key=lambda r: r.storage_id):
        run = instance.get_run_record_by_id(record.run_id)
        if run is not None:
            job = run.dagster_run.job_name
            answered = "" if job == HEAL_JOB else _elsewhere(run.dagster_run, location) or _answered(instance, run)
            found.append(Failure(record.storage_id, record.run_id, root_of(run.dagster_run), job, answered))
    return tuple(found)


def _elsewhere(run: dg.DagsterRun, location: str | None) -> str:
    """Whether the run belongs to another code location, whose project is not ours to repair."""
    origin = run.remote_job_origin
    theirs = origin.repository_origin.code_location_origin.location_name if origin else None
    return f"it belongs to code location {theirs}" if theirs and location and theirs != location else ""


def _answered(instance: dg.DagsterInstance, failed: dg.RunRecord) -> str:
    """Whether the same work has succeeded since."""
    run = failed.dagster_run
    later = dg.RunsFilter(
        job_name=run.job_name, statuses=[dg.DagsterRunStatus.SUCCESS], created_after=failed.create_timestamp
    )
    for other in instance.get_runs(later):
        same_partition = other.tags.get(PARTITION_TAG) == run.tags.get(PARTITION_TAG)
        if same_partition and other.asset_selection == run.asset_selection:
            return f"run {other.run_id} of the same work succeeded since"
    return ""
