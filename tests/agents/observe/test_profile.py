"""A profile says what a table holds, the same each time, and keeps personal values to itself."""

import duckdb
import pytest

from agents.observe.profile import FEW, profile
from tests.agents.observe.conftest import node

TABLE = """
create table orders as select i as id, 'P' || (i % 3) as plan, 'n' || i as name, i % 2 = 0 as paid, i / 4.0 as amount,
    {'a': i} as nested, [i] as items
from range(250_000) as t(i)
"""


@pytest.fixture
def db():
    with duckdb.connect() as connection:
        connection.execute(TABLE)
        yield connection


def test_a_profile_counts_and_lists_few_values(db):
    found = profile(db, node(), "orders")

    assert found.rows == 250_000
    assert found.column("plan").values == ("P0", "P1", "P2")
    assert found.column("paid").values == ("false", "true")
    assert found.column("amount").mean == pytest.approx(31249.875)
    assert found.column("name").values is None
    assert found.column("id").distinct == pytest.approx(250_000, rel=0.2)


def test_an_unchanged_table_has_an_unchanged_profile(db):
    assert profile(db, node(), "orders") == profile(db, node(), "orders")


def test_a_personal_column_gives_counts_and_no_values(db):
    found = profile(db, node(personal=frozenset({"plan", "amount"})), "orders")

    assert found.column("plan").values is None
    assert (found.column("amount").minimum, found.column("amount").mean) == (None, None)


def test_a_table_of_thousands_of_columns_is_asked_in_parts(db):
    db.execute(f"create table wide as select {', '.join(f'i as c{n}' for n in range(3000))} from range({FEW}) as t(i)")

    assert len(profile(db, node("wide"), "wide").columns) == 3000
