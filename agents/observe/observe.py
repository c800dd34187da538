"""Compare every source with the last good state."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agents import lock, published
from agents.contracts import Evidence, TableDrift, TableProfile
from agents.observe.compare import compare, missing_table
from agents.observe.profile import profile
from agents.project import Graph, Node, Project
from agents.warehouse import exists, reading


@dataclass(frozen=True)
class Observation:
    """What the sources are like now, and what about them needs an explanation."""

    tables: tuple[TableProfile, ...]
    evidence: tuple[Evidence, ...]
    grown: tuple[str, ...]
    """Ids of sources whose profile moved at all since the last good state."""


def observe(project: Project, graph: Graph | None = None) -> Observation:
    """Profile the sources that are read by something and compare them with the last good state.

    Needs no history: before anything was published there is nothing to differ from, and the
    evidence is empty. Raises WarehouseBusy or UsageError as `agents.warehouse.reading` does.
    """
    graph = graph or project.graph
    good = published.current(project)
    known = lock.aliases(lock.load(project.root).values())
    tables: list[TableProfile] = []
    drifts: list[TableDrift] = []
    grown: list[str] = []
    settings = project.settings
    with reading(project.warehouse, settings.lock_wait_seconds, project.attachments) as db, _inside(project.root):
        for node in graph.sources():
            if not graph.readers(node.unique_id):
                continue
            before = good.state.table(node.unique_id) if good else None
            relation = f"(from {node.external})" if node.external else node.relation
            if not node.external and not exists(db, relation):
                drifts.extend([missing_table(before)] if before else [])
                continue
            now = profile(db, node, relation, known.get(node.unique_id, {}))
            tables.append(now)
            if before is not None and now != before:
                grown.append(node.unique_id)
                drift = compare(before, now)
                drifts.extend([relevant] if drift and (relevant := _read_by_someone(drift, graph)) else [])
    seen_at = datetime.now(UTC)
    return Observation(tuple(tables), tuple(_evidence(d, seen_at) for d in drifts), tuple(grown))


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
    kept = tuple(c for c in drift.columns if c.change == "added" or any(mentions(r, c.name) for r in readers))
    truncated = drift.rows_after < drift.rows_before
    if all(c.change == "added" for c in kept) and not truncated:
        return None
    return drift.model_copy(update={"columns": kept})


def _evidence(drift: TableDrift, seen_at: datetime) -> Evidence:
    return Evidence(kind="source_drift", node=drift.unique_id, message=describe(drift), seen_at=seen_at, drift=drift)


def describe(drift: TableDrift) -> str:
    """The drift in one sentence with its values."""
    rows = f"{drift.rows_before:,} -> {drift.rows_after:,} rows"
    if drift.missing:
        return f"{drift.relation} is gone ({drift.rows_before:,} rows in the last good state)."
    parts = [f"{c.name} {c.change}" for c in drift.columns]
    return f"{drift.relation} ({rows}): {', '.join(parts) or 'fewer rows than the last good state'}."
