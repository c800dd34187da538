"""One pass over a table says what is in each of its columns."""

from collections.abc import Mapping

import duckdb

from agents.contracts import ColumnProfile, TableProfile
from agents.project import Node
from agents.warehouse import columns, quoted

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "U")
ORDERED = (*NUMBERS, "DATE", "TIME", "TIMESTAMP")


def profile(
    db: duckdb.DuckDBPyConnection, node: Node, relation: str, aliases: Mapping[str, tuple[str, ...]]
) -> TableProfile:
    """Profile a (quoted) relation.

    Columns known to be one column under several names (`aliases`) are profiled as that one, under
    the name the models use. Personal columns give counts and no values.
    """
    kinds = columns(db, relation)
    merged = _merge(kinds, aliases)
    asked: list[str] = ["count(*)"]
    for name, (expression, kind) in merged.items():
        readable = name.lower() not in node.personal
        asked.append(f"count({expression})")
        ordered = readable and kind.startswith(ORDERED)
        asked.append(f"min({expression})::varchar" if ordered else "null")
        asked.append(f"max({expression})::varchar" if ordered else "null")
        asked.append(f"avg({expression})::double" if readable and kind.startswith(NUMBERS) else "null")
    row = db.execute(f"select {', '.join(asked)} from {relation}").fetchone()
    assert row is not None
    found = []
    for position, (name, (_, kind)) in enumerate(merged.items()):
        nonnull, least, most, mean = row[1 + 4 * position : 5 + 4 * position]
        found.append(ColumnProfile(name=name, type=kind, nonnull=nonnull, minimum=least, maximum=most, mean=mean))
    return TableProfile(unique_id=node.unique_id, relation=node.label, rows=row[0], columns=tuple(found))


def _merge(kinds: Mapping[str, str], aliases: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, str]]:
    """Column -> SQL expression and type, aliased columns folded into one."""
    known = {name.lower(): name for name in kinds}
    merged: dict[str, tuple[str, str]] = {}
    folded: set[str] = set()
    for column, others in aliases.items():
        present = [known[n.lower()] for n in (column, *others) if n.lower() in known]
        if present:
            expression = f"coalesce({', '.join(quoted(n) for n in present)})"
            merged[column] = (expression, kinds[present[0]])
            folded.update(present)
    plain = {name: (quoted(name), kind) for name, kind in kinds.items() if name not in folded}
    return plain | merged
