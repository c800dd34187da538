"""How much a table differs from the last good state: rows, and sums of the numbers that are no person's."""

from contextlib import suppress

import duckdb

from agents import published
from agents.errors import AdpError
from agents.graph import Node
from agents.masking import personal_name
from agents.project import Project
from agents.warehouse import columns, exists, quoted, reading

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
SHOWN = 6
"""Columns that are written out."""


def moved(project: Project, node: Node) -> str:
    """Rows and sums that differ between the published copy and the table that was built, in words; empty where none
    do, or where one of the two cannot be read."""
    with suppress(AdpError, duckdb.Error):
        name = quoted(node.schema, node.identifier)
        with reading(published.required(project).file) as db:
            before = _measured(db, name, node)
        with reading(project.warehouse, project.settings.lock_wait_seconds, project.attachments) as db:
            after = _measured(db, name, node)
        pairs = [(column, before[column], total) for column, total in after.items() if column in before]
        words = [f"{column} {_number(a)} -> {_number(b)}" for column, a, b in pairs if _number(a) != _number(b)]
        more = f", and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
        return f"in the table as built: {', '.join(words[:SHOWN])}{more}" if words else ""
    return ""


def _measured(db: duckdb.DuckDBPyConnection, name: str, node: Node) -> dict[str, float | None]:
    if not exists(db, name):
        return {}
    kinds = columns(db, name)
    numbers = [c for c, k in kinds.items() if k.split("(")[0] in NUMBERS and not _personal(c, node)]
    sums = "".join(f", sum({quoted(c)})::double" for c in numbers)
    row = db.execute(f"select count(*){sums} from {name}").fetchone()
    assert row is not None
    return dict(zip(("rows", *(f"sum of {c}" for c in numbers)), row, strict=True))


def _personal(column: str, node: Node) -> bool:
    return personal_name(column) or column.lower() in node.personal


def _number(value: float | None) -> str:
    """To 9 significant digits: a parallel sum of doubles differs in the last ones from run to run."""
    return "null" if value is None else f"{value:,.9g}"
