"""Load delivered files into the warehouse as they are; DuckDB reads them itself.

What a file says is kept even where it is odd: a column that is new stands beside the old ones, and
a type only ever widens, because the models above decide what a delivery means, not the loader.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from adp_dagster.data.catalogue import Landed
from adp_dagster.data.files import File, opened
from adp_dagster.data.places import Places
from agents.errors import UsageError
from agents.warehouse import literal, quoted

STAMPS = {"_drop": "varchar", "_loaded_at": "timestamp"}
"""Columns that landing adds; `_loaded_at` is UTC."""


@dataclass(frozen=True)
class Loaded:
    """What one load brought."""

    rows: int
    columns: tuple[str, ...]
    """The columns of the file, in its order."""
    added_columns: tuple[str, ...] = ()
    """In the file, but not in the table before."""
    missing_columns: tuple[str, ...] = ()
    """In the table, but not in the file: empty in the rows of this drop."""
    widened: tuple[str, ...] = ()
    """`column: OLD to NEW` where a type was widened to hold the file."""


def land(connection: duckdb.DuckDBPyConnection, places: Places, landed: Landed, drop: str | None = None) -> Loaded:
    """Load a table of the catalogue: the named drop, or the newest where none is named."""
    if not landed.monthly:
        return load_whole(connection, landed.schema, landed.table, places.delivery(landed.table))
    if drop is None:
        drop = next(reversed(places.drops(landed.product)), None)
    if drop is None:
        raise UsageError(
            f"{landed.relation}: no drop lies in {places.landing / landed.product}. Allowed: at least one "
            "folder named YYYY-MM. Run `adp_dagster.data.flights.write_drops` or set ADP_DATA_DIR."
        )
    file = places.drop_file(landed.product, drop, landed.table)
    if landed.mode == "whole":
        return load_whole(connection, landed.schema, landed.table, file)
    return load_drop(connection, landed.schema, landed.table, file, drop)


def load_drop(connection: duckdb.DuckDBPyConnection, schema: str, table: str, file: Path, drop: str) -> Loaded:
    """Append one drop, replacing what the same drop brought before; all of it or nothing.

    Raises UsageError if the file or the drop's name is not usable.
    """
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", drop):
        raise UsageError(f"{schema}.{table}: drop {drop!r} is not a month. Allowed: YYYY-MM, as in 2013-07.")
    before = _columns(connection, schema, table)
    _check(file, schema, table)
    target = f"{quoted(schema)}.{quoted(table)}"
    with opened(connection, file, _text_columns(connection, target, before, drop)) as content, _transaction(connection):
        _refuse_stamps(content, file)
        connection.execute(f"create schema if not exists {quoted(schema)}")
        if not before:
            stamped = content.types | STAMPS
            columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in stamped.items())
            connection.execute(f"create table {target} ({columns})")
        added = [name for name in content.types if before and name.casefold() not in before]
        for name in added:
            connection.execute(f"alter table {target} add column {quoted(name)} {content.types[name]}")
        # Only then deleted: DuckDB commits no change of a type after a delete from the same table.
        widened = tuple(_widen(connection, target, before, content, drop))
        connection.execute(f"delete from {target} where _drop = ?", [drop])
        stamps = "? as _drop, now() at time zone 'UTC' as _loaded_at"
        connection.execute(f"insert into {target} by name select *, {stamps} from {content.query}", [drop])
    return _loaded(content, before, widened)


def load_whole(connection: duckdb.DuckDBPyConnection, schema: str, table: str, file: Path) -> Loaded:
    """Replace a table by a CSV or Parquet file that holds all of it.

    Raises UsageError if the file is not usable.
    """
    before = _columns(connection, schema, table)
    _check(file, schema, table)
    with opened(connection, file) as content, _transaction(connection):
        _refuse_stamps(content, file)
        connection.execute(f"create schema if not exists {quoted(schema)}")
        connection.execute(
            f"create or replace table {quoted(schema)}.{quoted(table)} as "
            f"select *, now() at time zone 'UTC' as _loaded_at from {content.query}"
        )
    return _loaded(content, before)


def _loaded(content: File, before: dict[str, str], widened: tuple[str, ...] = ()) -> Loaded:
    delivered = {name.casefold() for name in content.types}
    added = [name for name in content.types if before and name.casefold() not in before]
    missing = [name for name in before if name not in delivered and name not in STAMPS]
    return Loaded(content.rows, tuple(content.types), tuple(added), tuple(missing), widened)


def _widen(
    connection: duckdb.DuckDBPyConnection, target: str, before: dict[str, str], content: File, drop: str
) -> Iterator[str]:
    """Alter columns whose type cannot hold what the file brings, and say which."""
    # What this drop brought earlier is about to go, and must not decide.
    others = f"(from {target} where _drop <> {literal(drop)})"
    for name, incoming in content.types.items():
        current = before.get(name.casefold())
        if current is None or current == incoming or name in content.empty:
            continue
        column = quoted(name)
        (filled,) = _one(connection, f"select count({column}) from {others}")
        # A column that was empty so far has had no type yet, only a name.
        wider = wider_type(connection, current, incoming) if filled else incoming
        if wider == "DOUBLE" and filled and not _exact(connection, others, column, content):
            wider = "VARCHAR"
        if wider != current:
            # Where no value stays there is nothing to convert; text of this drop could not be.
            using = "" if filled else f" using null::{wider}"
            connection.execute(f"alter table {target} alter column {column} type {wider}{using}")
            yield f"{name}: {current} to {wider}"


def wider_type(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> str:
    """The type that holds values of both without loss; text where DuckDB's own choice would recode them.

    >>> wider_type(duckdb.connect(), "BIGINT", "DOUBLE")
    'DOUBLE'
    >>> wider_type(duckdb.connect(), "BOOLEAN", "BIGINT")
    'VARCHAR'
    """
    if "BOOLEAN" in (one, other) and one != other:
        return "VARCHAR"
    try:
        (kind,) = _one(
            connection, f"select typeof(x) from (select null::{one} as x union all select null::{other}) limit 1"
        )
    except duckdb.Error:
        return "VARCHAR"
    return str(kind)


def _exact(connection: duckdb.DuckDBPyConnection, others: str, column: str, content: File) -> bool:
    """Whether every whole number on both sides survives as a DOUBLE: they do below 2^53."""
    for relation in (others, content.query):
        (largest,) = _one(connection, f"select coalesce(max(abs(try_cast({column} as double))), 0) from {relation}")
        if largest >= 2**53:
            return False
    return True


def _columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, str]:
    """Folded name to type of the table's columns; empty if there is no such table."""
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and schema_name = ? and table_name = ? order by column_index",
        [schema, table],
    ).fetchall()
    return {name.casefold(): kind for name, kind in rows}


