from pathlib import Path

import dagster as dg

from adp_dagster.instance import write_instance
from adp_dagster.resources.warehouse import WRITER_POOL


def test_dagster_accepts_the_settings_and_gives_the_writer_one_slot(tmp_path: Path) -> None:
    write_instance(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        config = instance.get_concurrency_config().pool_config
        assert (config.default_pool_limit, config.pool_granularity.value) == (1, "op")  # type: ignore[union-attr]
        assert not instance.telemetry_enabled
        instance.event_log_storage.initialize_concurrency_limit_to_default(WRITER_POOL)
        (pool,) = instance.event_log_storage.get_pool_limits()
        assert (pool.name, pool.limit) == (WRITER_POOL, 1)


def test_settings_that_somebody_changed_are_left_alone(tmp_path: Path) -> None:
    write_instance(tmp_path).write_text("telemetry: {enabled: true}\n")
    assert write_instance(tmp_path).read_text() == "telemetry: {enabled: true}\n"
