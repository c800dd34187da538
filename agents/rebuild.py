"""Rerun outside of an orchestrator: dbt builds what a repair affects, then the warehouse is compared with the proof."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agents import published
from agents.build import audit, dbt_build
from agents.commit import revert
from agents.contracts import Applied, Change, Fingerprint, FullRefresh
from agents.graph import Graph
from agents.inbox import rolled_back
from agents.kept_rows import put_back
from agents.ledger import Ledger
from agents.project import Project
from agents.seeds import changed_since
from agents.warehouse import exists, fingerprint, quoted, reading, same_content, writing


@dataclass(frozen=True)
class Rebuilt:
    """What the rerun came to."""

    compared: bool
    """The warehouse holds what the sandbox proved."""
    published: bool
    detail: str
    told: tuple[str, ...] = ()
    """Who was told of versions meanwhile, a line each."""


def rebuild(project: Project, ledger: Ledger, settled: Sequence[Applied]) -> Rebuilt:
    """Build what was repaired and all that it affects; where that is not what was proved, take the commits back."""
    project = replace(project)  # what was parsed before the commit is not what is built now
    graph = project.graph
    prints = proved(settled)
    continue_from_good(project, graph, settled)
    wanted = dict.fromkeys((*affected(settled), *prints))
    names = [graph.nodes[uid].name for uid in wanted if uid in graph.nodes and _built(graph, uid)]
    seeds = [graph.nodes[uid].name for uid in wanted if uid in graph.nodes and graph.nodes[uid].kind == "seed"]
    failed = _failed(project, names, seeds) if names else ""
    differing = failed or compare(project, graph, prints)
    if differing:
        take_back(project, ledger, settled, differing)
        return Rebuilt(False, False, differing)
    # A project that did not parse could load no seed: what changed meanwhile is built now, before anybody reads it.
    late = _unloaded(project, graph, wanted)
    if late and (failed := _failed(project, *late)):
        return Rebuilt(True, False, failed)
    audited = audit(project, ledger)
    held = f"{len(prints)} relations hold exactly what the sandbox proved"
    return Rebuilt(True, audited.published, held, audited.told)


def _unloaded(project: Project, graph: Graph, built: Iterable[str]) -> tuple[list[str], list[str]] | None:
    """Names to build, and the seeds among them, for changed seeds that were not built; None where there are none."""
    done = set(built)
    seeds = changed_since(graph, published.required(project).state)
    left = [n.unique_id for n in seeds if n.unique_id not in done]
    if not left:
        return None
    below = [uid for uid in graph.downstream(*left) if uid in graph.nodes and _built(graph, uid)]
    return [graph.nodes[uid].name for uid in below], [graph.nodes[uid].name for uid in left]


def _failed(project: Project, names: Sequence[str], seeds: Sequence[str]) -> str:
    """What went wrong in building; empty where nothing did."""
    # Without a full refresh dbt fills a changed file into the old table: other names and types are lost silently.
    outcomes = [dbt_build(project, seeds, command="seed", options=("--full-refresh",))] if seeds else []
    outcomes.append(dbt_build(project, names))
    stopped = [o.error for o in outcomes if o.error]
    return "; ".join(stopped or [f"{f.unique_id}: {f.message}" for o in outcomes for f in o.failures])


def _built(graph: Graph, uid: str) -> bool:
    return graph.nodes[uid].kind in ("model", "snapshot", "seed")


def affected(settled: Sequence[Applied]) -> tuple[str, ...]:
    """Ids of everything that the applied repairs rebuild."""
    best = (a.judgement.accepted for a in settled if a.state == "applied")
    return tuple(dict.fromkeys(uid for tried in best if tried for uid in tried.verdict.affected))


def proved(settled: Sequence[Applied]) -> dict[str, Fingerprint]:
    """Content that the sandbox proved for each rebuilt relation."""
    best = (a.judgement.accepted for a in settled if a.state == "applied")
    return {uid: p for tried in best if tried for uid, p in tried.verdict.fingerprints.items()}


def continue_from_good(project: Project, graph: Graph, settled: Sequence[Applied]) -> None:
    """Put incremental models and snapshots back to the last good state, so that no poisoned rows stay.

    Those of a full refresh are taken away: dbt builds what is not there from all rows. Dated snapshots are put there.
    """
    put_back(project)
    nodes = [graph.nodes[uid] for uid in proved(settled) if uid in graph.nodes]
    continued = [n for n in nodes if n.continues]
    if continued:
        published.restore(project, continued)
    if anew := [n for n in continued if n.unique_id in refreshed(settled)]:
        with writing(project.warehouse, project.settings.lock_wait_seconds) as db:
            for node in anew:
                db.execute(f"drop table if exists {quoted(node.schema, node.identifier)}")


def refreshed(settled: Sequence[Applied]) -> tuple[str, ...]:
    """Ids of the models that applied repairs build anew."""
    return tuple(c.model for c in _changes(settled) if isinstance(c, FullRefresh))


def _changes(settled: Sequence[Applied]) -> list[Change]:
    best = (a.judgement.accepted for a in settled if a.state == "applied")
    return [c for tried in best if tried for c in tried.proposal.changes]


def compare(project: Project, graph: Graph, prints: dict[str, Fingerprint]) -> str:
    """Which relations of the warehouse are not what the sandbox proved; empty where all are."""
    words = []
    with reading(project.warehouse, project.settings.lock_wait_seconds, project.attachments) as db:
        for uid, expected in prints.items():
            relation = graph.nodes[uid].relation
            found = fingerprint(db, relation) if exists(db, relation) else None
            if found is None or not same_content(expected, found):
                words.append(f"{graph.nodes[uid].name}: {_moved(expected, found)}")
    return "; ".join(words)


def _moved(expected: Fingerprint, found: Fingerprint | None) -> str:
    if found is None:
        return "not in the warehouse"
    names = expected.columns.keys() | found.columns.keys()
    names -= set(expected.apart)
    differing = sorted(n for n in names if expected.columns.get(n) != found.columns.get(n))
    return f"{found.rows:,} rows, proved were {expected.rows:,}; differs in {', '.join(differing) or 'its rows'}"


def take_back(project: Project, ledger: Ledger, settled: Sequence[Applied], reason: str) -> None:
    """Revert the applied commits, newest first; tables that were taken away to be built anew come back."""
    applied = [a for a in settled if a.state == "applied" and a.commit]
    tip = applied[-1].commit if applied else None
    for outcome in reversed(applied):
        assert tip is not None
        tip = revert(project, tip, outcome.base, outcome.frozen, _paths(project, outcome), reason)
    if anew := [project.graph.nodes[uid] for uid in refreshed(settled)]:
        published.restore(project, anew)
    rolled_back(ledger, applied, reason)


def _paths(project: Project, outcome: Applied) -> tuple[str, ...]:
    best = outcome.judgement.accepted
    files = tuple(f.path for f in best.proposal.files) if best else ()
    certificates = tuple(project.in_repo(f.certificate) for f in outcome.frozen)
    return tuple(dict.fromkeys((*files, *certificates)))
