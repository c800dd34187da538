"""What an edit made the graph forget: where sources were declared, and what a model used to read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from agents.edits import Edit
from agents.graph import Graph, Node
from agents.project import Project
from agents.published import State
from agents.warehouse import exists, quoted, reading

CALL = re.compile(r"""\b(?P<kind>ref|source)\(\s*['"](?P<one>[^'"]+)['"]\s*(?:,\s*['"](?P<two>[^'"]+)['"])?""")


def with_former(project: Project, graph: Graph, good: State, edits: Sequence[Edit]) -> Graph:
    """The graph with what the committed `edits` took from it, so that both texts can be built and compared.

    A source whose declaration was edited and leads nowhere stands where it was; a model reads
    also what its last good text reads.
    """
    if not edits:
        return graph
    return _rewired(_placed(project, graph, good, {e.path for e in edits}), edits)


def _placed(project: Project, graph: Graph, good: State, edited: Iterable[str]) -> Graph:
    moved = {
        n.unique_id: before.relation
        for n in graph.sources()
        if n.path in edited and n.kind == "source" and not n.external
        if (before := good.table(n.unique_id)) and before.relation != n.label
    }
    if not moved:
        return graph
    nodes = dict(graph.nodes)
    with reading(project.warehouse, project.settings.lock_wait_seconds, project.attachments) as db:
        for uid, label in moved.items():
            schema, _, table = label.rpartition(".")
            there = replace(
                nodes[uid], schema=schema, identifier=table, relation=quoted(nodes[uid].database, schema, table)
            )
            if not exists(db, nodes[uid].relation) and exists(db, there.relation):
                nodes[uid] = there
    return Graph(nodes, graph.children)


def _rewired(graph: Graph, edits: Iterable[Edit]) -> Graph:
    by_path = {n.path: n for n in graph.nodes.values() if n.kind in ("model", "snapshot")}
    nodes, children = dict(graph.nodes), {uid: list(below) for uid, below in graph.children.items()}
    for edit in edits:
        node = by_path.get(edit.path)
        for parent in _read_by(edit.good or "", graph) if node else ():
            if node and parent not in nodes[node.unique_id].parents and parent != node.unique_id:
                reader = nodes[node.unique_id]
                nodes[node.unique_id] = replace(reader, parents=(*reader.parents, parent))
                children.setdefault(parent, []).append(node.unique_id)
    return Graph(nodes, {uid: tuple(below) for uid, below in children.items()})


def _read_by(text: str, graph: Graph) -> list[str]:
    """Ids of what a text names in literal calls of ref and source."""
    found = []
    for call in CALL.finditer(text):
        name = call["two"] or call["one"]
        same = (n for n in graph.nodes.values() if n.name == name and _fits(n, call))
        found += [n.unique_id for n in same]
    return found


def _fits(node: Node, call: re.Match[str]) -> bool:
    if call["kind"] == "source":
        return node.kind == "source" and node.source_name == call["one"]
    return node.kind in ("model", "seed", "snapshot") and (not call["two"] or node.package == call["one"])
