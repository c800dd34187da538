from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from adp_dagster.jobs.snapshot import snapshot_job
from adp_dagster.resources.platform import Platform
from adp_dagster.schedules.snapshot import snapshot_schedule_of
from agents import sealed
from agents.project import open_project
from agents.restore import restore
from agents.snapshot import folder_of


def test_the_schedule_is_off_and_says_why_until_there_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    off = snapshot_schedule_of()
    assert off.default_status is dg.DefaultScheduleStatus.STOPPED
    (skipped,) = [off.evaluate_tick(dg.build_schedule_context()).skip_message]
    assert skipped
    assert sealed.KEY_FILE in skipped
    monkeypatch.setenv(sealed.KEY, "a key that nobody guesses")
    on = snapshot_schedule_of()
    assert on.default_status is dg.DefaultScheduleStatus.RUNNING
    assert len(on.evaluate_tick(dg.build_schedule_context()).run_requests or ()) == 1


def test_the_job_keeps_the_newest_and_they_can_be_restored(
    make_shop: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop = make_shop()
    shop.write("adp.yml", "snapshots: {folder: ../safe, keep: 2}\n")
    monkeypatch.setenv(sealed.KEY, "a key that nobody guesses")
    platform = Platform(project_dir=str(shop.root))
    with closing(platform.ledger()) as ledger:
        ledger.decide("heal", context={})
    for _ in range(3):
        assert snapshot_job.execute_in_process(resources={"platform": platform}).success
    project = open_project(shop.root)
    found = sorted(folder_of(project).iterdir())
    assert len(found) == 2
    assert folder_of(project).resolve() == (tmp_path / "safe").resolve()
    assert restore(project, found[-1]).contents.rows["agent_decisions"] == 1
