"""Two states of one table in an in-memory DuckDB."""

from collections.abc import Callable

import duckdb
import pytest

from agents.contracts import TableDrift
from agents.graph import Node
from agents.observe.compare import compare
from agents.observe.hints import Hints
from agents.observe.profile import profile, read_columns
from agents.observe.rows import Side, compare_rows

Drift = Callable[..., TableDrift | None]


def node(table: str = "orders", personal: frozenset[str] = frozenset()) -> Node:
    """A source of that name."""
    return Node(
        unique_id=f"source.p.raw.{table}", kind="source", name=table, path="", package="p", relation=f"raw.{table}",
        database="", schema="raw", identifier=table, raw="", parents=(), materialized="", checksum="",
        personal=personal,
    )  # fmt: skip


@pytest.fixture
def drift() -> Drift:
    """A function from two queries, and a table's name, to the drift between what they return."""

    def between(
        then: str, now: str, table: str = "orders", hints: Hints | None = None, personal: frozenset[str] = frozenset()
    ) -> TableDrift | None:
        with duckdb.connect() as db:
            db.execute("create schema good; create schema raw")
            db.execute(f"create table good.{table} as {then}")
            db.execute(f"create table raw.{table} as {now.replace('THEN', f'good.{table}')}")
            names = (f"good.{table}", f"raw.{table}")
            before, after = (profile(db, node(table, personal), name) for name in names)
            sides = [Side(name, read_columns(db, name)) for name in names]
            found = compare_rows(db, sides[0], sides[1], before, after, hints or Hints(personal=personal))
            return compare(before, after, found, hints)

    return between
