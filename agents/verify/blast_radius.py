"""What a repaired column is part of, column by column, for the people who read it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.contracts import Check
from agents.lineage import EVERY, follow
from agents.readings import readings
from agents.sandbox.stage import GOOD
from agents.verify.deliveries import Deliveries, Judging
from agents.warehouse import reading

SHOWN = 12
"""Models that are written out."""


def blast_radius(case: Judging, compared: Sequence[Deliveries], built: dict[str, Any]) -> Check:
    """The columns below the change by lineage, and the tests, exposures and metrics on them; measured only."""
    changed = [column for change in case.changes for column in readings(change)] or [EVERY]
    by_name = {n.name: n.unique_id for n in case.graph.relations()}
    compiled = {o["id"]: o["compiled"] for o in built["outcomes"] if o["compiled"]}
    # The repaired text of a reader names old and new columns; the unrepaired one says what is read.
    compiled |= {by_name[d.model]: d.original for d in compared if d.model in by_name}
    found = follow(case.graph, {case.source.unique_id: changed}, compiled, _known(case))
    nodes = case.graph.nodes
    words = [
        f"{nodes[uid].name}: {'every column' if EVERY in columns else ', '.join(sorted(columns))}"
        for uid, columns in found.items()
    ]
    more = f"; and {len(words) - SHOWN} more models" if len(words) > SHOWN else ""
    read = [nodes[c] for c in dict.fromkeys(c for uid in found for c in case.graph.children.get(uid, ()))]
    tests = sum(n.kind in ("test", "unit_test") for n in read)
    shown = [f"{n.kind} {n.name}" for n in read if n.kind in ("exposure", "metric")]
    below = f"; on them {', '.join([f'{tests} tests', *shown])}" if found else ""
    return Check(
        name="blast_radius",
        passed=True,
        measured="; ".join(words[:SHOWN]) + more + below or "no model follows from it",
        allowed="measured only",
    )


def _known(case: Judging) -> dict[str, dict[str, str]]:
    """Columns of every relation of the last good state."""
    found: dict[str, dict[str, str]] = {}
    with reading(Path(case.stage.files[GOOD])) as db:
        rows = db.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal "
            "order by column_index"
        ).fetchall()
    for schema, table, column, kind in rows:
        found.setdefault(f"{schema}.{table}".lower(), {})[str(column).lower()] = str(kind)
    return found
