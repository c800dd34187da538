"""Fixtures that name a lost column become SQL; everything else in the file stays as it was."""

import duckdb
import pytest
import yaml

from agents.contracts import CastColumn, ScaleColumn
from agents.errors import FinalError
from agents.propose.unit_test_fixture import widen_fixtures

TEXT = """# money in dollars
unit_tests:
  - name: in_cents   # keep me
    model: stg_orders
    given:
      - input: source('raw', 'orders')
        rows:
          - {order_id: 1, amount: 19.99, note: "it's", on_day: 2026-01-01}
          - {order_id: 2, amount: null}
    expect:
      rows:
        - {order_id: 1, cents: 1999}

  - name: other
    model: fct
    given: [{input: ref('stg_orders'), rows: [{amount: 1}]}]
    expect: {rows: []}
"""
OF = {"source": "source.p.raw.orders", "relation": "raw.orders"}
TYPES = {"order_id": "BIGINT", "amount": "DOUBLE", "note": "VARCHAR", "on_day": "DATE"}


def widened(text: str = TEXT) -> str:
    return widen_fixtures(text, {"stg_orders"}, ("raw", "orders"), "raw.orders", {"amount"}, TYPES)


@pytest.mark.parametrize("name", ["amount", "order_total"])
def test_the_fixture_runs_whichever_name_the_source_has(name):
    fixture = yaml.safe_load(widened())["unit_tests"][0]["given"][0]
    assert fixture["format"] == "sql"
    with duckdb.connect() as db:
        db.execute(
            f"create schema raw; create table raw.orders (order_id bigint, {name} double, note varchar, on_day date)"
        )
        model = (
            "select order_id, coalesce(*columns('(?i)^(amount|order_total)$')) as amount, note, on_day::varchar from x"
        )
        rows = db.execute(f"with x as ({fixture['rows']}) {model} order by 1").fetchall()
    assert rows == [(1, 19.99, "it's", "2026-01-01"), (2, None, None, None)]


@pytest.mark.parametrize(
    ("change", "sent", "read"),
    [
        (ScaleColumn(**OF, column="amount", type="DOUBLE", factor=100), "double", "amount / 100"),
        (
            CastColumn(**OF, column="amount", type="DOUBLE", arrives_as="VARCHAR", form="decimal_comma"),
            "varchar",
            "case typeof(amount) when 'VARCHAR' then replace(amount::varchar, ',', '.')::double "
            "else amount::double end",
        ),
    ],
)
def test_the_fixture_is_in_the_unit_that_is_sent_and_in_the_type_that_was_known(change, sent, read):
    text = widen_fixtures(TEXT, {"stg_orders"}, ("raw", "orders"), "raw.orders", set(), TYPES, (change,))
    fixture = yaml.safe_load(text)["unit_tests"][0]["given"][0]
    with duckdb.connect() as db:
        db.execute(
            f"create schema raw; create table raw.orders (order_id bigint, amount {sent}, note varchar, on_day date)"
        )
        rows = db.execute(f"with x as ({fixture['rows']}) select order_id, {read} from x order by 1").fetchall()
    assert rows == [(1, 19.99), (2, None)]


def test_only_the_rows_of_the_fixture_change():
    before, after = TEXT.splitlines(), widened().splitlines()

    assert after[:6] == before[:6]
    assert after[-8:] == before[-8:]


def test_a_fixture_that_does_not_name_the_column_is_left_alone():
    text = TEXT.replace("amount: 19.99, ", "").replace(", amount: null", "")

    assert widened(text) == text


def test_a_fixture_in_flow_style_is_refused():
    text = "unit_tests: [{model: stg_orders, given: [{input: \"source('raw', 'orders')\", rows: [{amount: 1}]}]}]"

    with pytest.raises(FinalError, match="cannot be changed in place"):
        widened(text)
