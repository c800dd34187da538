"""What texts make of the same data: build some nodes in a sandbox, and compare with the last good state."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import duckdb

from agents.contracts import Fingerprint
from agents.edits import Edit
from agents.graph import Graph, Node
from agents.sandbox.client import Worker
from agents.sandbox.stage import GOOD, Stage, world
from agents.warehouse import fingerprint, literal, quoted

BUILT = ("model", "snapshot", "seed")
FAILED = ("error", "fail", "runtime error")
Answer = dict[str, Any]
"""What the worker says of one build: error, outcomes, fingerprints, and numbers without bounds."""


@dataclass(frozen=True)
class Bench:
    """A filled sandbox in which the same nodes are built again and again."""

    stage: Stage
    worker: Worker
    graph: Graph
    anew: tuple[str, ...] = ()
    """Ids of models whose tables today's text builds from nothing, because a full refresh was proved for it."""
    moved: frozenset[str] = frozenset()
    """Ids of what reads sources that moved: until it is built here it stands as it was in the last good state."""
    built: set[str] = field(default_factory=set, compare=False)

    def build(
        self, ids: Iterable[str], exclude: Iterable[str] = (), *, fresh: bool = False, anew: Iterable[str] | None = None
    ) -> Answer:
        """Build nodes with the text that is there.

        Tables that continue start from the last good state again; from nothing all of them if `fresh`, else
        those of `anew`.
        """
        nodes = [self.graph.nodes[uid] for uid in ids if uid in self.graph.nodes]
        nodes = [n for n in nodes if n.kind in BUILT]
        if not nodes:
            return {"error": self.worker.ask("parse"), "outcomes": [], "fingerprints": {}, "unbounded": {}, "nulls": {}}
        emptied = {n.unique_id for n in nodes} if fresh else set(self.anew if anew is None else anew)
        continued = [n for n in nodes if n.continues]
        for empty in (False, True):
            held = [[n.schema, n.identifier] for n in continued if (n.unique_id in emptied) is empty]
            if held:
                self.worker.ask("reset", relations=held, fresh=empty)
        left_out = [self.graph.nodes[uid].name for uid in exclude if uid in self.graph.nodes]
        self.built.update(n.unique_id for n in nodes)
        left_out += self._of_two_days(n.unique_id for n in nodes)
        answer: Answer = self.worker.ask("build", select=[n.name for n in nodes], exclude=left_out)
        return answer

    def _of_two_days(self, ids: Iterable[str]) -> list[str]:
        """Names of tests that would compare what is built today with what stands as it was: they say nothing."""
        old = self.moved - self.built
        return [t.name for t in self.graph.tests(*ids) if old & set(t.parents)]

    def write(self, files: Mapping[str, str | None]) -> None:
        """Put texts (paths relative to the dbt project) into the sandbox."""
        self.worker.ask("write", files=dict(files))

    def by_good_text(
        self,
        edits: Sequence[Edit],
        ids: Iterable[str],
        *,
        committed: Mapping[str, str | None] = MappingProxyType({}),
        fresh: bool = False,
    ) -> Answer:
        """What the text of the last good commit makes of the same data; what the sandbox holds is put back after it.

        `committed` are files that a candidate wrote, as they were: not all of them were edited since the good commit.
        """
        good = {**committed, **{e.path: e.good for e in edits}}
        before = self.worker.ask("read", paths=list(good))
        self.write(good)
        try:
            return self.build(ids, fresh=fresh, anew=())
        finally:
            self.write(before)

    def show(self, ids: Iterable[str], catalog: str) -> None:
        """Let relations be what another catalog (GOOD or NOW) holds, where it has them."""
        nodes = [self.graph.nodes[uid] for uid in ids if uid in self.graph.nodes]
        held = [[n.schema, n.identifier] for n in nodes if n.relation]
        self.worker.ask("show", relations=held, catalog=catalog)

    def continues(self, ids: Iterable[str]) -> bool:
        """Whether one of the nodes goes on from earlier builds: its old rows keep what an old text made of them."""
        return any(self.graph.nodes[uid].materialized == "incremental" for uid in ids if uid in self.graph.nodes)

    def published(self, ids: Iterable[str]) -> dict[str, Fingerprint]:
        """Content of relations in the last good state, of those that it has."""
        wanted = [self.graph.nodes[uid] for uid in ids if uid in self.graph.nodes and self.graph.nodes[uid].relation]
        with world(self.stage, {}) as db:
            tables, views = _stored(db, "table"), _stored(db, "view")
        order = [n for n in upward(self.graph, wanted) if (n.schema, n.identifier) in tables | views]
        order.sort(key=lambda n: (n.schema, n.identifier) in views)
        held = {(n.schema, n.identifier): f"select * from {quoted(GOOD, n.schema, n.identifier)}" for n in order}
        with world(self.stage, held) as db:
            found = [n for n in wanted if (n.schema, n.identifier) in held]
            return {n.unique_id: fingerprint(db, quoted(n.schema, n.identifier)) for n in found}


