"""A copy of a good project, seen by an injector: which tables it reads, and how to break them."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Literal

import duckdb
from _projects import commit_all, git

from agents.graph import Graph, Node
from agents.project import Project
from agents.warehouse import columns, exists, literal, quoted

Effect = Literal["broken", "moved", "same"]
"""What a fault does to a build from nothing: it fails, it ends with other content, or nothing changes."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, and the label by which the engine is judged; the engine never sees it."""

    kind: str
    words: str
    causes: frozenset[str]
    """Causes that are right."""
    decidable: bool
    """Whether data and history say what the repair is."""
    apply: Callable[[], None]
    roots: tuple[str, ...] = ()
    """dbt ids of what is broken; all that may be rebuilt lies below."""
    subject: tuple[str, ...] = ()
    """Any of these is part of a right subject."""
    effects: frozenset[Effect] = frozenset({"broken", "moved"})
    says: str = ""
    """Pattern that the failure of the broken build must match, where the kind asks for one."""
    control: bool = False
    """No fault: `healthy` is right."""
    lock_seconds: float = 0.0
    """How long another process holds the warehouse while the engine runs; 0 for not at all."""
    undone_later: bool = False
    """The engine heals this first; then the good data come back and it heals again."""
    keeps: tuple[tuple[str, str, str], ...] = ()
    """dbt id, column that a person added and that must not be taken back, and column that it says the same as."""


Injector = Callable[["Scene", Random], Iterable[Fault]]
"""Faults of one kind that this project has a place for, in the order in which they are to be tried."""


@dataclass(frozen=True)
class Table:
    """A raw table or a seed, typed as dbt's models see it."""

    node: Node
    types: dict[str, str]
    rows: int
    distinct: dict[str, int]
    filled: dict[str, int]
    csv: Path | None = None

    @property
    def key(self) -> str | None:
        """A column that identifies rows: unique, never null, the one named most like a key."""
        unique = [c for c in self.types if self.rows > 1 and self.distinct[c] == self.rows == self.filled[c]]
        kinds = ("VARCHAR", "BIGINT", "INTEGER", "HUGEINT", "UUID", "UBIGINT", "SMALLINT")
        named = [c for c in unique if re.search(r"(id|key|code|number|no|uuid|tailnum|faa|carrier)$", c, re.I)]
        plain = [c for c in unique if self.types[c].startswith(kinds)]
        return (named or plain or [None])[0]  # type: ignore[list-item]

    @property
    def label(self) -> str:
        """`schema.table`."""
        return self.node.label


@dataclass(frozen=True)
class Standing:
    """A fault that the engine has healed and that goes on, under the next one."""

    queries: Mapping[str, str]
    """dbt id -> the query by which that table comes since."""
    raw: Path
    """Raw tables without it."""
    broken: Path
    """Raw tables with it."""
    seeds: Mapping[str, Path]
    """dbt id -> the seed's file without it."""


