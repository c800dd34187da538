"""A version goes back with its data, also where the old code could not build any more."""

from datetime import UTC, datetime

import pytest

from agents import published
from agents.contracts import Evidence
from agents.errors import UsageError
from agents.frozen.verify import verify
from agents.notify.announce import announce
from agents.probation import end_probation, end_probation_alone
from agents.rollback import rollback
from tests.agents.notify.conftest import hook_server

BY = "ana (unauthenticated)"


def _rollback(shop, asset, to=None):
    with shop.opened() as ledger:
        return rollback(shop.project, ledger, asset, to, by=BY, why="I do not trust it")


def test_code_and_data_go_back_although_the_old_code_cannot_build(shop):
    before, text = shop.sql("select * from fct_totals order by all"), (shop.root / "models/stg_orders.sql").read_text()
    good = published.required(shop.project).state.tables
    shop.deliver_orders(rows=2500, amount="orderTotal")
    assert shop.heal().report.status == "healed"
    assert shop.sql("select * from fct_totals order by all") != before

    done = _rollback(shop, "stg_orders")

    assert (done.moves, done.data) == ({"stg_orders": ("1.0.1", "1.0.0")}, "restored")
    assert (shop.root / "models/stg_orders.sql").read_text() == text
    assert shop.sql("select * from fct_totals order by all") == before
    assert published.required(shop.project).state.tables == good
    assert shop.git("status", "--porcelain").strip() == ""
    assert verify(shop.project).state == "valid", verify(shop.project).findings

    again = shop.heal()
    assert again.report.status == "pending"
    assert "rolled back by ana (unauthenticated): I do not trust it" in again.applied[0].note


def test_a_number_is_never_given_twice(healed):
    _rollback(healed, "stg_orders")
    assert healed.heal().report.status == "pending"
    branch = healed.git("branch", "--list", "adp/*", "--format=%(refname:short)").strip()
    assert "Frozen: stg_orders 1.0.2" in healed.git("log", "-1", "--format=%B", branch)


def test_old_code_that_still_holds_builds_todays_data(healed):
    healed.deliver_orders(rows=2200)
    assert healed.build().published
    done = _rollback(healed, "stg_orders")
    assert done.data == "rebuilt", done.detail
    assert healed.sql("select sum(order_count) from fct_totals") == [(2200,)]


def test_changed_bytes_go_back_to_the_committed_ones_and_are_kept_aside(healed):
    file = healed.root / "models" / "stg_orders.sql"
    proved = file.read_bytes()
    file.write_text("select 1 as surprise\n")
    done = _rollback(healed, "stg_orders", "1.0.1")
    assert file.read_bytes() == proved
    assert done.landed is None
    assert "surprise" in next(p for p in (healed.root / ".adp/root/set_aside").rglob("*.sql")).read_text()


@pytest.mark.parametrize(
    ("asset", "to", "says"),
    [("nobody", None, "No frozen asset"), ("stg_orders", "9.0.0", "has no version 9.0.0. Known: 1.0.1, 1.0.0")],
)
def test_an_unknown_asset_or_version_is_said_with_what_is_known(healed, asset, to, says):
    head = healed.git("rev-parse", "HEAD")
    with pytest.raises(UsageError, match=says):
        _rollback(healed, asset, to)
    assert healed.git("rev-parse", "HEAD") == head


def _failing_check(shop):
    project = shop.project
    test = next(uid for uid in project.graph.nodes if uid.startswith("test.") and "unique_stg_orders" in uid)
    return project, Evidence(kind="check_failure", node=test, message="2 rows", seen_at=datetime.now(UTC))


def test_a_version_that_fails_its_checks_at_first_is_taken_back_by_itself(healed):
    with hook_server() as hook:
        healed.write("adp.yml", f"notify: {{webhook: {{url: '{hook.url}'}}}}")
        project, failure = _failing_check(healed)
        with healed.opened() as ledger:
            back = end_probation(project, ledger, project.graph, [failure])
            assert announce(project, ledger) == (), "it was said, and is said once"
    assert back is not None
    assert [": sent: " in line for line in back.told] == [True]
    ((_, body),) = hook.posted
    assert "taken back by itself: stg_orders 1.0.1" in body["text"]
    assert f"data {back.data}: " in body["text"]
    assert "Approved by  policy auto=low" in body["text"]
    assert back.moves == {"stg_orders": ("1.0.1", "1.0.0")}
    assert "run 2 of its first 3" in back.why


def test_a_build_that_fails_on_probation_takes_the_version_back(healed):
    healed.sql("create table main.flags (n int)")
    healed.write("tests/no_flags.sql", "select 1 from {{ ref('stg_orders') }} where exists (from main.flags)")
    healed.commit("a test")
    assert healed.build().published
    healed.sql("insert into main.flags values (1)")

    failed = healed.build()
    with healed.opened() as ledger:
        back = end_probation_alone(healed.project, ledger, failed.evidence)
    assert not failed.succeeded
    assert back is not None
    assert back.moves == {"stg_orders": ("1.0.1", "1.0.0")}
    assert healed.git("log", "-1", "--format=%s").strip() == "Roll back stg_orders 1.0.1 to 1.0.0"


@pytest.mark.thorough
def test_after_its_probation_a_version_is_diagnosed_like_any_other(healed):
    for rows in (2010, 2020, 2030):
        healed.deliver_orders(rows=rows, amount="orderTotal")
        assert healed.build().published
    project, failure = _failing_check(healed)
    with healed.opened() as ledger:
        assert end_probation(project, ledger, project.graph, [failure]) is None
