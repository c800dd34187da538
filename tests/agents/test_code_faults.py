"""What a person's commit broke is put back as far as it must be, and what it only changed is asked about."""

import pytest

from agents.contracts import Cause, Risk
from agents.look import look
from agents.proposals import approve
from tests.conftest import SOURCES, STG_CUSTOMERS

MEDIUM = "policy: {auto: medium}\n"


def _edit(shop, path, before, after):
    text = (shop.root / path).read_text()
    assert before in text
    shop.write(path, text.replace(before, after))


def _checks(healed):
    return {c["name"]: c for c in healed.report.proposals[0].certificate["checks"]}


@pytest.mark.thorough
def test_a_misspelt_column_waits_on_a_branch_where_the_policy_does_not_reach_so_far(shop):
    head = shop.git("rev-parse", "HEAD~0")
    _edit(shop, "models/fct_totals.sql", "order_amount", "order_amnt")
    shop.commit("typo")

    healed = shop.heal()

    assert healed.report.status == "pending"
    assert [(d.cause, d.subject) for d in healed.diagnoses] == [(Cause.unknown_column, "models/fct_totals.sql:5")]
    (applied,) = healed.applied
    assert applied.judgement.accepted.proposal.risk is Risk.medium
    assert applied.branch.startswith("adp/")
    good = shop.git("show", f"{head.strip()}:models/fct_totals.sql")
    assert shop.git("show", f"{applied.branch}:models/fct_totals.sql") == good
    assert "order_amnt" in (shop.root / "models/fct_totals.sql").read_text()


def test_only_the_hunk_that_broke_is_taken_back_and_the_new_column_beside_it_stays(shop):
    shop.write("adp.yml", MEDIUM)
    _edit(shop, "models/fct_totals.sql", "count(*) as order_count", "count(*) as order_count,\n    max(tax) as top_tax")
    _edit(shop, "models/fct_totals.sql", "c.city", "c.citty")
    shop.commit("a typo beside a new column")

    healed = shop.heal()

    assert healed.report.status == "healed", healed.applied
    text = (shop.root / "models/fct_totals.sql").read_text()
    assert "c.city," in text
    assert "top_tax" in text
    assert "fct_totals.top_tax" in _checks(healed)["results_identical"]["measured"]
    assert shop.heal().report.status == "healthy"


@pytest.mark.parametrize(
    ("path", "old", "new", "subject"),
    [
        pytest.param("models/sources.yml", "schema: raw", "schema: rwa", "models/sources.yml:4", id="source"),
        pytest.param(
            "models/fct_totals.sql",
            "{{ ref('stg_orders') }}",
            "main.stg_orders_backup",
            "models/fct_totals.sql:7",
            id="named outright",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            "models/fct_totals.sql", "ref('stg_orders')", "ref('st_orders')", "models/fct_totals.sql:7", id="ref"
        ),
    ],
)
def test_a_relation_that_is_not_there_is_read_where_it_was_on_todays_rows(shop, path, old, new, subject):
    """Also where another model is called much like what is written, and builds in its place."""
    shop.write("models/fct_orders.sql", "select * from {{ ref('stg_orders') }} where order_amount > 10\n")
    shop.write("adp.yml", MEDIUM)
    shop.commit("a model called much alike")
    assert shop.build().published
    _edit(shop, path, old, new)
    shop.commit("typo")
    shop.append_orders(2000, 2100)

    healed = shop.heal()

    assert [(d.cause, d.subject) for d in healed.diagnoses] == [(Cause.unknown_relation, subject)]
    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert shop.sql("select count(*) from stg_orders") == [(2100,)]
    assert shop.sql("select sum(order_count) from fct_totals") == [(2100,)]


@pytest.mark.thorough
def test_a_comma_lost_in_a_parent_is_found_where_it_was_lost_and_a_drift_beside_it_is_still_seen(shop):
    shop.write("adp.yml", MEDIUM)
    _edit(shop, "models/stg_customers.sql", "select customer_id, city", "select customer_id city")
    shop.commit("a comma")
    shop.deliver_orders(amount="orderTotal")

    seen = look(shop.project)
    healed = shop.heal()

    assert {e.kind for e in seen.evidence} >= {"source_drift", "build_error"}
    assert {(d.cause, d.subject) for d in healed.diagnoses} == {
        (Cause.unknown_column, "models/stg_customers.sql:5"),
        (Cause.column_renamed, "raw.orders.amount"),
    }


