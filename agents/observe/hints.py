"""What a project says of its sources: its tests, its personal columns, and who may refer to whom."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from agents.contracts import TableProfile
from agents.graph import Graph, Node
from agents.observe.references import Parent


@dataclass(frozen=True)
class Hints:
    """What the project says of one source."""

    unique: tuple[str, ...] = ()
    not_null: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()
    parents: tuple[Parent, ...] = ()
    """Other sources that its columns may refer to."""


def hints_of(graph: Graph, node: Node, now: TableProfile, parents: Iterable[Parent]) -> Hints:
    """What the tests of a source, and of the models that read it, say of its columns."""
    owners = [node.unique_id, *(r.unique_id for r in graph.readers(node.unique_id))]
    tests = [graph.nodes[c].name for o in owners for c in graph.children.get(o, ()) if c.startswith("test.")]
    names = [c.name for c in now.columns]
    unique, full = (tested(kind, tests, names) for kind in ("unique", "not_null"))
    return Hints(unique, frozenset(full), node.personal, tuple(parents))


def tested(kind: str, tests: Iterable[str], columns: Iterable[str]) -> tuple[str, ...]:
    """Columns that dbt's tests of a kind name, by the names dbt gives to tests.

    >>> tested("unique", ["source_unique_raw_orders_order_id"], ["id", "order_id"])
    ('order_id',)
    >>> tested("not_null", ["source_not_null_raw_orders__Order_ID_"], ["Order ID"])
    ('Order ID',)
    """
    found, known = [], {c: re.sub(r"\W+", "_", c).strip("_").lower() for c in columns}
    for test in tests:
        if re.match(rf"(source_)?{kind}_", test):
            ends = [c for c, written in known.items() if written and test.lower().rstrip("_").endswith("_" + written)]
            found += [max(ends, key=len)] if ends else []
    return tuple(dict.fromkeys(found))