def _text_columns(
    connection: duckdb.DuckDBPyConnection, target: str, before: dict[str, str], drop: str
) -> frozenset[str]:
    """Folded names of columns in which other drops hold text, so that this one's values are text too."""
    names = [name for name, kind in before.items() if kind == "VARCHAR" and name not in STAMPS]
    if not names:
        return frozenset()
    counts = ", ".join(f"count({quoted(name)})" for name in names)
    filled = _one(connection, f"select {counts} from {target} where _drop <> {literal(drop)}")
    return frozenset(name for name, count in zip(names, filled, strict=True) if count)


def _check(file: Path, schema: str, table: str) -> None:
    if not file.is_file():
        there = sorted(path.name for path in file.parent.iterdir()) if file.parent.is_dir() else []
        raise UsageError(
            f"{schema}.{table}: {file} does not exist. Its folder holds: {', '.join(there) or 'nothing'}. "
            "Allowed: a .csv or .parquet file. Write the delivery again, or set ADP_DATA_DIR to where it lies."
        )


def _refuse_stamps(content: File, file: Path) -> None:
    if taken := [name for name in content.types if name.casefold() in STAMPS]:
        raise UsageError(
            f"{file} has a column {', '.join(taken)}, a name that landing adds itself. "
            f"Allowed: any name but {', '.join(STAMPS)}."
        )


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row
