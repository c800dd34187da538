"""What a repaired column is part of, column by column, for the people who read it."""

from agents.contracts import Check
from agents.lineage import EVERY
from agents.verify.deliveries import Judging
from agents.verify.reached import Reached

SHOWN = 12
"""Models that are written out."""


def blast_radius(case: Judging, reach: Reached) -> Check:
    """The columns below the change by lineage, and the tests, exposures and metrics on them; measured only."""
    nodes = case.graph.nodes
    words = [
        f"{nodes[uid].name}: {'every column' if EVERY in columns else ', '.join(sorted(columns))}"
        for uid, columns in reach.columns.items()
    ]
    more = f"; and {len(words) - SHOWN} more models" if len(words) > SHOWN else ""
    read = [nodes[c] for c in dict.fromkeys(c for uid in reach.columns for c in case.graph.children.get(uid, ()))]
    tests = sum(n.kind in ("test", "unit_test") for n in read)
    shown = [f"{n.kind} {n.name}" for n in read if n.kind in ("exposure", "metric")]
    below = f"; on them {', '.join([f'{tests} tests', *shown])}" if reach.columns else ""
    left = f"; {len(reach.left)} more models below read none of it: the rerun builds them" if reach.left else ""
    return Check(
        name="blast_radius",
        passed=True,
        measured=("; ".join(words[:SHOWN]) + more + below or "no model follows from it") + left,
        allowed="measured only",
    )
