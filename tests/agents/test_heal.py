"""The whole loop on a small real project: git, dbt and DuckDB are real."""

import json
from pathlib import Path

import pytest

from agents.contracts import Cause
from agents.inbox import report_of
from agents.minds.decided import decided
from agents.minds.match.training.decisions import rename_cases
from agents.proposals import approve, every


def test_heal_of_an_unchanged_project_is_healthy(shop):
    healed = shop.heal()

    assert healed.report.status == "healthy"
    assert healed.report.proposals == ()


def test_a_column_renamed_in_place_is_read_under_both_names(shop):
    before = shop.sql("select * from fct_totals order by all")
    shop.deliver_orders(amount="orderTotal")

    healed = shop.heal()

    assert healed.report.status == "healed"
    assert [d.cause for d in healed.diagnoses] == [Cause.column_renamed]
    text = (shop.root / "models/stg_orders.sql").read_text()
    assert "coalesce(*columns('(?i)^(amount|orderTotal)$')) as order_amount,   -- what the customer pays" in text
    assert shop.sql("select * from fct_totals order by all") == before
    assert shop.git("status", "--short") == ""
    checks = healed.report.proposals[0].certificate["checks"]
    assert {c["name"] for c in checks} >= {"failure_reproduced", "rivals_rejected", "rollback_rehearsed"}
    assert all(c["passed"] for c in checks)
    with shop.opened() as ledger:
        assert {(call["step"], call["engine"]) for call in ledger.mind_calls()} == {("propose", "matcher")}
        (settled,) = decided(ledger, "")
    assert (settled.held, settled.by_person) == (True, False)
    (case,) = rename_cases([settled])
    assert case[1] == 0
    assert [call.step for call in healed.minds] == ["propose"] * len(healed.minds)


@pytest.mark.thorough
def test_the_old_name_may_come_back_after_the_repair(shop):
    before = shop.sql("select * from fct_totals order by all")
    shop.deliver_orders(amount="orderTotal")
    assert shop.heal().report.status == "healed"
    shop.deliver_orders()

    assert shop.build().published
    assert shop.heal().report.status == "healthy"
    assert shop.sql("select * from fct_totals order by all") == before


@pytest.mark.thorough
def test_a_column_that_falls_silent_is_noticed_though_every_model_builds(shop):
    shop.append_orders(2000, 3000, amount="amount_usd")

    built = shop.build()

    assert built.succeeded
    assert not built.published
    assert "amount stopped" in built.evidence[0].message
    published = shop.root / ".adp/root/published/current/shop.duckdb"
    assert published.is_file()

    healed = shop.heal()

    assert healed.report.status == "healed", healed.applied
    (empty,) = shop.sql("select count(*) from stg_orders where order_amount is null")
    assert empty == (0,)
    assert shop.heal().report.status == "healthy"


@pytest.mark.thorough
def test_a_third_name_is_added_to_the_mapping(shop):
    shop.deliver_orders(amount="orderTotal")
    assert shop.heal().report.status == "healed"
    shop.deliver_orders(amount="amt")

    assert shop.heal().report.status == "healed"
    assert "(amount|orderTotal|amt)" in (shop.root / "models/stg_orders.sql").read_text()
    assert "version: 1.0.2" in (shop.root / "adp.lock").read_text()


@pytest.mark.thorough
def test_two_columns_renamed_at_once_are_one_transaction(shop):
    before = shop.sql("select * from fct_totals order by all")
    shop.deliver_orders(amount="value_a", tax="value_b")

    healed = shop.heal()

    assert healed.report.status == "healed"
    text = (shop.root / "models/stg_orders.sql").read_text()
    assert "(amount|value_a)" in text
    assert "(tax|value_b)" in text
    assert shop.sql("select * from fct_totals order by all") == before
    assert shop.git("rev-list", "--count", "HEAD").strip() == "2"


@pytest.mark.thorough
def test_a_rename_in_a_cte_that_takes_every_column_is_mapped(shop):
    shop.sql("create or replace table raw.customers as select customer_id, city as town from raw.customers")

    assert shop.heal().report.status == "healed"
    assert "coalesce(*columns('(?i)^(city|town)$')) as city" in (shop.root / "models/stg_customers.sql").read_text()


def test_a_dropped_column_is_refused_and_nothing_is_invented(shop):
    head = shop.git("rev-parse", "HEAD")
    shop.sql("alter table raw.orders drop column amount")

    healed = shop.heal()

    assert healed.report.status == "refused"
    assert [d.cause for d in healed.diagnoses] == [Cause.column_dropped]
    assert shop.git("rev-parse", "HEAD") == head


def test_a_new_column_with_other_values_is_not_taken_for_the_lost_one(shop):
    shop.sql("alter table raw.orders add column amount_new double")
    shop.sql("update raw.orders set amount_new = 1000 + order_id * 3")
    shop.sql("alter table raw.orders drop column amount")

    healed = shop.heal()

    assert healed.report.status == "refused"
    assert healed.report.commit is None
    (check,) = [c for c in healed.report.proposals[0].certificate["checks"] if c["name"] == "column_agrees"]
    assert not check["passed"]


def test_two_candidates_with_the_same_values_are_a_persons_choice(shop):
    head = shop.git("rev-parse", "HEAD")
    shop.sql("create or replace table raw.orders as select * rename (amount as gross), amount as net from raw.orders")

    healed = shop.heal()

    assert healed.report.status == "pending"
    waiting = [p for p in healed.report.proposals if p.state == "pending"]
    assert {p.title.split()[-1] for p in waiting} == {"gross", "net"}
    assert shop.git("rev-parse", "HEAD") == head

    ledger = shop.ledger()
    applied, rebuilt = approve(ledger, shop.project, waiting[0].id, "a person")
    assert applied.state == "applied", applied.note
    assert rebuilt is not None
    assert rebuilt.compared
    states = {k.proposal.id: k.state for k in every(ledger, shop.project)}
    assert states[waiting[0].id] == "applied"
    assert states[waiting[1].id] == "superseded"
    ledger.close()


