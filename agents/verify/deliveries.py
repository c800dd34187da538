"""What the models make of old and new deliveries, by the unrepaired and by the repaired text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.contracts import Proposal, SourceChange, TableDrift, TextChange
from agents.graph import Graph, Node
from agents.project import Project
from agents.sandbox.client import Worker
from agents.sandbox.stage import GOOD, NOW, Stage, world
from agents.verify import worlds
from agents.warehouse import columns, literal, quoted

NOTHING: dict[str, Any] = {"fingerprint": None, "types": {}, "error": "not asked", "seconds": 0.0}


@dataclass(frozen=True)
class Judging:
    """Everything that a check may look at."""

    project: Project
    graph: Graph
    base: str
    proposal: Proposal
    source: Node
    stage: Stage
    worker: Worker
    rebuild: tuple[str, ...]
    blocked: tuple[str, ...]
    known: worlds.Names
    """Other names under which earlier repairs already read the source's columns."""
    drift: TableDrift
    stale: tuple[str, ...] = ()
    """What the rerun builds beside: it reads sources that moved, and is not concerned."""

    @property
    def changes(self) -> tuple[SourceChange, ...]:
        """The proposal's changes, which are all to how the source is read."""
        return tuple(c for c in self.proposal.changes if not isinstance(c, TextChange))


@dataclass(frozen=True)
class Deliveries:
    """One model's content in each world, by the unrepaired and by the repaired text."""

    model: str
    old_by_original: dict[str, Any]
    old_by_repaired: dict[str, Any]
    new_by_repaired: dict[str, Any]
    now_by_original: dict[str, Any]
    now_by_repaired: dict[str, Any]
    undone_by_original: dict[str, Any]


@dataclass(frozen=True)
class Compared:
    """Each changed model over its deliveries, and how the models below it read."""

    deliveries: tuple[Deliveries, ...] = ()
    fixed: dict[str, str] = field(default_factory=dict)
    """Compiled SQL of the changed models and those below them before the repair, by dbt id; of those alone that
    compile to the same whatever the warehouse holds."""
    error: str = ""
    """Why nothing could be compared."""


def inside(case: Judging, path: str) -> str:
    return case.project.in_project(path)


def by_evaluation(case: Judging) -> Compared:
    """Compile both texts once and evaluate them over each delivery.

    Leaves the sandbox's project as the proposal wants it.
    """
    nodes = case.proposal.nodes
    original = _compiled(case, names_of(case, _below(case)))
    case.worker.ask("write", files={inside(case, f.path): f.after for f in case.proposal.files})
    repaired = _compiled(case, names_of(case, nodes))
    for answer in (original, repaired):
        if error := answer["error"] or next((answer["failed"][uid] for uid in nodes if uid in answer["failed"]), None):
            return Compared(error=str(error))
    found = [_deliver(case, uid, original["sql"][uid], repaired["sql"][uid]) for uid in nodes]
    return Compared(tuple(found), original["fixed"])


def _below(case: Judging) -> list[str]:
    """The changed models and every model below them that no unanswered fault breaks."""
    nodes, left = case.graph.nodes, set(case.blocked) - set(case.proposal.nodes)
    below = [uid for uid in case.graph.downstream(*case.proposal.nodes) if uid not in left and uid in nodes]
    return [uid for uid in below if nodes[uid].kind in ("model", "snapshot") or uid in case.proposal.nodes]


def names_of(case: Judging, ids: Iterable[str]) -> list[str]:
    """Their names for dbt; what is not in the graph has none."""
    return [case.graph.nodes[uid].name for uid in ids if uid in case.graph.nodes]


def _compiled(case: Judging, names: Iterable[str]) -> dict[str, Any]:
    answer: dict[str, Any] = case.worker.ask("compile", select=list(names))
    return answer


def _deliver(
    case: Judging, model: str, original: str, repaired: str, between: Sequence[tuple[str, str, str]] = ()
) -> Deliveries:
    """Evaluate both texts of a model; `between` are models that the repair adds: schema, table and query of each."""
    source, changes = case.source, case.changes
    at, moved = (source.schema, source.identifier), worlds.place(source, changes)
    with world(case.stage, {}) as db:
        good = tuple(columns(db, quoted(GOOD, source.schema, source.identifier)))
        now = tuple(columns(db, quoted(NOW, *moved)))
        stored = db.execute(
            f"select schema_name, table_name from duckdb_tables() where database_name = {literal(GOOD)} "
            f"union select schema_name, view_name from duckdb_views() where database_name = {literal(GOOD)}"
        )
        relations = {(str(s), str(t)) for s, t in stored.fetchall()}
        changed_place = moved != at

    def ask(sql: str, where: tuple[str, str], query: str | None) -> dict[str, Any]:
        held = [*worlds.delivery(case.graph, model, relations, source, where, query), *map(list, between)]
        answer: dict[str, Any] = case.worker.ask("evaluate", sql=sql, views=held)
        return answer

    old, current = worlds.old_delivery(source), worlds.current_delivery(source, changes)
    repeatable = {"old_delivery_identical", "new_delivery_identical"} & set(case.proposal.claims)
    new = worlds.new_delivery(source, changes, good, case.known)
    return Deliveries(
        model=case.graph.nodes[model].name,
        old_by_original=ask(original, at, old),
        old_by_repaired=ask(repaired, moved, worlds.old_delivery(source, changes)) if repeatable else NOTHING,
        new_by_repaired=ask(repaired, moved, new) if repeatable else NOTHING,
        now_by_original=ask(original, at, None if changed_place else current),
        now_by_repaired=ask(repaired, moved, current),
        undone_by_original=ask(original, at, worlds.undone_delivery(source, changes, now, case.known)),
    )


