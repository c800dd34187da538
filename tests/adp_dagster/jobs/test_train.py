"""The minds' training in Dagster: a real run, its metrics on the ops' outputs and on a page of their own."""

import json
from pathlib import Path

import dagster as dg

from adp_dagster.jobs.train import train_job
from adp_dagster.resources.platform import Platform
from agents.minds.in_effect import JOBS
from tests.shop import Shop


def test_the_job_trains_every_job_and_shows_what_came_of_it(tmp_path: Path) -> None:
    shop, errors, renames = Shop.at(tmp_path / "shop"), tmp_path / "errors.jsonl", tmp_path / "renames.jsonl"
    errors.write_text(json.dumps({"text": "the moon is full", "cause": "rate_limit"}))
    renames.write_text(json.dumps({"missing": "amount", "candidates": ["colour", "zebra"], "right": None}))
    config = {
        f"train_{job}": {"config": {"share": 0.003, "cases": str(cases), "by": "Ana"}}
        for job, cases in (("classify", errors), ("match", renames))
    }

    with dg.DagsterInstance.ephemeral() as instance:
        done = train_job.execute_in_process(
            run_config={"ops": config}, resources={"platform": Platform(project_dir=str(shop.root))}, instance=instance
        )
        pages = [instance.get_latest_materialization_event(dg.AssetKey(["minds", job])) for job in JOBS]

    assert done.success
    assert {done.output_for_node(f"train_{job}") for job in JOBS} <= {"active", "rejected"}
    for job, page in zip(JOBS, pages, strict=True):
        assert page is not None
        assert page.asset_materialization is not None
        shown = {name: value.value for name, value in page.asset_materialization.metadata.items()}
        assert shown["examples drawn"] > 0
        assert shown["examples from the ledger"] == 0
        assert {"seconds", "version", "why", "calibration before", "calibration after", "cases"} <= shown.keys()
        accuracy = {"before", "after"} if job == "classify" else {"right before", "right after", "wrong after"}
        assert accuracy <= shown.keys()
    assert shop.git("status", "--porcelain", "--untracked-files=no") == ""
