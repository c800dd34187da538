"""Build what changed in a sandbox to see whether it works: the evidence where no earlier run is trusted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from agents import lock, published
from agents.contracts import Evidence, Fingerprint, FullRefresh, TableProfile
from agents.dbt import prepare
from agents.edits import NOT_THE_TEXT, Edit, suspects, touched
from agents.errors import SandboxError
from agents.graph import Graph, Node
from agents.lineage import queries
from agents.minds.error_rules import ran
from agents.observe.ranges import Widened, from_values, traced, widened
from agents.observe.results import Measured, ends, implausible
from agents.observe.unbounded import DIVIDED, newly
from agents.project import Project
from agents.published import State
from agents.sandbox.client import Worker
from agents.sandbox.results import BUILT, Answer, Bench, difference, failing, prints, volatile
from agents.sandbox.stage import GOOD, NOW, fill, plan
from agents.warehouse import every_column, exists, reading


def stale(graph: Graph, grown: Iterable[str], affected: Iterable[str]) -> tuple[str, ...]:
    """Nodes that must be built with `affected` because a source above them moved."""
    needed = set(affected)
    for uid in affected:
        needed.update(graph.above(uid) if uid in graph.nodes else ())
    moved = graph.reading(grown)
    return tuple(uid for uid in graph.nodes if uid in moved and uid in needed)


def refreshed(project: Project, graph: Graph) -> tuple[str, ...]:
    """Ids of models that a frozen full refresh lets follow the text that is there, and that was not published yet."""
    good = published.required(project).state.checksums
    found = [
        change.model
        for entry in lock.load(project.root).values()
        for change in entry.readings
        if isinstance(change, FullRefresh) and lock.holds(project.root, entry)
    ]
    return tuple(uid for uid in found if uid in graph.nodes and good.get(uid) != graph.nodes[uid].checksum)


def rehearse(
    project: Project,
    graph: Graph,
    base: str,
    grown: Sequence[str],
    edits: Sequence[Edit] = (),
    *,
    drifted: Sequence[str] = (),
    tables: Sequence[TableProfile] = (),
    overlay: Mapping[str, str | None] | None = None,
) -> tuple[Evidence, ...]:
    """What is wrong with everything that changed since the last good state, in code, data or warehouse.

    Builds nothing where nothing changed. `drifted` sources need an explanation already, so only edits
    are rehearsed over them; `tables` are the profiles of the sources now. `overlay` are texts that stand in
    for files that dbt cannot parse.
    """
    mine = [e for e in edits if e.path not in (overlay or {})]
    edited = dict.fromkeys(uid for e in mine for uid in touched(e, graph))
    moved = tuple(dict.fromkeys((*grown, *drifted)))
    readers = () if drifted else [r.unique_id for uid in grown for r in graph.readers(uid)]
    below = graph.downstream(*edited, *_changed(project, graph), *readers)
    wanted = dict.fromkeys(uid for uid in (*below, *stale(graph, moved, below)) if uid in graph.nodes)
    if not any(graph.nodes[uid].kind in BUILT for uid in wanted):
        return ()
    staged = plan(project)
    try:
        with Worker(staged, project.root, project.settings.sandbox, meanwhile=prepare) as worker:
            fill(staged, project, graph, base, [uid for uid in moved if uid in graph.nodes], wanted)
            bench = Bench(staged, worker, graph, refreshed(project, graph), graph.reading(moved))
            if overlay:
                bench.write(overlay)
            good = published.required(project).state
            found, answer = _seen(bench, tuple(wanted), tuple(edited), mine, moved)
            found = _by_values(bench, answer, found, widened(good.tables, tables))
            return (*found, *_odd(good, bench, answer, tables, (*edited, *drifted, *(e.node for e in found))))
    except SandboxError as error:
        return (Evidence(kind="build_error", node="sandbox", message=str(error), seen_at=datetime.now(UTC)),)
    finally:
        staged.remove()


def _seen(
    bench: Bench, wanted: Sequence[str], edited: Sequence[str], edits: Sequence[Edit], moved: Sequence[str]
) -> tuple[tuple[Evidence, ...], Answer]:
    """What failed or says something else, and what the texts that are there built."""
    answer = bench.build(wanted)
    failed, below = failing(answer), set(bench.graph.downstream(*edited))
    # What no edit reaches is built once, and stays for every further text.
    mine = tuple(wanted) if "dbt" in failed else tuple(uid for uid in wanted if uid in below)
    still: set[str] = set()
    good: Answer | None = None
    if failed and edits and moved:
        good = bench.by_good_text(edits, mine)
        again = failing(good)
        still = {uid for uid in failed if uid in again or uid not in {*below, "dbt"}}
    paths = {o["id"]: o["path"] for o in answer["outcomes"]}
    found = _failures(failed, paths, still)
    quiet = [uid for e in edits if e.path not in _blamed(bench, edits, found) for uid in touched(e, bench.graph)]
    quiet = [uid for uid in quiet if uid in edited]
    changed = _says_otherwise(bench, answer, good, mine, quiet, edits, moved)
    skipped = {o["id"] for o in answer["outcomes"] if o["status"] == "skipped" and o["id"] in below}
    if moved and skipped:
        # What a fault above left unbuilt is built over the last good state of what it reads.
        bench.show([uid for uid in (*wanted, *moved) if uid not in below], GOOD)
        hidden = failing(bench.build([uid for uid in wanted if uid in below]))
        bench.show(moved, NOW)
        found += _failures({uid: message for uid, message in hidden.items() if uid in skipped}, paths, set())
    blamed = _blamed(bench, edits, found)
    return (*found, *(e for e in changed if e.path not in blamed), *_divided(bench, answer, below)), answer


def _by_values(bench: Bench, answer: Answer, found: tuple[Evidence, ...], beyond: Widened) -> tuple[Evidence, ...]:
    """The failures, those of data tests and divisions with the values of sources that explain them.

    What such a test kept from being built is built, to see whether anybody divides by these values: then that is told.
    """
    graph, file = bench.graph, Path(bench.stage.files[GOOD])
    concerned = {e.node: _concerned(graph.nodes[e.node], answer) for e in found if e.node in graph.nodes and _shown(e)}
    if not beyond or not concerned:
        return found
    models = {n.unique_id for n in graph.relations()}  # the texts of tests say nothing of columns
    read = queries({o["id"]: o["compiled"] for o in answer["outcomes"] if o["id"] in models}, every_column(file))
    words = {uid: traced(graph, cells, beyond, read) for uid, cells in concerned.items()}
    told = tuple(from_values(e, words[e.node]) if words.get(e.node) else e for e in found)
    skipped = [o["id"] for o in answer["outcomes"] if o["status"] == "skipped"] if any(words.values()) else []
    hidden = newly(graph, bench.build(skipped)["unbounded"], file) if skipped else ()
    for item in hidden:
        above = set(graph.above(item.node))
        named = [w for uid, columns in words.items() if above & set(graph.nodes[uid].parents) for w in columns]
        told += (from_values(item, dict.fromkeys(named)),) if named else ()
    return told


def _shown(failure: Evidence) -> bool:
    """Whether data failed, and no text: a test that ran, or numbers without bounds."""
    return DIVIDED in failure.message or ran(failure.message)


def _concerned(node: Node, answer: Answer) -> dict[str, Collection[str]]:
    """Columns in which a failure shows, by node: those of a generic test, or those with numbers without bounds."""
    if node.kind == "test":
        return {parent: [node.column] for parent in node.parents if node.column}
    return {node.unique_id: answer["unbounded"].get(node.unique_id, ())}


def _odd(
    good: State, bench: Bench, answer: Answer, tables: Sequence[TableProfile], explained: Sequence[str]
) -> tuple[Evidence, ...]:
    """What the last models' history does not make plausible; no author and no drift is asked about it yet."""
    last = {n.unique_id for n in ends(bench.graph)}
    now = {
        uid: Measured(content["rows"], tuple(answer["nulls"].get(uid, ())))
        for uid, content in answer["fingerprints"].items()
        if uid in last
    }
    return implausible(bench.graph, now, good.results, (good.tables, tables), explained)


