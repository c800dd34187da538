"""Quality counts what was measured."""

import dagster as dg

from adp_dagster.assets.quality import check_outcomes


@dg.asset
def orders() -> None:
    """A table."""


@dg.asset_check(asset=orders)
def has_rows() -> dg.AssetCheckResult:
    """Holds."""
    return dg.AssetCheckResult(passed=True)


def test_a_check_that_a_run_under_way_has_only_planned_is_not_counted():
    job = dg.Definitions([orders], asset_checks=[has_rows], jobs=[dg.define_asset_job("j")]).resolve_job_def("j")
    key = dg.AssetCheckKey(dg.AssetKey("orders"), "has_rows")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.create_run_for_job(job_def=job)
        planned = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])
        assert key in planned
        assert check_outcomes(instance, [key]) == {}

        job.execute_in_process(instance=instance)
        assert check_outcomes(instance, [key]) == {key: True}
