"""Once a day: the newest drops and all whole tables, through to the published copy."""

from collections.abc import Iterator

import dagster as dg

from adp_dagster.assets.landing import MONTHS, key_of
from adp_dagster.data.catalogue import Landed
from adp_dagster.data.places import Places
from adp_dagster.jobs.build import build_job, months_tags

CRON = "0 5 * * *"


def daily_schedule_of(landed: list[Landed]) -> dg.ScheduleDefinition:
    """The schedule of `build_job`; it lands months too where the project has such tables."""
    monthly = [table for table in landed if table.mode == "drop"]

    @dg.schedule(
        name="daily_schedule",
        job=build_job,
        cron_schedule=CRON,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Build everything each day at five o'clock UTC.",
    )
    def daily_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        months = months_to_land(context.instance, Places.from_env(), monthly)
        if monthly and not months:
            return dg.SkipReason(f"No drop lies in {Places.from_env().landing}.")
        return dg.RunRequest(tags=months_tags(months))

    return daily_schedule


def months_to_land(instance: dg.DagsterInstance, places: Places, monthly: list[Landed]) -> list[str]:
    """Months that wait on disk, and always the newest: its drop may have been delivered again.

    Ends at the newest month that every table has, so that a drop still being delivered does not fail the run.
    """
    known = set(MONTHS.get_partition_keys())
    on_disk = [set(_delivered(places, table)) for table in monthly]
    complete = sorted(set.intersection(*on_disk) & known) if on_disk else []
    if not complete:
        return []
    done = [instance.get_materialized_partitions(key_of(table)) for table in monthly]
    waiting = [month for month in complete if any(month not in landed for landed in done)]
    return _unbroken(sorted({*waiting, complete[-1]}), complete)


def _delivered(places: Places, table: Landed) -> Iterator[str]:
    for drop in places.drops(table.product):
        if places.drop_file(table.product, drop, table.table).is_file():
            yield drop


def _unbroken(wanted: list[str], complete: list[str]) -> list[str]:
    """The wanted months as a range: a run takes one, so it stops before the first month that is not there."""
    keys = MONTHS.get_partition_keys()
    span = keys[keys.index(wanted[0]) : keys.index(wanted[-1]) + 1]
    gap = next((i for i, month in enumerate(span) if month not in complete), None)
    return list(span[:gap])
