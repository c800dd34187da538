"""What the search for candidates may look at: one drifted source, then and now."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from agents import lock, published
from agents.contracts import ColumnChange, Diagnosis, TableDrift
from agents.delivered import as_known
from agents.graph import Graph, Node
from agents.project import Project
from agents.propose.sql_text import Called
from agents.repository import Repository
from agents.seeds import changed_seeds
from agents.warehouse import columns, literal, quoted, reading, same_key

SAMPLED = 500
"""Different values that are enough to see how a column is written."""


@dataclass(frozen=True)
class Looked:
    """A drifted source and its project."""

    project: Project
    graph: Graph
    source: Node
    drift: TableDrift

    @property
    def called(self) -> Called:
        """How the models name it."""
        return Called(self.source.name, self.source.source_name)

    def change(self, diagnosis: Diagnosis) -> ColumnChange | None:
        """What observation says of the diagnosed column."""
        return next((c for c in self.drift.columns if c.name == diagnosis.column and c.change != "added"), None)

    def ahead_of(self, column: str) -> tuple[str, ...]:
        """The columns that stood before this one in the last good state; none where it stood last.

        There, all the others simply come before it: a star over columns that may come later must not be empty today.
        """
        profile = published.required(self.project).state.table(self.source.unique_id)
        names = [c.name.lower() for c in profile.columns] if profile else []
        place = names.index(column.lower()) if profile and column.lower() in names else 0
        return tuple(c.name for c in profile.columns[:place]) if profile and place + 1 < len(names) else ()

    def type(self, column: str) -> str:
        """The type that the models know; empty where it is unknown."""
        profile = published.required(self.project).state.table(self.source.unique_id)
        found = profile.column(column) if profile else None
        return found.type if found else ""

    @property
    def loads(self) -> bool:
        """Whether dbt can load the source: not so a seed whose columns it takes for other types than they have."""
        if self.source.kind != "seed":
            return True
        good, head = published.required(self.project), Repository(self.project.repo).head()
        with changed_seeds(self.project, self.graph, good.state, head) as seeds:
            found = seeds.loaded.get(self.source.unique_id)
        return found is None or found.by_dbt

    @contextmanager
    def rows(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, str, str]]:
        """A connection, the source as it was and as it is now, each as SQL to read from, by the names models know."""
        good = published.required(self.project)
        before = Path.cwd()
        os.chdir(self.project.root)  # locations of external sources are relative to the project
        wait = self.project.settings.lock_wait_seconds
        head = Repository(self.project.repo).head()
        try:
            with (
                changed_seeds(self.project, self.graph, good.state, head) as loaded,
                reading(self.project.warehouse, wait, self.project.attachments) as db,
            ):
                db.execute(f"attach {literal(str(good.file))} as adp_good (read_only)")
                then = quoted("adp_good", self.source.schema, self.source.identifier)
                seed = loaded.loaded.get(self.source.unique_id)
                now = f"(from {self.source.external})" if self.source.external else self.source.relation
                if seed:
                    db.execute(f"attach {literal(str(seed.file))} as adp_seeds (read_only)")
                    now = quoted("adp_seeds", seed.schema, seed.identifier)
                names = lock.aliases(lock.load(self.project.root).values()).get(self.source.unique_id, {})
                yield db, as_known(then, columns(db, then), names, ()), as_known(now, columns(db, now), names, ())
        finally:
            os.chdir(before)

    def alike(self, lost: Sequence[str], arrived: Sequence[str]) -> dict[tuple[str, str], float]:
        """Share of equal values for each lost and arrived column, in rows with the same key; empty without one."""
        key = self.drift.key
        if not key or not set(key) <= self.drift.stayed.keys():
            return {}
        pairs = [(c, n) for c in lost for n in arrived]
        asked = ", ".join(f"avg((g.{quoted(c)}::varchar = n.{quoted(n)}::varchar)::int)" for c, n in pairs)
        with self.rows() as (db, then, now):
            known = f"(from {then} limit {SAMPLED * 10})"
            row = db.execute(f"select {asked} from {known} g join {now} n on {same_key(key, 'g', 'n')}").fetchone()
        return {pair: float(share) for pair, share in zip(pairs, row or (), strict=True) if share is not None}

    def samples(self, column: str, *, then: bool = False) -> Sequence[object]:
        """Some of the different values of a column as it is delivered now, or `then`; nulls left out."""
        c = quoted(column)
        with self.rows() as (db, good, now):
            side = good if then else now
            found = db.execute(f"select distinct {c} from {side} where {c} is not null limit {SAMPLED}").fetchall()
        return [value for (value,) in found]
