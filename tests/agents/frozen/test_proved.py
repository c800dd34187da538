"""A closure that moved is said beside the proof, and takes nothing from it."""

import json

from tests.agents.test_cli import asked


def test_a_changed_closure_is_said_and_is_no_fault(healed):
    where = ["--project", str(healed.root), "--json"]
    (listed,) = json.loads(asked("frozen", "list", *where).stdout)["frozen"]
    assert len(listed["closure"]) == 64
    before = asked("frozen", "verify", *where)
    healed.write("dbt_project.yml", (healed.root / "dbt_project.yml").read_text().replace("table", "view"))

    after = asked("frozen", "verify", *where)

    assert (before.exit_code, after.exit_code) == (0, 0)
    told = [f for f in json.loads(after.stdout)["findings"] if "closure changed" in f["words"]]
    assert [(f["state"], f["what"]) for f in told] == [("valid", "stg_orders 1.0.1")]
    assert "closure" not in before.stdout
