"""Who answers for what a fault or a proposal touches, as the dbt project says."""

from collections.abc import Sequence

from agents.graph import Graph
from agents.notify.news import News, is_address, nodes_of
from agents.notify.waiting import Waiting


def owners(graph: Graph | None, item: Waiting | News) -> tuple[str, ...]:
    """Mail addresses of the changed models' owners; where none is named, of what is nearest downstream.

    An owner is `meta: {owner: ...}`, the owner of the model's dbt group, or an exposure's. Without a graph, nobody.
    """
    if graph is None:
        return ()
    level = list(nodes_of(graph, item) if isinstance(item, News) else _nodes(item))
    seen = set(level)
    while level:
        if found := _addresses(graph, level):
            return found
        level = [c for c in dict.fromkeys(c for uid in level for c in graph.children.get(uid, ())) if c not in seen]
        seen.update(level)
    return ()


def _nodes(item: Waiting) -> dict[str, None]:
    changed = [uid for t in item.tried for uid in t.proposal.nodes]
    return dict.fromkeys(changed or [d.unique_id for d in item.diagnoses if d.unique_id])


def _addresses(graph: Graph, level: Sequence[str]) -> tuple[str, ...]:
    named = [owner for uid in level if uid in graph.nodes for owner in graph.nodes[uid].owners]
    return tuple(dict.fromkeys(o for o in named if is_address(o)))