def _stored(db: duckdb.DuckDBPyConnection, kind: str) -> set[tuple[str, str]]:
    good = f"not internal and database_name = {literal(GOOD)}"
    found = db.execute(f"select schema_name, {kind}_name from duckdb_{kind}s() where {good}")
    return {(str(s), str(t)) for s, t in found.fetchall()}


def upward(graph: Graph, nodes: Iterable[Node]) -> list[Node]:
    """The nodes and everything above them that has a relation, parents before their readers."""
    done: dict[str, Node] = {}

    def visit(node: Node, path: tuple[str, ...]) -> None:
        if node.unique_id in done or node.unique_id in path:
            return
        for parent in node.parents:
            if parent in graph.nodes:
                visit(graph.nodes[parent], (*path, node.unique_id))
        done[node.unique_id] = node

    for node in nodes:
        visit(node, ())
    return [n for n in done.values() if n.relation]


def joined(before: Answer, after: Answer) -> Answer:
    """What a sandbox holds after two builds: of a node in both, what the later one made of it."""
    known = {o["id"] for o in after["outcomes"]}
    left = [o for o in before["outcomes"] if o["id"] not in known]
    kept = {o["id"] for o in left}
    stands = {uid: p for uid, p in before["fingerprints"].items() if uid in kept}
    return {**after, "outcomes": [*left, *after["outcomes"]], "fingerprints": {**stands, **after["fingerprints"]}}


def prints(answer: Answer) -> dict[str, Fingerprint]:
    """The contents in a build's answer."""
    return {uid: Fingerprint(**p) for uid, p in answer["fingerprints"].items()}


def failing(answer: Answer) -> dict[str, str]:
    """Node -> message of everything that failed by itself; the key is `dbt` where dbt itself stopped."""
    if answer["error"]:
        return {"dbt": str(answer["error"])}
    return {o["id"]: str(o["message"]) for o in answer["outcomes"] if o["status"] in FAILED}


@dataclass(frozen=True)
class Difference:
    """How a relation differs from what it should hold."""

    rows_before: int
    rows_after: int
    columns: tuple[str, ...]
    """Columns that were there and are not the same now."""

    def __str__(self) -> str:
        words = f"{self.rows_before:,} -> {self.rows_after:,} rows"
        return f"{words}; columns that differ: {', '.join(self.columns) or 'none, but their rows do'}"


def difference(
    before: Fingerprint, after: Fingerprint, *, apart: Iterable[str] = (), more: bool = False
) -> Difference | None:
    """What of `before` is not in `after`; None where all is.

    Columns in `apart` are not compared. `more`: new columns are no difference.
    """
    names = {*before.columns} if more else before.columns.keys() | after.columns.keys()
    names -= set(apart)
    moved = tuple(sorted(n for n in names if before.columns.get(n) != after.columns.get(n)))
    same_shape = before.columns.keys() == after.columns.keys() and not set(apart)
    if before.rows == after.rows and not moved and (not same_shape or before.whole == after.whole):
        return None
    return Difference(before.rows, after.rows, moved)


def volatile(one: Mapping[str, Fingerprint], other: Mapping[str, Fingerprint]) -> dict[str, tuple[str, ...]]:
    """Columns in which two results of the same text differ, by node: the clock or chance is in them."""
    found = {
        uid: tuple(n for n, h in one[uid].columns.items() if other[uid].columns.get(n, h) != h)
        for uid in one.keys() & other.keys()
    }
    return {uid: names for uid, names in found.items() if names}


def mark_apart(found: Mapping[str, Fingerprint], apart: Mapping[str, Sequence[str]]) -> dict[str, Fingerprint]:
    """The contents, each with the columns of it that are not to be compared."""
    return {uid: p.model_copy(update={"apart": tuple(apart.get(uid, ()))}) for uid, p in found.items()}


CLOCK = re.compile(
    r"\b(now|today|random|uuid|gen_random_uuid|nextval)\s*\(|\bcurrent_(date|time|timestamp)\b|run_started_at|"
    r"\bget_current_timestamp\b|invocation_id",
    re.IGNORECASE,
)
"""What makes a text say something else each time."""


def may_be_volatile(nodes: Iterable[Node]) -> bool:
    """Whether building the nodes twice may give two results."""
    return any(n.kind == "snapshot" or CLOCK.search(n.raw) for n in nodes)
