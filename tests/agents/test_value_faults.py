"""Values that a producer began to deliver otherwise: repaired where rows prove it, on a small real project."""

from contextlib import closing

import pytest

from agents.contracts import Cause
from agents.diagnose.diagnose import diagnose
from agents.look import look
from agents.proposals import approve

FAULTS = {
    "epoch": ("epoch(ordered_at)::bigint as ordered_at", Cause.column_retyped),
    "zone": ("ordered_at + interval 2 hour as ordered_at", Cause.column_retyped),
    "sign": ("-amount as amount", Cause.unit_changed),
    "cents": ("(amount * 100)::double as amount", Cause.unit_changed),
    "codes": ("upper(left(status, 1)) as status", Cause.enum_recoded),
}
TEXTS = {
    "day first": ("strftime(paid_at::timestamp, '%d.%m.%Y %H:%M') as paid_at", "healed"),
    "another day first": ("strftime(paid_at::timestamp, '%m/%d/%Y %H:%M:%S') as paid_at", "healed"),
    "read alike": ("strftime(paid_at::timestamp, '%Y-%m-%dT%H:%M:%S') as paid_at", "healthy"),
    "comma": ("replace(paid, '.', ',') as paid", "healed"),
    "unit": ("'EUR ' || paid as paid", "healed"),
    "thousands": ("format('{:,.2f}', paid::double * 1000) as paid", "refused"),
}
ABOVE_NOTHING = """\
models:
  - name: stg_orders
    columns:
      - name: order_amount
        data_tests:
          - accepted_values: {arguments: {values: [-1], quote: false}, config: {where: order_amount <= 0}}
"""


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.thorough if n in ("codes", "sign", "epoch", "zone") else ()) for n in FAULTS],
)
def test_values_delivered_otherwise_are_read_as_before(shop, name):
    shop.write("adp.yml", "policy: {auto: medium}\n")
    shop.commit()
    sql, cause = FAULTS[name]
    before = shop.sql("select * from stg_orders order by all")
    shop.sql(f"create or replace table raw.orders as select * replace ({sql}) from raw.orders")

    healed = shop.heal()

    assert [d.cause for d in healed.diagnoses] == [cause]
    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert shop.sql("select * from stg_orders order by all") == before
    assert shop.heal().report.status == "healthy"


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.thorough if n not in ("day first", "unit") else ()) for n in TEXTS]
)
def test_texts_that_models_cast_are_read_as_they_were_written(shop, name):
    sql, status = TEXTS[name]
    shop.write("adp.yml", "policy: {auto: medium}\n")
    shop.write("models/paid.yml", "sources: [{name: shop, schema: raw, tables: [{name: payments}]}]\n")
    read = (
        "select order_id, paid::double as paid, paid_at::timestamp as paid_at from {{ source('shop', 'payments') }}\n"
    )
    shop.write("models/stg_payments.sql", read)
    shop.sql(
        "create table raw.payments as select order_id, printf('%.2f', amount) as paid, "
        "strftime(ordered_at, '%Y-%m-%d %H:%M:%S') as paid_at from raw.orders"
    )
    shop.commit("payments, all of text")
    built = shop.build()
    assert built.published, [e.message for e in built.evidence]
    before = shop.sql("select * from stg_payments order by all")
    shop.sql(f"create or replace table raw.payments as select * replace ({sql}) from raw.payments")

    healed = shop.heal()

    assert healed.report.status == status, [a.note for a in healed.applied]
    assert all(d.cause is Cause.column_retyped for d in healed.diagnoses if status == "healed")
    if status != "refused":
        assert shop.build().published
        assert shop.sql("select * from stg_payments order by all") == before
        assert shop.heal().report.status == "healthy"


def test_numbers_of_two_units_are_not_read_as_one(shop):
    units = "amount || if(order_id % 2 = 0, ' EUR', ' USD') as amount"
    shop.sql(f"create or replace table raw.orders as select * replace ({units}) from raw.orders")

    healed = shop.heal()

    assert [d.cause for d in healed.diagnoses] == [Cause.column_retyped]
    assert healed.report.status == "refused"


def test_a_number_of_another_kind_is_cast_where_a_contract_below_asks_for_the_known_one(shop):
    shop.write("models/known.sql", "select customer_id as customer, order_id from {{ ref('stg_orders') }}\n")
    columns = "[{name: customer, data_type: bigint}, {name: order_id, data_type: bigint}]"
    shop.write(
        "models/known.yml",
        f"models:\n  - name: known\n    config: {{contract: {{enforced: true}}}}\n    columns: {columns}\n",
    )
    shop.commit("under contract")
    assert shop.build().published
    before = shop.sql("select * from known order by all")
    shop.sql("alter table raw.orders alter customer_id type double")

    healed = shop.heal()

    assert [d.cause for d in healed.diagnoses] == [Cause.column_retyped]
    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert shop.sql("select * from known order by all") == before
    assert shop.heal().report.status == "healthy"