@pytest.mark.thorough
def test_uncommitted_edits_in_the_file_keep_the_repair_on_its_own_branch(shop):
    edited = (shop.root / "models/stg_orders.sql").read_text() + "-- mine\n"
    shop.write("models/stg_orders.sql", edited)
    shop.deliver_orders(amount="orderTotal")

    healed = shop.heal()

    assert healed.report.status == "pending"
    assert "uncommitted edits" in healed.applied[0].note
    assert (shop.root / "models/stg_orders.sql").read_text() == edited
    branch = healed.applied[0].branch
    assert "orderTotal" in shop.git("show", f"{branch}:models/stg_orders.sql")


@pytest.mark.thorough
def test_a_protected_branch_is_left_to_people(shop):
    shop.write("adp.yml", "policy: {protected_branches: [main]}\n")
    shop.commit()
    head = shop.git("rev-parse", "HEAD")
    shop.deliver_orders(amount="orderTotal")

    healed = shop.heal()

    assert healed.report.status == "pending"
    assert "protected" in healed.applied[0].note
    assert shop.git("rev-parse", "HEAD") == head


def test_a_dry_run_proves_and_commits_nothing(shop):
    head = shop.git("rev-parse", "HEAD")
    shop.deliver_orders(amount="orderTotal")

    healed = shop.heal(dry_run=True)

    assert healed.report.status == "pending"
    assert all(c["passed"] for c in healed.report.proposals[0].certificate["checks"])
    assert shop.git("rev-parse", "HEAD") == head
    assert shop.git("branch").split() == ["*", "main"]


@pytest.mark.thorough
def test_a_project_that_does_not_parse_waits_for_a_person_with_the_cause(shop):
    shop.write("models/fct_totals.sql", "select * from {{ ref('nowhere') }}\n")
    shop.commit("typo")

    healed = shop.heal()

    assert healed.report.status == "pending"
    assert [d.cause for d in healed.diagnoses] == [Cause.unknown_relation]


def test_a_hostile_column_name_never_reaches_sql_text(shop):
    shop.sql("""alter table raw.orders rename column amount to "x'); drop table y; --{{ 1 }}" """)

    healed = shop.heal()

    assert healed.report.status == "refused"
    assert shop.git("status", "--short") == ""


@pytest.mark.thorough
def test_the_certificate_is_committed_beside_the_lock_and_holds_no_rows(shop):
    shop.deliver_orders(amount="orderTotal")
    healed = shop.heal()

    (frozen,) = healed.applied[0].frozen
    certificate = json.loads(Path(shop.root / frozen.certificate).read_text())
    assert certificate["changes"][0]["arrives_as"] == "orderTotal"
    assert frozen.certificate in shop.git("show", "--stat=200", "HEAD")
    assert report_of(healed.applied[0])[0].state == "applied"


@pytest.mark.thorough
def test_a_unit_test_over_the_lost_column_goes_on_with_old_and_new_name(shop):
    shop.write(
        "models/unit_tests.yml",
        "unit_tests:\n  - name: reads_amount\n    model: stg_orders\n    given:\n"
        "      - input: source('raw', 'orders')\n        rows:\n          - {order_id: 1, amount: 2.5}\n"
        "    expect:\n      rows:\n        - {order_id: 1, order_amount: 2.5}\n",
    )
    shop.commit("a unit test")
    assert shop.build().published
    shop.deliver_orders(amount="orderTotal")

    healed = shop.heal()

    assert healed.report.status == "healed", healed.applied
    assert set(healed.report.proposals[0].files) == {"models/stg_orders.sql", "models/unit_tests.yml"}
    shop.deliver_orders()
    assert shop.build().published


def test_a_fault_that_still_waits_is_proposed_once_and_replaces_the_older_proposal(shop):
    shop.write("adp.yml", "policy: {protected_branches: [main]}\n")
    shop.commit()
    shop.deliver_orders(amount="orderTotal")

    first, second = shop.heal(), shop.heal()

    ledger = shop.ledger()
    states = {k.proposal.id: k.state for k in every(ledger, shop.project)}
    ledger.close()
    assert states[first.report.proposals[0].id] == "superseded"
    assert states[second.report.proposals[0].id] == "pending"
    assert shop.git("branch", "--format=%(refname:short)").split() == [second.applied[0].branch, "main"]


@pytest.mark.thorough
def test_tests_on_the_source_itself_follow_the_column(make_shop):
    shop = make_shop()
    tests = "\n        columns: [{name: amount, data_tests: [not_null]}, {name: status, data_tests: [not_null]}]\n"
    sources = (shop.root / "models/sources.yml").read_text()
    shop.write("models/sources.yml", sources.replace("- name: orders\n", f"- name: orders{tests}"))
    shop.write("tests/none_is_free.sql", "select order_id from {{ source('raw', 'orders') }} where amount <= 0\n")
    shop.commit()
    assert shop.build().published
    shop.deliver_orders(amount="amt")

    healed = shop.heal()

    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert set(healed.report.proposals[0].files) == {
        "models/stg_orders.sql", "models/sources.yml", "tests/none_is_free.sql",
    }  # fmt: skip
    assert (
        "{name: amt, data_tests: [not_null]}, {name: status, data_tests: [not_null]}"
        in (shop.root / "models/sources.yml").read_text()
    )
    assert shop.build().published
    shop.sql("update raw.orders set amt = -1 where order_id = 7")
    assert not shop.build().succeeded, "the test still looks at what is delivered"
