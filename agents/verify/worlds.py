"""The same model text over different deliveries: what it makes of the old name, the new name, and both."""

from collections.abc import Iterable, Mapping

from agents import readings
from agents.contracts import CastColumn, MapColumn, RepointSource, SourceChange
from agents.delivered import as_known, unified
from agents.graph import Graph, Node
from agents.sandbox.stage import GOOD, NOW
from agents.warehouse import quoted

Views = list[list[str]]
"""Schema, table and query of each relation that a world holds."""
Names = Mapping[str, tuple[str, ...]]
"""Column -> the other names that earlier repairs taught the models to read."""


def ancestors(graph: Graph, unique_id: str) -> tuple[Node, ...]:
    """Relations that the node may read, directly or through ephemeral models and views, and itself."""
    seen: dict[str, Node] = {}
    queue = [unique_id]
    while queue:
        node = graph.nodes.get(queue.pop())
        if node and node.unique_id not in seen:
            seen[node.unique_id] = node
            if node.unique_id == unique_id or not node.relation or node.materialized == "view":
                queue.extend(node.parents)
    return tuple(reversed([n for n in seen.values() if n.relation]))


def delivery(
    graph: Graph, model: str, known: set[tuple[str, str]], source: Node, at: tuple[str, str], query: str | None
) -> Views:
    """A world in which the source stands `at` (schema, table) as `query`, and all else is the last good state.

    Without a query the source is not there at all.
    """
    views = [[*at, query]] if query else []
    for node in ancestors(graph, model):
        if node.unique_id != source.unique_id and (node.schema, node.identifier) in known:
            origin = quoted(GOOD, node.schema, node.identifier)
            views.append([node.schema, node.identifier, f"select * from {origin}"])
    return views


def place(source: Node, changes: Iterable[SourceChange]) -> tuple[str, str]:
    """Where the source stands now: schema and table."""
    moved = next((c for c in changes if isinstance(c, RepointSource)), None)
    return (moved.schema_name, moved.identifier) if moved else (source.schema, source.identifier)


def old_delivery(source: Node, changes: Iterable[SourceChange] = ()) -> str:
    """The source as it was when all was good; under `changes` that declare types, as it is loaded by these."""
    declared = [c for c in changes if isinstance(c, CastColumn) and c.declared]
    texts = ", ".join(f"{quoted(c.column)}::{c.arrives_as} as {quoted(c.column)}" for c in declared)
    return f"select * {f'replace ({texts}) ' * bool(texts)}from {quoted(GOOD, source.schema, source.identifier)}"


def new_delivery(source: Node, changes: tuple[SourceChange, ...], have: Iterable[str], known: Names) -> str:
    """The same good rows as the producer would have sent them, had it renamed columns or moved the table before."""
    query = quoted(GOOD, source.schema, source.identifier)
    columns = list(have)
    for change in (c for c in changes if isinstance(c, MapColumn)):
        query, columns = unified(query, columns, change.column, (*known.get(change.column, ()), change.arrives_as))
        query = f"(select * rename ({quoted(change.column)} as {quoted(change.arrives_as)}) from {query})"
        columns = [change.arrives_as if c == change.column else c for c in columns]
    return f"select * from {query}"


def current_delivery(source: Node, changes: Iterable[SourceChange] = ()) -> str:
    """The source as it is now."""
    return f"select * from {quoted(NOW, *place(source, changes))}"


def undone_delivery(source: Node, changes: tuple[SourceChange, ...], have: Iterable[str], known: Names) -> str:
    """The source as it would be now, had the producer not changed anything."""
    query = quoted(NOW, *place(source, changes))
    mapped = {c.column: (*known.get(c.column, ()), c.arrives_as) for c in changes if isinstance(c, MapColumn)}
    query = as_known(query, have, {**known, **mapped}, ())
    for change in changes:
        if not isinstance(change, MapColumn | RepointSource):
            query = readings.undone(change, query)
    return f"select * from {query}"
