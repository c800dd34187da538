"""Write, audit, publish: build the warehouse, compare its sources with the last good state, and only then publish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from agents import dbt, lock, published
from agents.contracts import Evidence
from agents.edits import committed, touched
from agents.errors import FinalError, UsageError
from agents.frozen.adopt import adopt
from agents.frozen.proved import note_closures
from agents.graph import Graph
from agents.kept_rows import put_back
from agents.ledger import Ledger
from agents.notify.announce import announce_versions, ask_authors
from agents.observe.observe import Observation, observe
from agents.observe.results import Measured, implausible, measured, remembered
from agents.observe.unbounded import divided_by_zero
from agents.project import Project
from agents.rehearse import rehearse
from agents.repository import Repository
from agents.text import as_bytes
from agents.warehouse import reading


@dataclass(frozen=True)
class Built:
    """What a build came to."""

    succeeded: bool
    published: bool
    evidence: tuple[Evidence, ...]
    """Failures of the build, or drift that waits for an explanation."""
    built: int = 0
    told: tuple[str, ...] = ()
    """Who was told of versions, a line each; and who could not be reached."""


def build(project: Project, ledger: Ledger, select: Sequence[str] = ()) -> Built:
    """dbt build in production, then audit and publish."""
    project.warehouse.parent.mkdir(parents=True, exist_ok=True)
    put_back(project)
    outcome = dbt_build(project, select)
    if not outcome.succeeded:
        return Built(False, False, failures_of(outcome), told=announce_versions(project, ledger))
    if not project.settings.observe:
        return Built(True, False, (), len(outcome.outcomes))
    audited = audit(project, ledger)
    return Built(True, audited.published, audited.evidence, len(outcome.outcomes), audited.told)


def dbt_build(
    project: Project, select: Sequence[str], *, command: str = "build", options: Sequence[str] = ()
) -> dbt.Invocation:
    """`dbt build` (or another command) in production, its artifacts kept out of the user's tree."""
    return dbt.invoke(
        command,
        project.root,
        profiles_dir=project.profiles_dir,
        artifacts=project.artifacts,
        target=project.target,
        select=select,
        options=options,
        written=True,
    )


def failures_of(outcome: dbt.Invocation) -> tuple[Evidence, ...]:
    """Evidence for each node that failed by itself, or for the error that stopped dbt."""
    now = datetime.now(UTC)
    if outcome.error:
        return (Evidence(kind="build_error", node="dbt", message=outcome.error, seen_at=now),)
    return tuple(
        Evidence(
            kind="check_failure" if f.unique_id.startswith(("test.", "unit_test.")) else "build_error",
            node=f.unique_id,
            message=f"{f.unique_id}: {f.message}",
            path=f.path,
            seen_at=now,
        )
        for f in outcome.failures
    )


@dataclass(frozen=True)
class Audited:
    """What an audit of the sources came to."""

    published: bool
    evidence: tuple[Evidence, ...]
    observation: Observation
    told: tuple[str, ...] = ()
    """Who was told of versions, a line each; and who could not be reached."""


def audit(project: Project, ledger: Ledger, accept: Sequence[str] = ()) -> Audited:
    """Observe, record, and publish where nothing is left unexplained: no drift, and no committed edit that fails or
    says something else of the same data than the text of the last good state.

    `accept` names drifted sources or changed models (dbt id, `schema.table` or name) whose change is meant. Raises
    UsageError where a name matches none.
    """
    try:
        graph = project.graph
    except FinalError as error:
        return Audited(False, (parse_evidence(error),), Observation((), (), ()))
    seen = observe(project, graph)
    asked = (*seen.evidence, *_edited(project, graph, seen))
    with reading(project.warehouse, project.settings.lock_wait_seconds, project.attachments) as db:
        last = measured(db, graph)
        odd = _odd(project, graph, seen, asked, db, last)
    left, taken = _accepted(graph, (*asked, *odd), accept)
    if not left and (why := published.too_large(project)):
        left = (Evidence(kind="check_failure", node="published copy", message=why, seen_at=datetime.now(UTC)),)
    adopt(project, graph, left)
    for item in taken:
        ledger.decide("accept_drift", context={"node": item.node}, suggestion=None, approved=True, executed=True)
    if not left:
        _publish(project, graph, seen, tuple(e.node for e in taken), last)
        note_closures(project)
    _record(ledger, seen, published=not left)
    ledger.decide(
        "observe",
        context={"project": project.prefix, "sources": len(seen.tables), "grown": list(seen.grown)},
        executed=not left,
        outcome={"published": not left, "drift": [e.model_dump(mode="json") for e in left]},
    )
    questions = {e.path: e.message for e in left if e.kind == "result_change" and e.path}
    return Audited(not left, left, seen, ask_authors(project, ledger, graph, questions))


