"""DuckDB files: short-lived connections that wait for the lock, and content that can be compared."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

import duckdb

from agents.contracts import Fingerprint
from agents.errors import UsageError, WarehouseBusy

T = TypeVar("T")

LOCKED = "Could not set lock on file"


def quoted(*parts: str) -> str:
    """A dotted, quoted SQL name.

    >>> quoted("raw", 'odd"name')
    '"raw"."odd""name"'
    """
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def same_key(columns: Iterable[str], one: str, other: str) -> str:
    """SQL that joins the rows of two relations by a key.

    >>> same_key(["order_id", "line"], "g", "n")
    'g."order_id" = n."order_id" and g."line" = n."line"'
    """
    return " and ".join(f"{one}.{quoted(c)} = {other}.{quoted(c)}" for c in columns)


def plain_or_quoted(name: str) -> str:
    """A name as people write it in SQL: quoted only where it must be.

    >>> plain_or_quoted("amount"), plain_or_quoted("order")
    ('amount', '"order"')
    """
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) and name.lower() not in _keywords() else quoted(name)


@cache
def _keywords() -> frozenset[str]:
    with duckdb.connect() as db:
        rows = db.execute(
            "select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'"
        ).fetchall()
    return frozenset(str(name) for (name,) in rows)


def literal(text: str) -> str:
    """A SQL string literal. For constants too: a bound parameter makes DuckDB import pandas, for half a second (1.5.5).

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def reading(
    file: Path, wait_seconds: float = 60, attach: Iterable[tuple[str, Path]] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that holds `file` read-only under its own name. It blocks writers while it lives: keep it short.

    Raises WarehouseBusy where a writer holds the file all the time, UsageError where it is missing
    or not a DuckDB file of this version.
    """
    _required(file)
    connection = duckdb.connect(":memory:")
    try:
        name = quoted(file.stem)
        command = f"attach {literal(str(file))} as {name} (read_only)"
        _patiently(file, wait_seconds, lambda: connection.execute(command))
        connection.execute(f"use {name}")
        for alias, other in attach:
            connection.execute(f"attach {literal(str(other))} as {quoted(alias)} (read_only)")
        yield connection
    finally:
        connection.close()


@contextmanager
def writing(file: Path, wait_seconds: float = 60) -> Iterator[duckdb.DuckDBPyConnection]:
    """The one writer of the file. Same errors as `reading`."""
    _required(file)
    connection = _patiently(file, wait_seconds, lambda: duckdb.connect(str(file)))
    try:
        yield connection
    finally:
        connection.close()


def _required(file: Path) -> None:
    if not file.is_file():
        raise UsageError(f"{file} does not exist, so there is nothing to read. Build it first: `adp build`.")


def _patiently(file: Path, wait_seconds: float, connect: Callable[[], T]) -> T:
    """Try until the file's lock is free or the time is spent; say what is wrong with any other file."""
    deadline, pause = time.monotonic() + wait_seconds, 0.05
    while True:
        try:
            return connect()
        except duckdb.IOException as error:
            if LOCKED not in str(error):
                raise UsageError(
                    f"{file} cannot be read as a DuckDB file: {str(error).splitlines()[0]} "
                    f"This is DuckDB {duckdb.__version__}. Restore the file, or move it away and run `adp build`."
                ) from error
            if time.monotonic() + pause > deadline:
                raise WarehouseBusy(
                    f"{file}: database is locked by another process, for {wait_seconds:g} s now. "
                    "End that process, or raise lock_wait_seconds in adp.yml."
                ) from error
            time.sleep(pause)
            pause = min(pause * 2, 1.0)
        except duckdb.Error as error:
            raise UsageError(f"{file} cannot be opened: {str(error).splitlines()[0]}") from error


def exists(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether the (quoted) relation can be queried; a view over what is gone or changed cannot."""
    try:
        connection.execute(f"describe {relation}")
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True


def columns(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Column name -> type of a (quoted) relation or a parenthesised query, in order."""
    rows = connection.execute(f"describe select * from {relation}").fetchall()
    return {str(name): str(kind) for name, kind, *_ in rows}


def every_column(file: Path) -> dict[str, dict[str, str]]:
    """Column name -> type of each relation of a DuckDB file, all names in lower case, relations as `schema.table`."""
    found: dict[str, dict[str, str]] = {}
    with reading(file) as db:
        rows = db.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal "
            "order by column_index"
        ).fetchall()
    for schema, table, column, kind in rows:
        found.setdefault(f"{schema}.{table}".lower(), {})[str(column).lower()] = str(kind)
    return found


def definitions(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[str]:
    """Statements that make the enumerations and macros of a catalog anew, in the catalog that is in use.

    Defaults of a macro's parameters are not among them: DuckDB 1.5 does not tell them.
    """
    types = connection.execute(
        "select schema_name, type_name, labels from duckdb_types() "
        f"where database_name = {literal(catalog)} and not internal and labels is not null"
    ).fetchall()
    macros = connection.execute(
        "select schema_name, function_name, parameters, macro_definition, function_type = 'table_macro' "
        f"from duckdb_functions() where database_name = {literal(catalog)} and not internal "
        "and macro_definition is not null"
    ).fetchall()
    schemas = sorted({str(row[0]) for row in (*types, *macros)})
    return [
        *(f"create schema if not exists {quoted(schema)}" for schema in schemas),
        *(f"create type {quoted(s, name)} as enum ({', '.join(map(literal, labels))})" for s, name, labels in types),
        *(
            f"create or replace macro {quoted(s, name)}({', '.join(map(quoted, given))}) as "
            f"{'table ' if table else ''}{body}"
            for s, name, given, body, table in macros
        ),
    ]


def fingerprint(connection: duckdb.DuckDBPyConnection, relation: str) -> Fingerprint:
    """Content of a (quoted) relation or a parenthesised query, whatever the order of its rows.

    Sums of 64-bit hashes, in 128 bits: two equal rows do not cancel out, as they would under xor.
    (DuckDB 1.5 sums UHUGEINT as DOUBLE, which depends on the order of the rows; HUGEINT is exact.)
    Doubles are compared after rounding to 9 significant digits, because a parallel sum of doubles
    differs in the last ones from run to run.
    """
    kinds = columns(connection, relation)
    exact = {name: _stable(quoted(name), kind) for name, kind in kinds.items()}
    parts = [f"sum(hash({expression})::hugeint)::varchar" for expression in exact.values()]
    ordered = ", ".join(exact[name] for name in sorted(exact))
    together = f"sum(hash({ordered})::hugeint)::varchar" if exact else "'0'"
    row = connection.execute(f"select count(*), {together}, {', '.join(parts)} from {relation}").fetchone()
    assert row is not None
    hashes = [value or "0" for value in row[2:]]
    return Fingerprint(rows=row[0], whole=row[1] or "0", columns=dict(zip(exact, hashes, strict=True)), types=kinds)


def unbounded(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, int]:
    """Rows with an infinite or undefined number, by column of a (quoted) relation; only columns that have any.

    A division by zero is no error in DuckDB: it gives infinity, and 0/0 gives NaN (measured on 1.5).
    """
    names = [name for name, kind in columns(connection, relation).items() if kind in ("DOUBLE", "FLOAT")]
    if not names:
        return {}
    counts = ", ".join(f"count(*) filter (where not isfinite({quoted(name)}))" for name in names)
    row = connection.execute(f"select {counts} from {relation}").fetchone()
    assert row is not None
    return {name: count for name, count in zip(names, row, strict=True) if count}


def without_value(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, tuple[str, ...]]:
    """Rows of a (quoted) relation, and its columns that are null in all of them."""
    names = list(columns(connection, relation))
    counts = ", ".join(f"count({quoted(name)})" for name in names)
    row = connection.execute(f"select count(*), {counts} from {relation}").fetchone()
    assert row is not None
    return row[0], tuple(name for name, filled in zip(names, row[1:], strict=True) if not filled)


def same_content(expected: Fingerprint, found: Fingerprint) -> bool:
    """Whether two contents are the same, but for the columns that are set apart."""
    if not expected.apart:
        return (expected.rows, expected.columns, expected.whole) == (found.rows, found.columns, found.whole)
    left = {n: h for n, h in expected.columns.items() if n not in expected.apart}
    return expected.rows == found.rows and all(found.columns.get(n) == h for n, h in left.items())


def _stable(expression: str, kind: str) -> str:
    if kind in ("DOUBLE", "FLOAT"):
        return f"format('{{:.8e}}', {expression}::double + 0.0)"
    return expression
