"""The verify step over all faults at once: one sandbox and one worker, and what is still broken kept apart."""

from collections.abc import Iterable, Sequence

from agents import published
from agents.contracts import Judgement, Options, RepointSource
from agents.dbt import prepare
from agents.graph import Graph
from agents.guard.admit import admit, certified
from agents.project import Project
from agents.rehearse import stale
from agents.sandbox.client import Worker
from agents.sandbox.stage import fill, plan
from agents.verify.case import Case, concerned
from agents.verify.verify import verify


def prove(
    project: Project,
    graph: Graph,
    base: str,
    options: Sequence[Options],
    grown: Sequence[str],
    *,
    chosen: bool = False,
) -> tuple[Judgement, ...]:
    """A judgement for each fault's options; one sandbox and one worker for all of them.

    `chosen`: a person took the one candidate, so that it need not be told apart from others.
    What the guard does not let in is refused with its words, and nothing of it runs.
    """
    admitted = admit(project, graph, base, options)
    options = [a.options for a in admitted]
    stopped = {id(a.options): a.stopped for a in admitted}
    answerable = [o for o in options if o.candidates]
    judged = [Judgement(options=o, tried=stopped[id(o)]) for o in options if not o.candidates]
    if not answerable:
        return tuple(judged)
    open_nodes = {id(o): _broken_by(graph, o) for o in options}
    drifted = [d.unique_id for o in answerable for d in o.diagnoses if d.unique_id in graph.nodes and d.unique_id]
    changed = [uid for o in answerable for p in o.candidates for uid in p.nodes]
    changed += [uid for o in answerable for uid in _models_concerned(graph, o)]
    seeds = tuple(uid for uid in dict.fromkeys((*drifted, *grown)) if graph.nodes[uid].kind == "seed")
    wanted = (*seeds, *stale(graph, grown, graph.downstream(*changed)))
    moved = stale(graph, grown, graph.nodes)
    staged = plan(project)
    try:
        with Worker(staged, project.root, project.settings.sandbox, meanwhile=prepare) as worker:
            rebuilt = (*graph.downstream(*changed), *wanted)
            snapshot = dict.fromkeys(uid for uid in (*drifted, *grown) if graph.nodes[uid].kind in ("source", "seed"))
            fill(staged, project, graph, base, snapshot, rebuilt, _places(answerable))
            for option in answerable:
                del open_nodes[id(option)]
                blocked = tuple({uid for broken in open_nodes.values() for uid in broken})
                case = Case(option, wanted, blocked, tuple(grown), moved, chosen)
                judgement = _with_columns(project, graph, verify(project, graph, base, case, staged, worker))
                judgement = certified(judgement, stopped[id(option)])
                judged.append(judgement)
                if judgement.accepted is None:
                    open_nodes[id(option)] = _broken_by(graph, option)
    finally:
        staged.remove()
    return tuple(judged)


def _with_columns(project: Project, graph: Graph, judgement: Judgement) -> Judgement:
    """The accepted verdict with the columns that its models had in the last good state: they decide the version."""
    best = judgement.accepted
    if best is None:
        return judgement
    before = published.columns(project, [graph.nodes[uid] for uid in best.proposal.nodes if uid in graph.nodes])
    verdict = best.verdict.model_copy(update={"columns_before": before})
    others = tuple(t for t in judgement.tried if t is not best)
    return judgement.model_copy(update={"tried": (best.model_copy(update={"verdict": verdict}), *others)})


def _places(options: Iterable[Options]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Where sources that moved may be now."""
    moved = [c for o in options for p in o.candidates for c in p.changes if isinstance(c, RepointSource)]
    return {
        uid: tuple(dict.fromkeys((c.schema_name, c.identifier) for c in moved if c.source == uid))
        for uid in {c.source for c in moved}
    }


def _models_concerned(graph: Graph, options: Options) -> tuple[str, ...]:
    """What a text that names no node, as YAML, may have broken."""
    return tuple(uid for uid in concerned(graph, options) if graph.nodes[uid].kind not in ("source", "seed"))


def _broken_by(graph: Graph, options: Options) -> tuple[str, ...]:
    """Nodes that cannot be right before this fault is answered."""
    roots = [d.unique_id for d in options.diagnoses if d.unique_id in graph.nodes]
    readers = [r.unique_id for uid in roots if uid for r in graph.readers(uid)]
    return graph.downstream(*readers, *(uid for uid in roots if uid and graph.nodes[uid].kind != "source"))