def _edited(project: Project, graph: Graph, seen: Observation) -> tuple[Evidence, ...]:
    """What people's commits since the last good state break or change; repairs were proved when they were made."""
    good = published.current(project)
    repository = Repository(project.repo)
    base = repository.head()
    if good is None or good.state.commit == base:
        return ()
    # What agents froze was proved before it was committed; a person's edit is asked about until somebody accepts it.
    frozen = {e.path: e.sha256 for e in lock.load(project.root).values() if e.author == "adp"}
    edits = tuple(
        e
        for e in committed(project, good.state.commit, base)
        if e.now is None or frozen.get(e.path) != lock.digest(as_bytes(e.now))
    )
    if not any(touched(e, graph) for e in edits):
        return ()
    return rehearse(
        project, graph, base, seen.grown, edits, drifted=[e.node for e in seen.evidence], tables=seen.tables
    )


def _odd(
    project: Project,
    graph: Graph,
    seen: Observation,
    asked: Sequence[Evidence],
    db: duckdb.DuckDBPyConnection,
    last: Mapping[str, Measured],
) -> tuple[Evidence, ...]:
    """What the models themselves show: numbers without bounds, and what their history does not make plausible."""
    good = published.current(project)
    if good is None:
        return ()
    divided = divided_by_zero(db, graph, good.file)
    explained = [e.node for e in (*asked, *divided)]
    profiles = good.state.tables, seen.tables
    return (*divided, *implausible(graph, last, good.state.results, profiles, explained))


def _accepted(
    graph: Graph, seen: Sequence[Evidence], accept: Sequence[str]
) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    nodes = {e.node: graph.nodes.get(e.node) for e in seen}
    names = {uid: {uid, node.label, node.name} if node else {uid} for uid, node in nodes.items()}
    for wanted in accept:
        if not any(wanted in known for known in names.values()):
            drifted = ", ".join(n.label if n else uid for uid, n in nodes.items()) or "none"
            raise UsageError(f"--accept {wanted}: no such source or model has changed. Changed: {drifted}.")
    taken = tuple(e for e in seen if names[e.node] & set(accept))
    return tuple(e for e in seen if e not in taken), taken


def _publish(
    project: Project, graph: Graph, seen: Observation, accepted: tuple[str, ...], last: Mapping[str, Measured]
) -> None:
    repository = Repository(project.repo)
    repository.exclude_state()
    before = published.current(project)
    state = published.State(
        published_at=datetime.now(UTC),
        commit=repository.head(),
        tables=seen.tables,
        checksums={n.unique_id: n.checksum for n in graph.nodes.values() if n.checksum},
        accepted=accepted,
        results=remembered(before.state.results if before else {}, last),
    )
    externals = [n for n in graph.sources() if n.external and graph.readers(n.unique_id)]
    published.publish(project, state, externals)


def _record(ledger: Ledger, seen: Observation, *, published: bool) -> None:
    now = datetime.now(UTC)
    rows = []
    for table in seen.tables:
        cells = table.rows * len(table.columns)
        empty = cells - sum(c.nonnull for c in table.columns)
        share = empty / cells if cells else 0.0
        rows.append({"taken_at": now, "relation": table.relation, "rows": table.rows, "null_share": share,
                     "published": published})  # fmt: skip
    ledger.keep_quality(rows)


def parse_evidence(error: FinalError) -> Evidence:
    """Evidence that the project does not even parse."""
    return Evidence(kind="build_error", node="dbt", message=str(error), seen_at=datetime.now(UTC))
