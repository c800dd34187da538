"""Where a table that is gone may be now: relations that nobody knows, with nearly its columns."""

from collections.abc import Iterable, Iterator

import duckdb

from agents.contracts import ColumnChange, TableProfile
from agents.graph import Node
from agents.observe.profile import family

ALIKE = 0.8
"""Share of a table's columns that another must have, in name and family of type, both ways."""


def moved_to(db: duckdb.DuckDBPyConnection, before: TableProfile, known: Iterable[Node]) -> tuple[ColumnChange, ...]:
    """Relations of the warehouse that no node stands for and that have nearly the same columns, as `schema.table`."""
    taken = {(n.schema.lower(), n.identifier.lower()) for n in known}
    had = {(c.name.lower(), family(c.type)) for c in before.columns}
    found = []
    for schema, table, has in _relations(db):
        same = len(had & has)
        if (
            (schema.lower(), table.lower()) not in taken
            and same >= ALIKE * max(len(had), 1)
            and same >= ALIKE * len(has)
        ):
            found.append((same, ColumnChange(name=f"{schema}.{table}", change="added", words=f"{same} columns alike")))
    return tuple(change for _, change in sorted(found, key=lambda f: (-f[0], f[1].name)))


def _relations(db: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, set[tuple[str, str]]]]:
    rows = db.execute(
        "select schema_name, table_name, list(lower(column_name)), list(data_type) from duckdb_columns() "
        "where database_name = current_database() and not internal group by all"
    ).fetchall()
    for schema, table, names, kinds in rows:
        yield str(schema), str(table), {(n, family(k)) for n, k in zip(names, kinds, strict=True)}