def test_a_value_that_no_state_had_is_named_where_a_test_of_it_fails(shop):
    shop.write("models/models.yml", ABOVE_NOTHING)
    shop.commit("amounts are above nothing")
    assert shop.build().published
    shop.sql("update raw.orders set amount = 0 where order_id = (select min(order_id) from raw.orders)")

    healed = shop.heal()

    assert healed.report.status == "refused"
    (found,) = healed.diagnoses
    assert "accepted_values_stg_orders_order_amount" in found.explanation
    assert "raw.orders.amount goes down to 0" in found.explanation
    assert "correct them there" in healed.applied[0].note


def test_a_value_that_is_empty_now_is_named_where_a_test_below_fails(shop):
    shop.write("models/fct_taxes.sql", "select order_id, tax as tax_paid from {{ ref('stg_orders') }}\n")
    tested = "models:\n  - {name: fct_taxes, columns: [{name: tax_paid, data_tests: [not_null]}]}\n"
    shop.write("models/models.yml", tested)
    shop.commit("every order has its tax")
    assert shop.build().published
    shop.sql("update raw.orders set tax = null where order_id < 3")

    healed = shop.heal()

    assert healed.report.status == "refused"
    (found,) = healed.diagnoses
    assert found.cause is Cause.null_keys
    assert "raw.orders.tax is null in 3 rows, before in none" in found.explanation


def test_a_division_that_a_failed_test_kept_from_being_built_is_named(shop):
    shop.write("models/shares.sql", "select order_id, 100 / order_amount as share from {{ ref('stg_orders') }}\n")
    shop.write("models/models.yml", ABOVE_NOTHING)
    shop.commit("shares")
    assert shop.build().published
    shop.sql("update raw.orders set amount = 0 where order_id = (select min(order_id) from raw.orders)")

    failed = [e for e in shop.build().evidence if e.node.startswith("test.")]
    seen = look(shop.project, failed)
    (found,) = diagnose(seen.evidence, seen.graph, seen.edits)

    assert [e.kind for e in found.evidence] == ["check_failure", "check_failure"]
    assert found.cause is Cause.division_by_zero
    assert "share in 1 row." in found.explanation
    assert "raw.orders.amount goes down to 0" in found.explanation


def test_a_table_that_moved_is_read_in_its_new_place_by_models_and_unit_tests(shop):
    shop.write(
        "models/unit_tests.yml",
        "unit_tests:\n  - name: reads_amount\n    model: stg_orders\n    given:\n"
        "      - input: source('raw', 'orders')\n        rows:\n          - {order_id: 1, amount: 2.5}\n"
        "    expect:\n      rows:\n        - {order_id: 1, order_amount: 2.5}\n",
    )
    shop.commit("a unit test, whose columns dbt asks of the table")
    assert shop.build().published
    before = shop.sql("select * from fct_totals order by all")
    shop.sql("create schema archive")
    shop.sql("create table archive.orders as from raw.orders")
    shop.sql("drop table raw.orders")

    waiting = shop.heal()

    assert [d.cause for d in waiting.diagnoses] == [Cause.table_renamed]
    assert waiting.report.status == "pending", "medium risk waits for a person"
    with closing(shop.ledger()) as ledger:
        applied, rebuilt = approve(ledger, shop.project, waiting.report.proposals[0].id, "a person")
    assert applied.state == "applied", applied.note
    assert rebuilt is not None
    assert rebuilt.published, rebuilt.detail
    assert shop.sql("select * from fct_totals order by all") == before


SPOILED = {
    "repeated": (
        "insert into raw.orders select * replace (amount + 1 as amount) from raw.orders where order_id < 50",
        Cause.duplicate_keys,
        100,
    ),
    "keyless": ("update raw.orders set order_id = null where order_id < 50", Cause.null_keys, 50),
}


@pytest.mark.parametrize("name", [pytest.param("repeated"), pytest.param("keyless", marks=pytest.mark.thorough)])
def test_rows_that_nobody_can_place_wait_in_quarantine_once_a_person_says_so(shop, name):
    shop.write("adp.yml", "policy: {auto: high}\n")
    shop.commit()
    head = shop.git("rev-parse", "HEAD")
    statement, cause, waiting_rows = SPOILED[name]
    shop.sql(statement)

    healed = shop.heal()

    assert [d.cause for d in healed.diagnoses] == [cause]
    assert healed.report.status == "pending", "a person is asked, whatever the policy"
    assert shop.git("rev-parse", "HEAD") == head
    with shop.opened() as ledger:
        applied, rebuilt = approve(ledger, shop.project, healed.report.proposals[0].id, "a person")
    assert rebuilt is not None
    assert rebuilt.published, applied.note
    assert shop.sql("select count(*), count(distinct order_id) from stg_orders") == [(1950, 1950)]
    held = shop.sql("select count(*), count(distinct quarantine_reason) from raw__orders_quarantine")
    assert held == [(waiting_rows, 1)]
    assert shop.heal().report.status == "healthy"