def by_building(case: Judging) -> Compared:
    """Build both texts over each delivery: for models whose macros ask which columns there are, and taken-over ones.

    Slower, and only for models that are built anew each time; others, as snapshots, are evaluated, which only holds
    where no macro of theirs asks the warehouse. Leaves the sandbox as `by_evaluation` does.
    """
    source, changes = case.source, case.changes
    touched = [n for uid in case.proposal.nodes if (n := case.graph.nodes[uid]).kind != "test"]
    models = [n for n in touched if n.materialized in ("view", "table")]
    continued = [n for n in touched if n not in models]
    with world(case.stage, {}) as db:
        good = tuple(columns(db, quoted(GOOD, source.schema, source.identifier)))
        now = tuple(columns(db, quoted(NOW, source.schema, source.identifier)))
    old, current = worlds.old_delivery(source), worlds.current_delivery(source)
    new = worlds.new_delivery(source, changes, good, case.known)
    undone = worlds.undone_delivery(source, changes, now, case.known)
    before = {inside(case, f.path): f.before for f in case.proposal.files}
    after = {inside(case, f.path): f.after for f in case.proposal.files}
    names = [n.name for n in models]
    added = [path.rpartition("/")[2].removesuffix(".sql") for path, text in before.items() if text is None]
    repeatable = {"old_delivery_identical", "new_delivery_identical"} & set(case.proposal.claims)

    def built(query: str) -> dict[str, dict[str, Any]]:
        case.worker.ask("place", schema=source.schema, table=source.identifier, query=query)
        if not names:
            return {}
        select = dict.fromkeys((*added, *names)) if repaired else names
        answer = case.worker.ask(
            "build", select=list(select), exclude=["resource_type:test", "resource_type:unit_test"]
        )
        return {name: _built(answer, name) for name in names}

    # What a macro asks of the source is asked of it as it was, when its columns had their names.
    case.worker.ask("place", schema=source.schema, table=source.identifier, query=old)
    texts = _compiled(case, names_of(case, _below(case)))
    if unfit := [n.name for n in continued if n.unique_id not in texts["fixed"]]:
        return Compared(
            error=f"{', '.join(unfit)} cannot be compared over several deliveries: a macro asks the warehouse"
        )
    fixed = texts["fixed"] | {uid: texts["sql"][uid] for uid in case.proposal.nodes if uid in texts["sql"]}
    repaired = False
    by_original = [built(query) for query in (old, undone, current)]
    repaired = True
    case.worker.ask("write", files=after)
    as_loaded = worlds.old_delivery(source, changes)
    by_repaired = [built(q) for q in (as_loaded, new)] if repeatable else [dict.fromkeys(names, NOTHING)] * 2
    by_repaired.append(built(current))
    found = [
        Deliveries(
            model=name,
            old_by_original=by_original[0][name],
            undone_by_original=by_original[1][name],
            now_by_original=by_original[2][name],
            old_by_repaired=by_repaired[0][name],
            new_by_repaired=by_repaired[1][name],
            now_by_repaired=by_repaired[2][name],
        )
        for name in names
    ]
    if continued:
        if source.kind == "seed":  # macros ask it as it was
            case.worker.ask("reset", relations=[[source.schema, source.identifier]])
        repaired_texts = _compiled(case, (*added, *(n.name for n in continued)))
        ids = [n.unique_id for n in continued]
        if error := repaired_texts["error"] or ", ".join(uid for uid in ids if uid not in repaired_texts["sql"]):
            return Compared(error=f"not compiled: {error}")
        sql, places = repaired_texts["sql"], repaired_texts["places"]
        between = [(*places[uid], text) for uid, text in sql.items() if uid not in case.graph.nodes]
        found += [_deliver(case, uid, texts["fixed"][uid], sql[uid], between) for uid in ids]
    # dbt loads a seed as a table: a view in its place would stop it, and it would fill the file into one of old types.
    if source.kind == "seed":
        case.worker.ask("reset", relations=[[source.schema, source.identifier]], fresh=True)
    return Compared(tuple(found), fixed)


def _built(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """One model's part of a build's answer, in the form of an evaluation's."""
    uid = next((u for u in answer["fingerprints"] if u.split(".")[2] == name), None)
    if uid is None:
        failed = next((o["message"] for o in answer["outcomes"] if o["id"].split(".")[2] == name), "not built")
        return {**NOTHING, "error": answer["error"] or failed}
    seconds = next((o["seconds"] for o in answer["outcomes"] if o["id"] == uid), 0.0)
    return {
        "fingerprint": answer["fingerprints"][uid],
        "types": answer["types"][uid],
        "error": None,
        "seconds": seconds,
    }