@dataclass
class Scene:
    """The copy that is broken."""

    project: Project
    graph: Graph
    sources: frozenset[str] = frozenset()
    edited: bool = field(default=False, init=False)
    delivered: dict[str, str] = field(default_factory=dict, init=False)
    """dbt id -> the query by which that table was delivered since the base."""
    standing: Standing | None = field(default=None, init=False)

    @cached_property
    def base(self) -> str:
        """The commit to go back to between two tries."""
        return git(self.project.repo, "rev-parse", "HEAD")

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Sources and seeds that models read, with what the warehouse says of them."""
        found = []
        with duckdb.connect(str(self.project.warehouse), read_only=True) as db:
            for node in sorted(self.graph.sources(), key=lambda n: n.unique_id):
                mine = not self.sources or node.source_name in self.sources
                name = self.name(node)
                if mine and not node.external and self.graph.readers(node.unique_id) and exists(db, name):
                    found.append(self._table(db, node, name))
        return tuple(t for t in found if t.rows)

    def _table(self, db: duckdb.DuckDBPyConnection, node: Node, name: str) -> Table:
        types = columns(db, name)
        parts = ", ".join(f"count(distinct {quoted(c)}), count({quoted(c)})" for c in types)
        row = db.execute(f"select count(*), {parts} from {name}").fetchone()
        assert row is not None
        counts = dict(zip(types, zip(row[1::2], row[2::2], strict=True), strict=True))
        own = node.kind == "seed" and node.package == self.project.name
        return Table(
            node=node,
            types=types,
            rows=row[0],
            distinct={c: d for c, (d, _) in counts.items()},
            filled={c: f for c, (_, f) in counts.items()},
            csv=self.project.root / node.path if own else None,
        )

    def name(self, node: Node) -> str:
        """The whole quoted name of a node in the warehouse."""
        return quoted(self.project.catalog, node.schema, node.identifier)

    def read_columns(self, table: Table) -> list[str]:
        """Columns that a model names: a direct reader, or the next one where that takes every column."""
        readers = list(self.graph.readers(table.node.unique_id))
        starred = [r for r in readers if "*" in r.raw or "{%" in r.raw or "columns" in r.raw]
        readers += [further for r in starred for further in self.graph.readers(r.unique_id)]
        texts = [r.raw for r in readers]
        texts += [f.read_text() for r in starred for f in self._macros(r)]
        text = "\n".join(texts).lower()
        return [c for c in table.types if re.search(rf"(?<!\w){re.escape(c.lower())}(?!\w)", text)]

    def _macros(self, reader: Node) -> Iterable[Path]:
        mine = reader.package == self.project.name
        folder = self.project.root / ("" if mine else f"dbt_packages/{reader.package}")
        return sorted((folder / "macros").rglob("*.sql"))

    def value(self, table: Table, sql: str) -> object:
        """The first value of a query in which `t` is the table, without a fault that stands."""
        with duckdb.connect() as db:
            db.execute(f"attach {literal(str(self.project.warehouse))} as {quoted(self.project.catalog)} (read_only)")
            row = db.execute(f"with t as (from {self._sound(db, table)}) {sql}").fetchone()
        return row[0] if row else None

    def _sound(self, db: duckdb.DuckDBPyConnection, table: Table) -> str:
        """The table without a fault that stands, for a `from` clause."""
        node, first = table.node, self.standing
        if first is None or node.unique_id not in first.queries:
            return self.name(node) if table.csv is None else _csv(table.csv, table.types)
        if table.csv:
            return _csv(first.seeds[node.unique_id], table.types)
        db.execute(f"attach {literal(str(first.raw))} as adp_before (read_only)")
        return quoted("adp_before", node.schema, node.identifier)

    def deliver(self, table: Table, query: str) -> None:
        """Deliver a table anew as the result of a query over `t`; a seed is written and committed.

        `t` is the table without the standing fault, which then comes over the result.
        """
        node = table.node
        self.delivered[node.unique_id] = query
        with duckdb.connect(*([] if table.csv else [str(self.project.warehouse)])) as db:
            db.execute(f"create temp table t as from {self._sound(db, table)}")
            name = "made" if table.csv else self.name(node)
            db.execute(f"create or replace table {name} as {query}")
            if self.standing and node.unique_id in self.standing.queries:
                with suppress(duckdb.BinderException):  # its column has another name since
                    first = self.standing.queries[node.unique_id]
                    db.execute(f"create or replace table {name} as with t as (from {name}) {first}")
            if table.csv:
                db.execute(f"copy made to {literal(str(table.csv))} (header)")
        if table.csv:
            commit_all(self.project.repo, f"a new {table.csv.name}")

    def execute(self, sql: str) -> None:
        """Change the warehouse as a producer would."""
        with duckdb.connect(str(self.project.warehouse)) as db:
            db.execute(sql)

    @cached_property
    def models(self) -> tuple[Node, ...]:
        """Models of the project's own, below the tables that may be broken."""
        below = set(self.graph.downstream(*(t.node.unique_id for t in self.tables)))
        own = [n for n in self.graph.nodes.values() if n.kind == "model" and n.package == self.project.name]
        return tuple(n for n in own if n.unique_id in below and n.path.endswith(".sql"))

    def text(self, node: Node) -> str:
        """The file of a model as committed."""
        return (self.project.root / node.path).read_bytes().decode()

    def edit(self, path: str, text: str, message: str) -> None:
        """Commit a file of the project, as a person would."""
        (self.project.root / path).write_bytes(text.encode())
        commit_all(self.project.repo, message)

    def columns_of(self, unique_id: str) -> list[str]:
        """Columns of a node as it was built; empty for an ephemeral one."""
        return list(self.types_of(unique_id))

    def types_of(self, unique_id: str) -> dict[str, str]:
        """The same with their types."""
        node = self.graph.nodes[unique_id]
        with duckdb.connect(str(self.project.warehouse), read_only=True) as db:
            name = self.name(node)
            return columns(db, name) if node.schema and exists(db, name) else {}

    def reset(self, raw: Path) -> None:
        """Take everything back: code to the base commit, raw tables to those of `raw`."""
        self.delivered.clear()
        git(self.project.repo, "reset", "-q", "--hard", self.base)
        with duckdb.connect(str(self.project.warehouse)) as db:
            db.execute(f"attach {literal(str(raw))} as adp_good (read_only)")
            rows = db.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'adp_good'"
            ).fetchall()
            kept = {(s.lower(), t.lower()) for s, t in rows}
            made = {(n.schema.lower(), n.identifier.lower()) for n in self.graph.relations() if n.kind != "source"}
            present = db.execute(
                "select schema_name, table_name from duckdb_tables() "
                "where database_name = current_database() and not temporary"
            ).fetchall()
            for schema, table in present:
                if (schema.lower(), table.lower()) not in kept | made:
                    db.execute(f"drop table {quoted(self.project.catalog, schema, table)}")
            for schema, table in rows:
                names = quoted(self.project.catalog, schema, table), quoted("adp_good", schema, table)
                db.execute(f"create or replace table {names[0]} as from {names[1]}")


def _csv(file: Path, types: Mapping[str, str]) -> str:
    kinds = ", ".join(f"{literal(c)}: {literal(t)}" for c, t in types.items())
    return f"read_csv({literal(str(file))}, header = true, columns = {{{kinds}}})"
