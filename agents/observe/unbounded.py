"""Models whose numbers became infinite or undefined: DuckDB does not stop at a division by zero."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from agents.contracts import Evidence
from agents.graph import Graph, Node
from agents.warehouse import exists, quoted, reading, unbounded

DIVIDED = "division by zero: infinite or undefined numbers are new in"
"""What evidence of it begins with, after the node's id."""


def divided_by_zero(db: duckdb.DuckDBPyConnection, graph: Graph, good: Path) -> tuple[Evidence, ...]:
    """Evidence for each model of the warehouse with such numbers in a column that had none in the published copy."""
    models = [n for n in graph.relations() if n.kind == "model" and exists(db, n.relation)]
    return newly(graph, {n.unique_id: counts for n in models if (counts := unbounded(db, n.relation))}, good)


def newly(graph: Graph, found: Mapping[str, Mapping[str, int]], good: Path) -> tuple[Evidence, ...]:
    """The topmost of the nodes `found` (dbt id -> column -> rows) that have no such number there in the file `good`.

    A model that is not in it is new, and its author's to judge.
    """
    if not found:
        return ()
    words: dict[str, str] = {}
    with reading(good) as db:  # by itself, because its views name the warehouse's catalog
        for uid, counts in found.items():
            if uid not in graph.nodes:
                continue
            relation = quoted(graph.nodes[uid].schema, graph.nodes[uid].identifier)
            before = unbounded(db, relation) if exists(db, relation) else counts
            new = [
                f"{name} in {rows:,} row{'s' if rows > 1 else ''}"
                for name, rows in counts.items()
                if name not in before
            ]
            words |= {uid: ", ".join(new)} if new else {}
    top = [uid for uid in words if not words.keys() & set(graph.above(uid))]
    return tuple(
        failed_check(n, f"{DIVIDED} {n.label}: {words[n.unique_id]}") for n in map(graph.nodes.__getitem__, top)
    )


def failed_check(node: Node, words: str) -> Evidence:
    """Evidence that a model shows by itself, whatever its tests say."""
    return Evidence(
        kind="check_failure",
        node=node.unique_id,
        message=f"{node.unique_id}: {words}",
        path=node.path,
        seen_at=datetime.now(UTC),
    )
