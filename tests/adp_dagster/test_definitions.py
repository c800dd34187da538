import importlib
import sys
from typing import Any

import dagster as dg
import pytest


def test_the_code_location_holds_the_tables_the_jobs_the_schedule_and_the_sensors(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADP_PROJECT_DIR", str(shop.root))
    monkeypatch.delitem(sys.modules, "adp_dagster.definitions", raising=False)
    defs: dg.Definitions = importlib.import_module("adp_dagster.definitions").defs
    repository = defs.get_repository_def()
    jobs = {"build_job", "heal_job", "review_job", "snapshot_job", "train_job"}
    assert jobs <= {job.name for job in repository.get_all_jobs()}
    assert [schedule.name for schedule in repository.schedule_defs] == ["daily_schedule", "snapshot_schedule"]
    sensors = {"failed_run_sensor", "source_drift_sensor", "rebuild_sensor", "reload_sensor"}
    assert sensors <= {s.name for s in repository.sensor_defs}
    assert shop.git("status", "--porcelain") == ""
