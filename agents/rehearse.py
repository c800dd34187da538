"""Build what changed in a sandbox to see whether it works: the evidence where no earlier run is trusted."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from agents import published
from agents.contracts import Evidence
from agents.errors import SandboxError
from agents.project import Graph, Project
from agents.sandbox.client import Worker
from agents.sandbox.stage import fill, plan
from agents.warehouse import exists, reading

BUILT = ("model", "snapshot", "seed")


def stale(graph: Graph, grown: Iterable[str], affected: Iterable[str]) -> tuple[str, ...]:
    """Nodes that must be built with `affected` because a source above them moved."""
    needed = set(affected)
    for uid in affected:
        needed |= _ancestors(graph, uid)
    moved = set(graph.downstream(*(r.unique_id for g in grown for r in graph.readers(g))))
    return tuple(uid for uid in graph.nodes if uid in moved and uid in needed)


def _ancestors(graph: Graph, unique_id: str) -> set[str]:
    seen: set[str] = set()
    queue = list(graph.nodes[unique_id].parents) if unique_id in graph.nodes else []
    while queue:
        current = queue.pop()
        if current not in seen and current in graph.nodes:
            seen.add(current)
            queue.extend(graph.nodes[current].parents)
    return seen


def rehearse(project: Project, graph: Graph, base: str, grown: Sequence[str]) -> tuple[Evidence, ...]:
    """Failures of everything that changed since the last good state, in code, data or warehouse; empty if none.

    Builds nothing where nothing changed.
    """
    changed = _changed(project, graph)
    moved = [r.unique_id for uid in grown for r in graph.readers(uid)]
    below = [uid for uid in graph.downstream(*changed, *moved) if uid in graph.nodes]
    names = [graph.nodes[uid].name for uid in below if graph.nodes[uid].kind in BUILT]
    if not names:
        return ()
    staged = plan(project)
    try:
        with Worker(staged, project.root, project.settings.sandbox) as worker:
            fill(staged, project, graph, base, grown, below)
            result = worker.ask("build", select=names, exclude=[])
    except SandboxError as error:
        return (Evidence(kind="build_error", node="dbt", message=str(error), seen_at=datetime.now(UTC)),)
    finally:
        staged.remove()
    return _failures(result)


def _failures(result: dict[str, object]) -> tuple[Evidence, ...]:
    now = datetime.now(UTC)
    if result["error"]:
        return (Evidence(kind="build_error", node="dbt", message=str(result["error"]), seen_at=now),)
    outcomes = result["outcomes"]
    assert isinstance(outcomes, list)
    return tuple(
        Evidence(
            kind="check_failure" if o["id"].startswith(("test.", "unit_test.")) else "build_error",
            node=o["id"],
            message=f"{o['id']}: {o['message']}",
            path=o["path"],
            seen_at=now,
        )
        for o in outcomes
        if o["status"] in ("error", "fail", "runtime error")
    )


def _changed(project: Project, graph: Graph) -> tuple[str, ...]:
    """Nodes whose text is not the one of the last good state, or whose relation is gone."""
    good = published.required(project).state
    edited = [
        n.unique_id
        for n in graph.nodes.values()
        if n.kind in BUILT and n.checksum and good.checksums.get(n.unique_id) != n.checksum
    ]
    with reading(project.warehouse, project.settings.lock_wait_seconds, project.attachments) as db:
        gone = [n.unique_id for n in graph.relations() if n.kind in BUILT and not exists(db, n.relation)]
    return tuple(dict.fromkeys((*edited, *gone)))