@pytest.mark.thorough
def test_two_files_that_stop_dbt_and_one_that_does_not_build_are_all_seen_at_once(shop):
    shop.write("models/extra.sql", "select customer_id from {{ ref('stg_customers') }}\n")
    shop.commit("one more model")
    assert shop.build().published
    shop.write("adp.yml", MEDIUM)
    _edit(shop, "models/fct_totals.sql", "ref('stg_orders')", "ref('stg_order')")
    _edit(shop, "models/models.yml", "  - name: fct_totals", "  - name fct_totals")
    _edit(shop, "models/extra.sql", "customer_id", "customer")
    shop.commit("a bad day")

    healed = shop.heal()

    assert {(d.cause, d.subject.split(":")[0]) for d in healed.diagnoses} == {
        (Cause.unknown_relation, "models/fct_totals.sql"),
        (Cause.invalid_yaml, "models/models.yml"),
        (Cause.unknown_column, "models/extra.sql"),
    }
    assert healed.report.status == "healed", healed.applied
    assert shop.heal().report.status == "healthy"


def test_a_lost_filter_is_asked_about_and_never_undone_by_itself(shop):
    shop.write("adp.yml", "policy: {auto: high}\n")
    _edit(shop, "models/stg_orders.sql", "'orders') }}", "'orders') }} where status <> 'new'")
    shop.commit("fewer rows")
    head = shop.git("rev-parse", "HEAD")

    healed = shop.heal()

    assert healed.report.status == "pending"
    assert [(d.cause, d.subject) for d in healed.diagnoses] == [(Cause.logic_changed, "models/stg_orders.sql:9")]
    (waiting,) = healed.report.proposals
    assert (waiting.title, waiting.state) == ("Was the change to models/stg_orders.sql meant?", "pending")
    assert "2,000 -> " in _checks(healed)["failure_reproduced"]["measured"]
    assert shop.git("rev-parse", "HEAD") == head

    with shop.opened() as ledger:
        applied, rebuilt = approve(ledger, shop.project, waiting.id, "a person")
    assert applied.state == "applied", applied.note
    assert rebuilt is not None
    assert rebuilt.published, rebuilt.detail
    assert "where" not in (shop.root / "models/stg_orders.sql").read_text()
    assert shop.sql("select count(*) from stg_orders") == [(2000,)]
    assert shop.heal().report.status == "healthy"


@pytest.mark.thorough
def test_new_columns_and_the_clock_change_nothing_that_was_there(shop):
    _edit(shop, "models/fct_totals.sql", "count(*)", "now() as built_at,\n    count(*)")
    shop.commit("the clock")
    assert shop.build().published
    _edit(shop, "models/fct_totals.sql", "c.city", "c.city,\n    upper(c.city) as town")
    shop.commit("one more column")

    assert shop.heal().report.status == "healthy"


def test_uncommitted_work_is_named_and_never_touched(shop):
    head = shop.git("rev-parse", "HEAD")
    _edit(shop, "models/fct_totals.sql", "ref('stg_orders')", "ref('stg_order')")
    mine = (shop.root / "models/fct_totals.sql").read_text()

    healed = shop.heal()

    assert healed.report.status == "refused"
    assert "git checkout -- models/fct_totals.sql" in healed.applied[0].note
    assert (shop.root / "models/fct_totals.sql").read_text() == mine
    assert shop.git("rev-parse", "HEAD") == head


@pytest.mark.thorough
@pytest.mark.parametrize("grown", [False, True], ids=["same rows", "new rows"])
def test_a_view_that_breaks_only_when_it_is_queried_is_seen(shop, grown):
    shop.write("models/shown.sql", "{{ config(materialized='view') }}\nselect status from {{ ref('stg_orders') }}\n")
    shop.commit("a view")
    assert shop.build().published
    shop.write("adp.yml", MEDIUM)
    _edit(shop, "models/shown.sql", "select status", "select status::int as status")
    shop.commit("a cast")
    if grown:
        shop.append_orders(2000, 2100)

    healed = shop.heal()

    assert healed.diagnoses[0].subject == "models/shown.sql:2"
    assert healed.report.status == "pending", "the cast is work that they added, and would go"
    assert healed.report.proposals[0].title == "Restore models/shown.sql as last good"


@pytest.mark.parametrize("read", [pytest.param("taxx", marks=pytest.mark.thorough), "o.taxx"])
def test_a_slip_in_new_lines_is_corrected_where_a_person_agrees_and_the_new_column_stays(shop, read):
    """Also behind an alias, which the error names first."""
    shop.write("adp.yml", MEDIUM)
    more = f"count(*) as order_count,\n    max({read}) as top_tax"
    _edit(shop, "models/fct_totals.sql", "count(*) as order_count", more)
    shop.commit("a new column with a slip")

    healed = shop.heal()

    assert healed.report.status == "pending"
    first, second = healed.report.proposals
    assert first.title == "Write tax for taxx in models/fct_totals.sql"
    assert second.title.startswith("Restore")
    assert {p.state for p in (first, second)} == {"pending"}, "whether the column is wanted, the data do not say"
    with shop.opened() as ledger:
        applied, rebuilt = approve(ledger, shop.project, first.id, "ann")
    assert applied.state == "applied"
    assert rebuilt
    assert rebuilt.compared
    assert f"max({read[:-1]}) as top_tax" in (shop.root / "models/fct_totals.sql").read_text()
    assert shop.sql("select count(*) from fct_totals where top_tax is null") == [(0,)]
    assert shop.heal().report.status == "healthy"


