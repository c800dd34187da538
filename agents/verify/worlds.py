"""The same model text over different deliveries: what it makes of the old name, the new name, and both."""

from collections.abc import Iterable, Mapping

from agents.contracts import MapColumn
from agents.project import Graph, Node
from agents.sandbox.stage import GOOD, NOW
from agents.warehouse import quoted

Views = list[list[str]]
"""Schema, table and query of each relation that a world holds."""
Names = Mapping[str, tuple[str, ...]]
"""Column -> the other names that earlier repairs taught the models to read."""


def ancestors(graph: Graph, unique_id: str) -> tuple[Node, ...]:
    """Relations that the node may read, directly or through ephemeral models, and itself."""
    seen: dict[str, Node] = {}
    queue = [unique_id]
    while queue:
        node = graph.nodes.get(queue.pop())
        if node and node.unique_id not in seen:
            seen[node.unique_id] = node
            if node.unique_id == unique_id or not node.relation:
                queue.extend(node.parents)
    return tuple(n for n in seen.values() if n.relation)


def delivery(graph: Graph, model: str, known: set[tuple[str, str]], source: Node, query: str) -> Views:
    """A world in which `source` is `query` and everything else is the last good state."""
    views = [[source.schema, source.identifier, query]]
    for node in ancestors(graph, model):
        if node.unique_id != source.unique_id and (node.schema, node.identifier) in known:
            origin = quoted(GOOD, node.schema, node.identifier)
            views.append([node.schema, node.identifier, f"select * from {origin}"])
    return views


def old_delivery(source: Node) -> str:
    """The source as it was when all was good."""
    return f"select * from {quoted(GOOD, source.schema, source.identifier)}"


def new_delivery(source: Node, changes: tuple[MapColumn, ...], have: Iterable[str], known: Names) -> str:
    """The same good rows under the new names: what the producer would have sent, had it renamed before."""
    query = quoted(GOOD, source.schema, source.identifier)
    columns = list(have)
    for change in changes:
        query, columns = unified(query, columns, change.column, (*known.get(change.column, ()), change.arrives_as))
        query = f"(select * rename ({quoted(change.column)} as {quoted(change.arrives_as)}) from {query})"
        columns = [change.arrives_as if c == change.column else c for c in columns]
    return f"select * from {query}"


def current_delivery(source: Node) -> str:
    """The source as it is now."""
    return f"select * from {quoted(NOW, source.schema, source.identifier)}"


def undone_delivery(source: Node, changes: tuple[MapColumn, ...], have: Iterable[str], known: Names) -> str:
    """The source as it would be now, had the producer not renamed anything."""
    query = quoted(NOW, source.schema, source.identifier)
    columns = list(have)
    for change in changes:
        query, columns = unified(query, columns, change.column, (*known.get(change.column, ()), change.arrives_as))
    return f"select * from {query}"


def unified(relation: str, have: Iterable[str], column: str, others: Iterable[str]) -> tuple[str, list[str]]:
    """A relation in which a column delivered under several names stands once, as `column`, and its columns.

    >>> unified("t", ["id", "amount"], "amt", ["amount"])[0]
    '(select * rename ("amount" as "amt") from t)'
    """
    columns = list(have)
    wanted = {n.lower() for n in (column, *others)}
    present = [c for c in columns if c.lower() in wanted]
    first = next((c for c in present if c.lower() == column.lower()), present[0] if present else None)
    if first is None:
        return relation, columns
    rest = [c for c in present if c != first]
    if rest:
        merged = f"coalesce({', '.join(quoted(c) for c in (first, *rest))}) as {quoted(first)}"
        gone = ", ".join(quoted(c) for c in rest)
        relation = f"(select * exclude ({gone}) replace ({merged}) from {relation})"
    if first != column:
        relation = f"(select * rename ({quoted(first)} as {quoted(column)}) from {relation})"
    return relation, [column if c == first else c for c in columns if c not in rest]