def _divided(bench: Bench, answer: Answer, below: set[str]) -> tuple[Evidence, ...]:
    """Divisions by zero where no edit reaches; where one does, its author is asked about all that differs."""
    found = {uid: counts for uid, counts in answer["unbounded"].items() if uid not in below}
    return newly(bench.graph, found, Path(bench.stage.files[GOOD]))


def _blamed(bench: Bench, edits: Sequence[Edit], found: Iterable[Evidence]) -> set[str]:
    nodes = bench.graph.nodes
    return {e.path for f in found for e in suspects(edits, f.message, nodes.get(f.node), bench.graph).edits}


def _failures(failed: Mapping[str, str], paths: Mapping[str, str], still: set[str]) -> tuple[Evidence, ...]:
    now = datetime.now(UTC)
    return tuple(
        Evidence(
            kind="check_failure" if uid.startswith(("test.", "unit_test.")) else "build_error",
            node=uid,
            message=f"{uid}: {message}" + (f"\n{NOT_THE_TEXT}" if uid in still else ""),
            path=paths.get(uid),
            seen_at=now,
        )
        for uid, message in failed.items()
    )


def _says_otherwise(
    bench: Bench,
    answer: Answer,
    good: Answer | None,
    ids: Sequence[str],
    quiet: Sequence[str],
    edits: Sequence[Edit],
    moved: Sequence[str],
) -> tuple[Evidence, ...]:
    """Edited models that build, but say something else of the same data than the last good text; the topmost.

    `ids` are built again for that: everything that the edits reach.
    """
    owners = {uid: edited for edited in quiet for uid in _standing(bench.graph, edited)}
    now = {uid: p for uid, p in prints(answer).items() if uid in owners and bench.graph.nodes[uid].kind == "model"}
    if not now:
        return ()
    reference = prints(good or bench.by_good_text(edits, ids)) if moved else bench.published(now)
    words = _differing(reference, now, {})
    if words:
        words = _differing(reference, now, volatile(reference, prints(bench.by_good_text(edits, ids))))
    if not words and bench.continues(now):
        anew = {uid: p for uid, p in prints(bench.build(ids, fresh=True)).items() if uid in now}
        once, again = (prints(bench.by_good_text(edits, ids, fresh=True)) for _ in range(2))
        words = _differing(once, anew, volatile(once, again))
    top = [uid for uid in words if not words.keys() & set(bench.graph.above(uid))]
    return tuple(
        Evidence(
            kind="result_change",
            node=owners[uid],
            message=f"{bench.graph.nodes[uid].name} builds, but says something else of the same data: {words[uid]}",
            path=bench.graph.nodes[owners[uid]].path,
            seen_at=datetime.now(UTC),
        )
        for uid in top
    )


def _standing(graph: Graph, edited: str) -> tuple[str, ...]:
    """Where the result of an edited node stands: in itself, or in the nearest readers of an ephemeral model."""
    if graph.nodes[edited].materialized != "ephemeral":
        return (edited,)
    return tuple(uid for reader in graph.readers(edited) for uid in _standing(graph, reader.unique_id))


def _differing(
    before: Mapping[str, Fingerprint], after: Mapping[str, Fingerprint], apart: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    pairs = {uid: (before[uid], p) for uid, p in after.items() if uid in before}
    found = {uid: difference(a, b, apart=apart.get(uid, ()), more=True) for uid, (a, b) in pairs.items()}
    return {uid: str(words) for uid, words in found.items() if words}


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
