"""Compare every source with the last good state."""

import os
import re
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from agents import published
from agents.contracts import Evidence, TableDrift, TableProfile
from agents.graph import Graph, Node
from agents.observe.compare import compare, missing_table
from agents.observe.hints import hints_of
from agents.observe.moved import moved_to
from agents.observe.profile import Reading, profile, read_columns
from agents.observe.references import Parent, parents_of
from agents.observe.repairs import Taught, taught
from agents.observe.rows import Found, Side, compare_rows
from agents.project import Project
from agents.published import Published
from agents.seeds import Seeds, changed_seeds
from agents.warehouse import columns, exists, literal, quoted, reading

GOOD, SEEDS = "adp_good", "adp_seeds"
"""The published copy and the changed seeds, beside the warehouse."""
_UNATTACHED = re.compile(r'Catalog "[^"]*" does not exist')
ALWAYS = ("added", "duplicated", "emptied")
"""Changes that reach models whether or not they name the column."""


@dataclass(frozen=True)
class Observation:
    """What the sources are like now, and what about them needs an explanation."""

    tables: tuple[TableProfile, ...]
    evidence: tuple[Evidence, ...]
    grown: tuple[str, ...]
    """Ids of sources whose profile moved at all since the last good state."""


@dataclass(frozen=True)
class Delivered:
    """One source as it is now, and how it is read."""

    node: Node
    relation: str
    known: Reading
    profile: TableProfile
    before: TableProfile | None
    """The profile of the last good state."""

    @property
    def sql(self) -> str:
        """The source as the models know it."""
        return self.known(self.relation)


def observe(
    project: Project, graph: Graph | None = None, commit: str | None = None, *, exact: Container[str] = ()
) -> Observation:
    """Profile the sources that are read by something and compare them with the last good state.

    Rows are compared only of sources whose profile moved at all. With a `commit`, seeds whose file changed
    are seen as they are there; otherwise as they stand in the warehouse. Of sources in `exact` any other type is told,
    of all others one that readers must care about. Needs no history: before anything
    was published there is nothing to differ from, and the evidence is empty. Raises WarehouseBusy or
    UsageError as `agents.warehouse.reading` does.
    """
    graph = graph or project.graph
    good = published.current(project)
    repairs = taught(project, good)
    seen_at = datetime.now(UTC)
    delivered: list[Delivered] = []
    evidence: list[Evidence] = []
    grown: list[str] = []
    wait = project.settings.lock_wait_seconds
    with (
        _seeds(project, graph, good, commit) as seeds,
        reading(project.warehouse, wait, project.attachments) as db,
        _inside(project.root),
    ):
        read = _reread(db, graph, seeds)
        for node in graph.sources():
            if node.unique_id in seeds.failed:
                message = f"{node.path} cannot be loaded: {seeds.failed[node.unique_id]}"
                evidence.append(_unread(node, message, seen_at))
            elif graph.readers(node.unique_id):
                node = read.get(node.unique_id, node)
                seen = _delivered(db, node, repairs, good.state.table(node.unique_id) if good else None, graph, seen_at)
                delivered += [seen] if isinstance(seen, Delivered) else []
                evidence += [seen] if isinstance(seen, Evidence) else []
        moved = [d for d in delivered if good and d.profile != d.before]
        grown = [d.node.unique_id for d in moved]  # one that is read for the first time has no profile to be like
        if good is not None and grown:
            db.execute(f"attach {literal(str(good.file))} as {quoted(GOOD)} (read_only)")
            parents = parents_of([_parent(db, d, repairs, d in moved) for d in delivered])
            for it in moved:
                evidence += _drifted(db, it, repairs, graph, parents, seen_at, it.node.unique_id in exact)
    return Observation(tuple(d.profile for d in delivered), tuple(evidence), tuple(grown))


@contextmanager
def _seeds(project: Project, graph: Graph, good: Published | None, commit: str | None) -> Iterator[Seeds]:
    if good is None or commit is None:
        yield Seeds()
        return
    with changed_seeds(project, graph, good.state, commit) as seeds:
        yield seeds


def _reread(db: duckdb.DuckDBPyConnection, graph: Graph, seeds: Seeds) -> dict[str, Node]:
    """Changed seeds as nodes that stand where they were loaded."""
    for file in {it.file for it in seeds.loaded.values()}:
        db.execute(f"attach {literal(str(file))} as {quoted(SEEDS)} (read_only)")
    places = {uid: quoted(SEEDS, it.schema, it.identifier) for uid, it in seeds.loaded.items()}
    return {uid: replace(graph.nodes[uid], relation=place) for uid, place in places.items()}