CONTRACT = """
    config: {contract: {enforced: true}}
    columns:
      - {name: city, data_type: varchar}
      - {name: total, data_type: double}
      - {name: order_count, data_type: bigint}
      - name: customer_id
        data_type: bigint
"""


@pytest.mark.parametrize(
    ("new", "cause", "title"),
    [
        ("c.ciyt", Cause.unknown_column, "Write city for ciyt in models/fct_totals.sql"),
        ("c.city", Cause.contract_violated, "Declare town in the contract of fct_totals"),
    ],
    ids=["a slip", "none"],
)
def test_a_new_column_is_declared_in_a_contract_where_a_person_agrees(shop, new, cause, title):
    shop.write("adp.yml", MEDIUM)
    described = "models/models.yml"
    _edit(shop, described, "fct_totals\n    columns:\n      - name: customer_id\n", f"fct_totals{CONTRACT}")
    shop.commit("a contract")
    assert shop.build().published
    _edit(shop, "models/fct_totals.sql", "count(*) as order_count", f"count(*) as order_count,\n    {new} as town")
    shop.commit("a new column, not in the contract")

    healed = shop.heal()

    assert {d.cause for d in healed.diagnoses} == {cause}
    assert healed.report.status == "pending"
    first, second = healed.report.proposals
    assert (first.title, second.title.startswith("Restore")) == (title, True)
    assert _checks(healed)["results_identical"]["passed"], "the last good text builds beside the new contract"
    with shop.opened() as ledger:
        _, rebuilt = approve(ledger, shop.project, first.id, "ann")
    assert rebuilt
    assert rebuilt.compared
    declared = "        data_tests: [not_null]\n      - name: town\n        data_type: varchar\n"
    assert (shop.root / described).read_text().endswith(declared)
    assert shop.heal().report.status == "healthy"


def test_new_lines_are_not_taken_away_without_a_person_where_nothing_else_helps(shop):
    shop.write("adp.yml", MEDIUM)
    _edit(shop, "models/fct_totals.sql", "count(*) as order_count", "count(*) as order_count,\n    max(zzz) as top")
    shop.commit("a new column of what nobody has")

    healed = shop.heal()

    assert healed.report.status == "pending"
    assert [p.title for p in healed.report.proposals] == ["Restore models/fct_totals.sql as last good"]
    assert "max(zzz) as top" in (shop.root / "models/fct_totals.sql").read_text()


@pytest.mark.thorough
def test_a_new_model_with_a_slip_is_corrected_before_it_is_taken_away(shop):
    shop.write("models/city_totals.sql", "select citi, sum(total) as total from {{ ref('fct_totals') }} group by all\n")
    shop.commit("a new model with a slip")

    healed = shop.heal()

    assert healed.report.status == "pending"
    assert [p.title for p in healed.report.proposals] == [
        "Write city for citi in models/city_totals.sql",
        "Remove models/city_totals.sql, new since the last good state",
    ]
    assert [p.risk for p in healed.report.proposals] == ["medium", "high"]


def test_a_wrong_schema_is_restored_while_another_source_grew(shop):
    """The model that reads the other source is no part of the fault, and is built with what came since."""
    sources = SOURCES.replace("      - name: customers\n", "")
    customers = STG_CUSTOMERS.replace("'raw', 'customers'", "'people', 'customers'")
    shop.write("models/stg_customers.sql", customers)
    shop.write("models/people.yml", "sources:\n  - name: people\n    schema: raw\n    tables: [{name: customers}]\n")
    shop.write("models/sources.yml", sources)
    shop.write("adp.yml", "policy: {auto: medium}\n")
    shop.commit("two files of sources")
    assert shop.build().published
    shop.sql("insert into raw.customers select i, 'Oslo' from range(97, 110) as t(i)")
    at = "timestamp '2026-01-02 10:00' + interval (i) minute"
    shop.sql(f"insert into raw.orders select 2000 + i, 97 + i % 13, 20, 1, 'new', {at} from range(60) as t(i)")
    shop.write("models/sources.yml", sources.replace("schema: raw", "schema: rwa"))
    shop.commit("work on sources")

    done = shop.heal()

    assert done.report.status == "healed", [a.note for a in done.applied]
    assert done.rebuilt
    assert done.rebuilt.compared, done.rebuilt.detail
    assert shop.sql("select count(*) from fct_totals") == [(110,)]
