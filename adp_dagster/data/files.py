"""Read a delivered file, with the types that lose nothing in it, before it is loaded."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from agents.errors import UsageError
from agents.warehouse import literal, quoted

WHOLE_NUMBERS = ("BIGINT", "HUGEINT", "INTEGER")
INSTANT = "TIMESTAMP WITH TIME ZONE"
# Staged once: each use of read_csv would look through the whole file for types again.
STAGED = "temp._landing"


@dataclass(frozen=True)
class File:
    """A file as a table expression, and what is in it."""

    query: str
    """To be selected from while `opened` lasts; its types are `types`."""
    types: dict[str, str]
    """Column to DuckDB type, in the file's order."""
    empty: frozenset[str]
    """Columns without a single value: their type is a guess."""
    rows: int


def select_list(connection: duckdb.DuckDBPyConnection, relation: str, renames: Mapping[str, str]) -> str:
    """All columns of `relation` in their order, under new names where `renames` has one."""
    names = [column for column, *_ in connection.execute(f"describe from {relation}").fetchall()]
    if unknown := renames.keys() - set(names):
        raise UsageError(
            f"{relation} has no column {', '.join(sorted(unknown))} to rename. Allowed: {', '.join(names)}."
        )
    return ", ".join(f"{quoted(name)} as {quoted(renames.get(name, name))}" for name in names)


@contextmanager
def opened(connection: duckdb.DuckDBPyConnection, file: Path, as_text: frozenset[str] = frozenset()) -> Iterator[File]:
    """The file, looked through to its end; columns named in `as_text` (folded) stay the text they are.

    Instants become TIMESTAMP in UTC, so that no reader's session time zone can shift them.
    """
    if file.suffix == ".parquet":
        yield _described(connection, f"read_parquet({literal(str(file))})")
    elif file.suffix == ".csv":
        connection.execute(f"create or replace temp table _landing as from {_csv(connection, file, as_text)}")
        try:
            yield _described(connection, STAGED)
        finally:
            connection.execute(f"drop table {STAGED}")
    else:
        raise UsageError(f"{file} ends in {file.suffix or 'nothing'!r}. Allowed: .csv and .parquet.")


def _described(connection: duckdb.DuckDBPyConnection, source: str) -> File:
    types = _types(connection, source)
    counts = ", ".join(f"count({quoted(name)})" for name in types)
    row = connection.execute(f"select count(*), {counts} from {source}").fetchone()
    assert row is not None
    empty = frozenset(name for name, filled in zip(types, row[1:], strict=True) if not filled)
    instants = [name for name, kind in types.items() if kind == INSTANT]
    if instants:
        replaced = ", ".join(f"{quoted(name)} at time zone 'UTC' as {quoted(name)}" for name in instants)
        source = f"(select * replace ({replaced}) from {source})"
        types |= dict.fromkeys(instants, "TIMESTAMP")
    return File(source, types, empty, row[0])


def _csv(connection: duckdb.DuckDBPyConnection, file: Path, as_text: frozenset[str]) -> str:
    """A read_csv call that takes types from the whole file, but leaves codes of digits text."""
    path = literal(str(file))
    names = _types(connection, f"read_csv({path}, header = true, delim = ',', all_varchar = true)")
    # `007` and `7` are different keys: a number never starts with a zero that another digit follows.
    codes = ", ".join(rf"bool_or(regexp_matches({quoted(name)}, '^0\d+$'))" for name in names)
    columns = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names) + "}"
    row = connection.execute(
        f"select {codes} from read_csv({path}, header = true, delim = ',', auto_detect = false, columns = {columns})"
    ).fetchone()
    assert row is not None
    texts = [name for name, code in zip(names, row, strict=True) if code or name.casefold() in as_text]
    forced = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in texts) + "}"
    types = f", types = {forced}" if texts else ""
    return f"read_csv({path}, header = true, delim = ',', sample_size = -1{types})"


def _types(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in connection.execute(f"describe select * from {source}").fetchall()}
