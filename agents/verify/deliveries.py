"""What the models make of old and new deliveries, by the unrepaired and by the repaired text."""

from dataclasses import dataclass
from typing import Any

from agents.contracts import Proposal, SourceChange, TableDrift, TextChange
from agents.graph import Graph, Node
from agents.project import Project
from agents.sandbox.client import Worker
from agents.sandbox.stage import GOOD, NOW, Stage, world
from agents.verify import worlds
from agents.warehouse import columns, quoted

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
    original: str = ""
    """The unrepaired text as dbt compiles it; empty where it was only built."""


def inside(case: Judging, path: str) -> str:
    prefix = case.project.prefix
    return path.removeprefix(f"{prefix}/") if prefix else path


def by_evaluation(case: Judging) -> tuple[list[Deliveries], str]:
    """Compile both texts once and evaluate them over each delivery; and the error where one does not compile.

    Leaves the sandbox's project as the proposal wants it.
    """
    names = [case.graph.nodes[uid].name for uid in case.proposal.nodes]
    original = case.worker.ask("compile", select=names)
    case.worker.ask("write", files={inside(case, f.path): f.after for f in case.proposal.files})
    repaired = case.worker.ask("compile", select=names)
    if repaired["error"] or original["error"]:
        return [], str(repaired["error"] or original["error"])
    found = [_deliver(case, uid, original["sql"][uid], repaired["sql"][uid]) for uid in case.proposal.nodes]
    return found, ""


def _deliver(case: Judging, model: str, original: str, repaired: str) -> Deliveries:
    source, changes = case.source, case.changes
    at, moved = (source.schema, source.identifier), worlds.place(source, changes)
    with world(case.stage, {}) as db:
        good = tuple(columns(db, quoted(GOOD, source.schema, source.identifier)))
        now = tuple(columns(db, quoted(NOW, *moved)))
        stored = db.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = $1 "
            "union select schema_name, view_name from duckdb_views() where database_name = $1",
            [GOOD],
        )
        relations = {(str(s), str(t)) for s, t in stored.fetchall()}
        changed_place = moved != at

    def ask(sql: str, where: tuple[str, str], query: str | None) -> dict[str, Any]:
        held = worlds.delivery(case.graph, model, relations, source, where, query)
        answer: dict[str, Any] = case.worker.ask("evaluate", sql=sql, views=held)
        return answer

    old, current = worlds.old_delivery(source), worlds.current_delivery(source, changes)
    repeatable = {"old_delivery_identical", "new_delivery_identical"} & set(case.proposal.claims)
    new = worlds.new_delivery(source, changes, good, case.known)
    return Deliveries(
        model=case.graph.nodes[model].name,
        old_by_original=ask(original, at, old),
        old_by_repaired=ask(repaired, moved, old) if repeatable else NOTHING,
        new_by_repaired=ask(repaired, moved, new) if repeatable else NOTHING,
        now_by_original=ask(original, at, None if changed_place else current),
        now_by_repaired=ask(repaired, moved, current),
        undone_by_original=ask(original, at, worlds.undone_delivery(source, changes, now, case.known)),
        original=original,
    )


def by_building(case: Judging) -> tuple[list[Deliveries], str]:
    """Build both texts over each delivery: for models whose macros ask which columns there are, and taken-over ones.

    Slower, and only for models that are built anew each time. Leaves the sandbox as `by_evaluation` does.
    """
    source, changes = case.source, case.changes
    models = [case.graph.nodes[uid] for uid in case.proposal.nodes]
    if unfit := [n.name for n in models if n.materialized not in ("view", "table")]:
        return [], f"{', '.join(unfit)} cannot be compared over several deliveries"
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
        select = dict.fromkeys((*added, *names)) if repaired else names
        answer = case.worker.ask(
            "build", select=list(select), exclude=["resource_type:test", "resource_type:unit_test"]
        )
        return {name: _built(answer, name) for name in names}

    repaired = False
    by_original = [built(query) for query in (old, undone, current)]
    repaired = True
    case.worker.ask("write", files=after)
    by_repaired = [built(q) for q in (old, new)] if repeatable else [dict.fromkeys(names, NOTHING)] * 2
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
    return found, ""


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