def _unread(node: Node, message: str, seen_at: datetime) -> Evidence:
    path = node.path if node.kind == "seed" else None
    return Evidence(kind="build_error", node=node.unique_id, message=message, path=path, seen_at=seen_at)


def _delivered(
    db: duckdb.DuckDBPyConnection,
    node: Node,
    repairs: Taught,
    before: TableProfile | None,
    graph: Graph,
    seen_at: datetime,
) -> Delivered | Evidence | None:
    """A source as it is, or the evidence that it is gone or cannot be read; None where it never was there."""
    relation = f"(from {node.external})" if node.external else node.relation
    try:
        if node.external or exists(db, relation):
            known = repairs.now.of(node, columns(db, relation))
            return Delivered(node, relation, known, profile(db, node, relation, known), before)
    except duckdb.Error as error:
        if node.external and _UNATTACHED.search(str(error)):
            return None  # in a database that only the production attaches
        if not (node.external and before and isinstance(error, duckdb.IOException)):
            return _unread(node, f"{node.label} cannot be read: {error}", seen_at)
    if before is None or node.kind == "seed":  # `dbt build` makes a seed again from its file
        return None
    places = () if node.external else moved_to(db, before, graph.relations())
    return _evidence(missing_table(before).model_copy(update={"columns": places}), seen_at)


def _kept(db: duckdb.DuckDBPyConnection, it: Delivered, repairs: Taught) -> str:
    """The source in the published copy, as the models knew it; empty where that does not hold it."""
    kept = quoted(GOOD, it.node.schema, it.node.identifier)
    return repairs.good.of(it.node, columns(db, kept))(kept) if exists(db, kept) else ""


def _parent(
    db: duckdb.DuckDBPyConnection, it: Delivered, repairs: Taught, moved: bool
) -> tuple[TableProfile, TableProfile, str, str, bool]:
    return it.before or it.profile, it.profile, _kept(db, it, repairs), it.sql, moved


def _drifted(
    db: duckdb.DuckDBPyConnection,
    it: Delivered,
    repairs: Taught,
    graph: Graph,
    parents: Iterable[Parent],
    seen_at: datetime,
    exact: bool,
) -> tuple[Evidence, ...]:
    if it.before is None:
        return ()
    hints = hints_of(graph, it.node, it.profile, parents)
    kept, found = _kept(db, it, repairs), Found()
    if kept:
        sides = (Side(kept, read_columns(db, kept)), Side(it.sql, read_columns(db, it.sql)))
        found = compare_rows(db, *sides, it.before, it.profile, hints)
    drift = compare(it.before, it.profile, found, hints, exact=exact)
    relevant = _read_by_someone(drift, graph) if drift else None
    return (_evidence(relevant, seen_at, found.lost),) if relevant else ()


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """dbt resolves the locations of external sources from the project's folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def mentions(node: Node, column: str) -> bool:
    """Whether a model's text may read `column`: it names it, or takes every column.

    Errs towards yes: names inside comments count.
    """
    named = re.search(rf"(?<![\w]){re.escape(column)}(?![\w])", node.raw, re.IGNORECASE)
    return bool(named) or "*" in node.raw or "{%" in node.raw


def _read_by_someone(drift: TableDrift, graph: Graph) -> TableDrift | None:
    """The drift without columns that no model reads; None where nothing is left."""
    readers = graph.readers(drift.unique_id)
    kept = tuple(c for c in drift.columns if c.change in ALWAYS or any(mentions(r, c.name) for r in readers))
    if all(c.change == "added" for c in kept) and not drift.lost_rows:
        return None
    return drift.model_copy(update={"columns": kept})


def _evidence(drift: TableDrift, seen_at: datetime, lost: str = "") -> Evidence:
    message = describe(drift, lost)
    return Evidence(kind="source_drift", node=drift.unique_id, message=message, seen_at=seen_at, drift=drift)


def describe(drift: TableDrift, lost: str = "") -> str:
    """The drift in one sentence with its values."""
    rows = f"{drift.rows_before:,} -> {drift.rows_after:,} rows"
    if drift.missing:
        return f"{drift.relation} is gone ({drift.rows_before:,} rows in the last good state)."
    parts = [f"{c.name} {c.change}{f': {c.words}' if c.words else ''}" for c in drift.columns]
    if drift.lost_rows:
        parts.append(lost or "fewer rows than the last good state")
    return f"{drift.relation} ({rows}): {', '.join(parts)}."
