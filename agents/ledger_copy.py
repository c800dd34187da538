"""Copies of a ledger: SQLite's as a file by its online backup, any other's as rows in JSON; and back, as one."""

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from agents.errors import UsageError
from agents.ledger import Ledger, in_utc
from agents.ledger_tables import metadata

SQLITE, ROWS = "ledger.db", "ledger.json"
"""Names of the two forms of a copy."""
BATCH = 1000

Row = dict[str, Any]


def copy(engine: Engine, into: Path) -> Path:
    """A consistent copy of the ledger in the folder `into`, as it was committed last."""
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file and file != ":memory:":
        with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(into / SQLITE)) as made:
            live.backup(made)
            made.execute("pragma journal_mode=delete")  # one file, without a log beside it
        return into / SQLITE
    with engine.connect() as db:
        if engine.dialect.name == "postgresql":
            db.execution_options(isolation_level="REPEATABLE READ")  # all tables as of one moment
        tables = {t.name: [_plain(row) for row in _rows(db, t)] for t in metadata.sorted_tables}
    (into / ROWS).write_text(json.dumps(tables))
    return into / ROWS


def put_back(engine: Engine, folder: Path, before: Callable[[], None] = lambda: None) -> None:
    """Make the ledger what the copy in `folder` says, in one transaction.

    `before` is called when nobody else can write any more, and the ledger still reads as it was.
    """
    with engine.begin() as db:
        for table in reversed(metadata.sorted_tables):
            db.execute(table.delete())
        before()
        for table, rows in _kept(folder):
            for _, alike in groupby(sorted(rows, key=sorted), key=sorted):
                for batch in _batched(alike):
                    db.execute(table.insert(), batch)


def counts(folder: Path) -> dict[str, int]:
    """Rows of each table in a copy. Raises UsageError where it cannot be read."""
    return {table.name: len(rows) for table, rows in _kept(folder)}


def lost(engine: Engine, folder: Path, since: datetime) -> dict[str, int]:
    """Table -> rows that the copy lacks, or that were changed after it was made; tables without such are left out."""
    found: dict[str, int] = {}
    kept = dict(_kept(folder))
    with engine.connect() as db:
        for table in metadata.sorted_tables:
            key = [c.name for c in table.primary_key]
            there = {tuple(row[k] for k in key) for row in kept.get(table, ())}
            rows = list(_rows(db, table))
            count = sum(tuple(row[k] for k in key) not in there or _later(row, since) for row in rows)
            found |= {table.name: count} if count else {}
    return found


def filled(engine: Engine) -> bool:
    """Whether there is any row."""
    with engine.connect() as db:
        return any(db.execute(sa.select(table).limit(1)).first() for table in metadata.sorted_tables)


def _later(row: Mapping[str, Any], since: datetime) -> bool:
    moments = (row.get(name) for name in ("changed_at", "last_observed", "last_at"))
    return any(in_utc(m) > since for m in moments if m)


def _rows(db: Connection, table: sa.Table) -> Iterator[Row]:
    """Rows of a table by the columns that both this version of adp and the database know."""
    inspector = sa.inspect(db)
    if not inspector.has_table(table.name):
        return
    there = {column["name"] for column in inspector.get_columns(table.name)}
    known = [c for c in table.columns if c.name in there]
    empty = {c.name: c.is_(sa.null()).label(f"{c.name} is null") for c in known if isinstance(c.type, sa.JSON)}
    for row in db.execute(sa.select(*known, *empty.values())).mappings():
        # In a JSON column no value is one thing, and the value `null` another; both are read as None.
        yield {c.name: row[c.name] for c in known if not (c.name in empty and row[empty[c.name].name])}


def _kept(folder: Path) -> Iterator[tuple[sa.Table, list[Row]]]:
    if (folder / ROWS).is_file():
        tables = json.loads((folder / ROWS).read_bytes())
        for table in metadata.sorted_tables:
            yield table, [_typed(table, row) for row in tables.get(table.name, ())]
        return
    engine = sa.create_engine(f"sqlite:///{folder / SQLITE}")
    try:
        with engine.connect() as db:
            for table in metadata.sorted_tables:
                yield table, list(_rows(db, table))
    except sa.exc.DatabaseError as error:
        raise UsageError(f"{folder / SQLITE} cannot be read: {error.orig}.") from error
    finally:
        engine.dispose()


def _batched(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def _plain(row: Row) -> Row:
    def plain(value: Any) -> Any:
        return (
            value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, uuid.UUID) else value
        )

    return {name: plain(value) for name, value in row.items()}


def _typed(table: sa.Table, row: Row) -> Row:
    def typed(column: "sa.Column[Any]", value: Any) -> Any:
        if value is None:
            return None
        if isinstance(column.type, sa.DateTime):
            return datetime.fromisoformat(value)
        return uuid.UUID(value) if isinstance(column.type, sa.Uuid) else value

    return {c.name: typed(c, row[c.name]) for c in table.columns if c.name in row}


def opened(folder: Path, url: str | None) -> Ledger | None:
    """The ledger; None where its SQLite file is there and is damaged."""
    try:
        ledger = Ledger.at(folder, url)
        if ledger.engine.dialect.name == "sqlite":
            with ledger.engine.connect() as db:
                if db.execute(sa.text("pragma quick_check")).scalar() != "ok":
                    ledger.close()
                    return None
    except sa.exc.DatabaseError:
        if url is not None and not url.startswith("sqlite"):
            raise
        return None
    return ledger
