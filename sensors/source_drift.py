"""Ask for a heal where a build succeeded but its sources drifted, so that nothing was published."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import dagster as dg

from agents.ledger import Ledger
from sensors.requests import HEAL_JOB, ROOT_RUN_TAG, heal_under_way

FAILURE_FIRST = timedelta(minutes=5)
"""How long a newer failed run goes first: its heal sees the drift as well."""


class HasLedger(Protocol):
    """What the sensor needs of the platform's resource."""

    def ledger(self) -> Ledger:
        """Where decisions are kept."""
        ...


@dataclass(frozen=True)
class Around:
    """What else is going on."""

    now: datetime
    asked: str | None = None
    """The decision that a heal was last asked for."""
    healed_at: datetime | None = None
    """When a heal last decided something, in Dagster or on the command line."""
    under_way: str | None = None
    failed_run: str | None = None
    """A run that failed after the observation and has not been healed."""


def decide(observed: Mapping[str, Any] | None, around: Around) -> tuple[bool, str]:
    """Whether to ask for a heal of the newest observation, and why (not).

    >>> decide(None, Around(now=datetime.max))
    (False, 'nothing was observed yet: build the project first')
    """
    if observed is None:
        return False, "nothing was observed yet: build the project first"
    seen, outcome = observed["timestamp"], observed["outcome"] or {}
    if outcome.get("published"):
        return False, f"no drift: the last observation, {seen:%F %T}, was published"
    drift = "; ".join(str(e["message"]) for e in outcome.get("drift", ()))
    if around.asked == str(observed["decision_id"]):
        return False, f"a heal was asked for what was seen {seen:%F %T}: {drift}"
    if around.healed_at is not None and around.healed_at > seen:
        return False, f"the drift seen {seen:%F %T} was decided on at {around.healed_at:%F %T}: {drift}"
    if around.under_way:
        return False, f"heal run {around.under_way} is under way and sees this drift: {drift}"
    if around.failed_run and around.now - seen < FAILURE_FIRST:
        return False, f"run {around.failed_run} failed since, and its heal sees this drift: {drift}"
    return True, drift


@dg.sensor(
    job_name=HEAL_JOB, minimum_interval_seconds=10, default_status=dg.DefaultSensorStatus.RUNNING,
    description="One heal for each observation of drifted sources, where no run failed.",
)  # fmt: skip
def source_drift_sensor(context: dg.SensorEvaluationContext, platform: dg.ResourceParam[HasLedger]) -> dg.SensorResult:
    """Ask for a heal of the newest unpublished observation, once."""
    with closing(platform.ledger()) as ledger:
        observed = ledger.latest("observe")
        good = ledger.latest("observe", executed=True)
        decided = ledger.latest("heal", "ask_person")
    around = Around(
        now=datetime.now(UTC),
        asked=context.cursor,
        healed_at=decided["timestamp"] if decided else None,
        under_way=heal_under_way(context.instance),
        failed_run=_failed_after(context.instance, observed["timestamp"]) if observed else None,
    )
    ask, why = decide(observed, around)
    if not ask or observed is None:
        return dg.SensorResult(skip_reason=why, cursor=context.cursor)
    context.log.info(f"Asking for a heal: {why}")
    # Attempts count since the last good state: the same drift seen again by the next build is no new fault.
    tags = {ROOT_RUN_TAG: f"good:{good['decision_id']}" if good else "good:none"}
    key = str(observed["decision_id"])
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key, tags=tags)], cursor=key)


def _failed_after(instance: dg.DagsterInstance, moment: datetime) -> str | None:
    """A failed run, no heal, that ended after `moment`."""
    filters = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=moment)
    return next((run.run_id for run in instance.get_runs(filters) if run.job_name != HEAL_JOB), None)
