"""Landing and building."""

from collections.abc import Sequence

import dagster as dg

from adp_dagster.assets.landing import key_of
from adp_dagster.data.catalogue import LANDED

build_job = dg.define_asset_job(
    "build_job",
    selection=dg.AssetSelection.all(),
    description="Land a month (or a range of them) and all whole tables, build, check, audit and publish.",
    # One process for all steps: the file has one writer anyway, and each process would load for seconds.
    executor_def=dg.in_process_executor,
)

land_job = dg.define_asset_job(
    "land_job",
    selection=dg.AssetSelection.assets(*(key_of(landed) for landed in LANDED if landed.mode == "drop")),
    description="Land months, and nothing else; what is downstream follows by declarative automation.",
    executor_def=dg.in_process_executor,
)


def months_tags(months: Sequence[str]) -> dict[str, str]:
    """Tags of a run of `build_job` or `land_job` that lands every month from the first to the last.

    >>> months_tags(["2013-01", "2013-02"])
    {'dagster/asset_partition_range_start': '2013-01', 'dagster/asset_partition_range_end': '2013-02'}
    """
    if not months:
        return {}
    return {
        "dagster/asset_partition_range_start": min(months),
        "dagster/asset_partition_range_end": max(months),
    }
