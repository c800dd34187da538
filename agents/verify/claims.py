"""One check for each claim of a change to how a source is read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb

from agents.contracts import Check, Fingerprint, Proposal, TableDrift
from agents.project import Graph, Node, Project
from agents.repository import Repository
from agents.sandbox.client import Worker
from agents.sandbox.stage import GOOD, NOW, Stage, world
from agents.verify import worlds
from agents.warehouse import columns, quoted


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
    drift: TableDrift
    known: worlds.Names
    """Other names under which earlier repairs already read the source's columns."""


@dataclass(frozen=True)
class Judged:
    """The checks, and what the sandbox built for them."""

    checks: tuple[Check, ...]
    affected: tuple[str, ...] = ()
    fingerprints: dict[str, Fingerprint] = field(default_factory=dict)


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


def judge(case: Judging) -> Judged:
    """Run every check of the proposal's claims but agreement, which compares candidates.

    Leaves the sandbox's project as the proposal wants it. Raises SandboxError where it cannot run.
    """
    names = [case.graph.nodes[uid].name for uid in case.proposal.nodes]
    original = case.worker.ask("compile", select=names)
    original_text = {_inside(case, f.path): f.before for f in case.proposal.files}
    repaired_text = {_inside(case, f.path): f.after for f in case.proposal.files}
    case.worker.ask("write", files=repaired_text)
    repaired = case.worker.ask("compile", select=names)
    if repaired["error"] or original["error"]:
        broken = repaired["error"] or original["error"]
        return Judged((Check(name="failure_gone", passed=False, measured=str(broken), allowed="the project compiles"),))
    compared = [_deliver(case, uid, original["sql"][uid], repaired["sql"][uid]) for uid in case.proposal.nodes]
    checks = [check(compared) for check in PER_MODEL]
    if not all(c.passed for c in checks):
        return Judged(tuple(checks))
    wanted = dict.fromkeys((*case.graph.downstream(*case.proposal.nodes), *case.rebuild))
    affected = tuple(uid for uid in wanted if uid not in set(case.blocked))
    built = case.worker.ask("build", select=_built_names(case, affected), exclude=_names(case, case.blocked))
    checks += [_gone(built), _tests(built), _rows(case, built), _rollback(case, original_text, names, original["sql"])]
    prints = {uid: Fingerprint(**p) for uid, p in built["fingerprints"].items()}
    return Judged(tuple(checks), affected, prints)


def _inside(case: Judging, path: str) -> str:
    prefix = case.project.prefix
    return path.removeprefix(f"{prefix}/") if prefix else path


def _names(case: Judging, ids: tuple[str, ...]) -> list[str]:
    return [case.graph.nodes[uid].name for uid in ids if uid in case.graph.nodes]


def _built_names(case: Judging, ids: tuple[str, ...]) -> list[str]:
    kinds = ("model", "snapshot", "seed")
    return [case.graph.nodes[uid].name for uid in ids if case.graph.nodes[uid].kind in kinds]


def _deliver(case: Judging, model: str, original: str, repaired: str) -> Deliveries:
    source, changes = case.source, case.proposal.changes
    with world(case.stage, {}) as db:
        good = tuple(columns(db, quoted(GOOD, source.schema, source.identifier)))
        now = tuple(columns(db, quoted(NOW, source.schema, source.identifier)))
        rows = db.execute("select schema_name, table_name from duckdb_tables() where database_name = ?", [GOOD])
        views = db.execute("select schema_name, view_name from duckdb_views() where database_name = ?", [GOOD])
        relations = {(str(s), str(t)) for s, t in rows.fetchall() + views.fetchall()}

    def ask(sql: str, query: str) -> dict[str, Any]:
        held = worlds.delivery(case.graph, model, relations, source, query)
        answer: dict[str, Any] = case.worker.ask("evaluate", sql=sql, views=held)
        return answer

    old, current = worlds.old_delivery(source), worlds.current_delivery(source)
    return Deliveries(
        model=case.graph.nodes[model].name,
        old_by_original=ask(original, old),
        old_by_repaired=ask(repaired, old),
        new_by_repaired=ask(repaired, worlds.new_delivery(source, changes, good, case.known)),
        now_by_original=ask(original, current),
        now_by_repaired=ask(repaired, current),
        undone_by_original=ask(original, worlds.undone_delivery(source, changes, now, case.known)),
    )


def _difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    """What differs between two contents; empty where nothing does."""
    for side in (one, other):
        if side["error"]:
            return str(side["error"]).splitlines()[0]
    a, b = Fingerprint(**one["fingerprint"]), Fingerprint(**other["fingerprint"])
    if a == b:
        return ""
    moved = sorted(n for n in a.columns.keys() | b.columns.keys() if a.columns.get(n) != b.columns.get(n))
    return f"{a.rows:,} rows against {b.rows:,}; columns that differ: {', '.join(moved) or 'none, but their rows do'}"


