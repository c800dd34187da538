"""Once a night: an encrypted copy of what git does not hold."""

import dagster as dg

from adp_dagster.jobs.snapshot import snapshot_job
from agents import sealed

CRON = "30 2 * * *"


def snapshot_schedule_of() -> dg.ScheduleDefinition:
    """The schedule of `snapshot_job`; it is on by itself only where there is a key to encrypt with."""

    @dg.schedule(
        name="snapshot_schedule",
        job=snapshot_job,
        cron_schedule=CRON,
        execution_timezone="UTC",
        default_status=(dg.DefaultScheduleStatus.RUNNING if sealed.configured() else dg.DefaultScheduleStatus.STOPPED),
        description="Snapshot of ledger, audit, lock and certificates each night at half past two UTC.",
    )
    def snapshot_schedule() -> dg.RunRequest | dg.SkipReason:
        if not sealed.configured():
            return dg.SkipReason(f"There is no key to encrypt with. {sealed.WAY_ON}")
        return dg.RunRequest()

    return snapshot_schedule