def _identical(
    name: str, allowed: str, pair: Callable[[Deliveries], tuple[dict[str, Any], dict[str, Any]]]
) -> Callable[[list[Deliveries]], Check]:
    def check(compared: list[Deliveries]) -> Check:
        differing = {d.model: words for d in compared if (words := _difference(*pair(d)))}
        prints = [pair(d)[0]["fingerprint"] for d in compared]
        rows = sum(p["rows"] for p in prints if p)
        width = sum(len(p["columns"]) for p in prints if p)
        measured = "; ".join(f"{m}: {w}" for m, w in differing.items()) or (
            f"{width} columns of {rows:,} rows, each whole column and all together: same hashes"
        )
        return Check(name=name, passed=not differing, measured=measured, allowed=allowed)

    return check


def _reproduced(compared: list[Deliveries]) -> Check:
    words = {d.model: _difference(d.now_by_original, d.undone_by_original) for d in compared}
    seen = {m: w for m, w in words.items() if w}
    return Check(
        name="failure_reproduced",
        passed=bool(seen),
        measured="; ".join(f"{m}: {w}" for m, w in seen.items()) or "the unrepaired text gives the same result",
        allowed="the unrepaired text fails, or says something else than without the rename",
    )


def _types(compared: list[Deliveries]) -> Check:
    moved = {d.model: _retyped(d) for d in compared}
    words = "; ".join(f"{m}: {', '.join(c)}" for m, c in moved.items() if c)
    count = sum(len(d.old_by_original["types"]) for d in compared)
    return Check(
        name="types_unchanged",
        passed=not words,
        measured=words or f"{count} columns, same names, types and order",
        allowed="names, types and order of the columns as before",
    )


def _retyped(d: Deliveries) -> list[str]:
    before, after = d.old_by_original["types"], d.now_by_repaired["types"]
    if list(before.items()) == list(after.items()):
        return []
    moved = [f"{n}: {t} -> {after.get(n, 'gone')}" for n, t in before.items() if after.get(n) != t]
    return moved or ["the order of the columns"]


PER_MODEL: tuple[Callable[[list[Deliveries]], Check], ...] = (
    _reproduced,
    _identical(
        "old_delivery_identical",
        "the last good sources give the last good result, hash for hash",
        lambda d: (d.old_by_original, d.old_by_repaired),
    ),
    _identical(
        "new_delivery_identical",
        "the last good sources under the new names give the last good result, hash for hash",
        lambda d: (d.old_by_original, d.new_by_repaired),
    ),
    _identical(
        "unaffected_identical",
        "on today's sources, the repair gives what undoing the rename upstream would give, and nothing else moves",
        lambda d: (d.undone_by_original, d.now_by_repaired),
    ),
    _types,
)


def _gone(built: dict[str, Any]) -> Check:
    broken = [o for o in built["outcomes"] if o["status"] in ("error", "runtime error")]
    words = built["error"] or "; ".join(f"{o['id']}: {o['message'].splitlines()[0]}" for o in broken)
    models = [o for o in built["outcomes"] if o["id"].startswith(("model.", "snapshot.")) and o["status"] == "success"]
    return Check(
        name="failure_gone",
        passed=not words and bool(models),
        measured=words or f"{len(models)} models built in the sandbox",
        allowed="the changed models and everything below them build",
    )


def _tests(built: dict[str, Any]) -> Check:
    tests = [o for o in built["outcomes"] if o["id"].startswith(("test.", "unit_test."))]
    failed = [o for o in tests if o["status"] not in ("pass", "warn", "success")]
    words = "; ".join(f"{o['id']}: {o['status']} {o['message']}".splitlines()[0] for o in failed)
    return Check(
        name="tests_pass",
        passed=not failed,
        measured=words or f"{len(tests)} of {len(tests)} tests below the change pass",
        allowed="every test downstream passes",
    )


def _rows(case: Judging, built: dict[str, Any]) -> Check:
    shrink = min(1.0, case.drift.rows_after / case.drift.rows_before) if case.drift.rows_before else 1.0
    lost, seen = [], 0
    with world(case.stage, {}) as db:
        for uid, after in built["fingerprints"].items():
            node = case.graph.nodes[uid]
            name = quoted(GOOD, node.schema, node.identifier)
            try:
                row = db.execute(f"select count(*) from {name}").fetchone()
            except duckdb.CatalogException:  # a model that is new since the last good state has nothing to lose
                continue
            before = row[0] if row else 0
            seen += 1
            if after["rows"] < before * shrink:
                lost.append(f"{node.name}: {before:,} -> {after['rows']:,} rows")
    return Check(
        name="rows_kept",
        passed=not lost,
        measured="; ".join(lost) or f"{seen} models have at least the rows of the last good state",
        allowed="no model loses rows that its source did not lose",
    )


def _rollback(case: Judging, original: dict[str, str | None], names: list[str], before: dict[str, str]) -> Check:
    """Take the change back in the sandbox, compare, and put it in again."""
    repository = Repository(case.project.repo)
    same_text = all(repository.read(case.base, f.path) == f.before for f in case.proposal.files)
    case.worker.ask("write", files=original)
    again = case.worker.ask("compile", select=names)
    case.worker.ask("write", files={_inside(case, f.path): f.after for f in case.proposal.files})
    same = same_text and again["sql"] == before and not again["error"]
    return Check(
        name="rollback_rehearsed",
        passed=same,
        measured=f"{len(original)} file(s) put back: text and compiled SQL as before" if same else "not as before",
        allowed="putting the files back restores text and compiled SQL exactly",
    )
