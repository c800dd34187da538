"""One check for each claim of a change to how a source is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from agents.contracts import Check, Fingerprint, QuarantineRows
from agents.readings import undone
from agents.repository import Repository
from agents.sandbox.results import mark_apart, may_be_volatile, volatile
from agents.sandbox.results import prints as contents
from agents.sandbox.stage import GOOD, NOW, world
from agents.verify.blast_radius import blast_radius
from agents.verify.deliveries import Deliveries, Judging, by_building, by_evaluation, inside, names_of
from agents.verify.reached import reached
from agents.warehouse import quoted, reading


@dataclass(frozen=True)
class Judged:
    """The checks, what the rerun builds, and what the sandbox built of it."""

    checks: tuple[Check, ...]
    affected: tuple[str, ...] = ()
    fingerprints: dict[str, Fingerprint] = field(default_factory=dict)


def judge(case: Judging) -> Judged:
    """Run every check of the proposal's claims but agreement, which compares candidates.

    Leaves the sandbox's project as the proposal wants it. Raises SandboxError where it cannot run.
    """
    original = {inside(case, f.path): f.before for f in case.proposal.files}
    models = [path for path, text in original.items() if text is None and path.endswith(".sql")]
    compared = by_building(case) if models else by_evaluation(case)
    if compared.error:
        check = Check(name="failure_gone", passed=False, measured=compared.error, allowed="the project compiles")
        return Judged((check,))
    checks = [check(compared.deliveries) for name, check in PER_MODEL.items() if name in case.proposal.claims]
    if not all(c.passed for c in checks):
        return Judged(tuple(checks))
    reach = reached(case, compared.fixed)
    added = [path.rpartition("/")[2].removesuffix(".sql") for path in models]
    select = list(dict.fromkeys((*added, *_built_names(case, reach.build))))
    wanted = [*select, *reach.tests]
    built = case.worker.ask("build", select=wanted, exclude=names_of(case, case.blocked), named_tests=True)
    waiting = [c for c in case.changes if isinstance(c, QuarantineRows)]
    rows = _accounted(case, waiting[0], built) if waiting else _rows(case, built)
    checks += [_gone(built), _tests(built), rows, _rollback(case, original)]
    checks.append(blast_radius(case, reach))
    prints = mark_apart(contents(built), _volatile(case, reach.build, select, built))
    return Judged(tuple(checks), _rebuilt(case), prints)


def _rebuilt(case: Judging) -> tuple[str, ...]:
    """What the rerun builds: everything below the change, and what reads other sources that moved."""
    wanted = dict.fromkeys((*case.graph.downstream(*case.proposal.nodes), *case.rebuild, *case.stale))
    return tuple(uid for uid in wanted if uid not in set(case.blocked))


def _volatile(
    case: Judging, affected: tuple[str, ...], select: list[str], built: dict[str, Any]
) -> dict[str, tuple[str, ...]]:
    """Columns that a second build of the same text fills otherwise."""
    nodes = [case.graph.nodes[uid] for uid in affected if uid in case.graph.nodes]
    if not may_be_volatile(nodes):
        return {}
    continued = [[n.schema, n.identifier] for n in nodes if n.continues]
    if continued:
        case.worker.ask("reset", relations=continued, fresh=False)
    untested = ["resource_type:test", "resource_type:unit_test"]
    again = case.worker.ask("build", select=select, exclude=[*names_of(case, case.blocked), *untested])
    return volatile(contents(built), contents(again))


def _built_names(case: Judging, ids: tuple[str, ...]) -> list[str]:
    kinds = ("model", "snapshot", "seed")
    return [case.graph.nodes[uid].name for uid in ids if case.graph.nodes[uid].kind in kinds]


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
) -> Callable[[Sequence[Deliveries]], Check]:
    def check(compared: Sequence[Deliveries]) -> Check:
        differing = {d.model: words for d in compared if (words := _difference(*pair(d)))}
        prints = [pair(d)[0]["fingerprint"] for d in compared]
        rows = sum(p["rows"] for p in prints if p)
        width = sum(len(p["columns"]) for p in prints if p)
        measured = "; ".join(f"{m}: {w}" for m, w in differing.items()) or (
            f"{width} columns of {rows:,} rows, each whole column and all together: same hashes"
        )
        return Check(name=name, passed=not differing, measured=measured, allowed=allowed)

    return check


def _reproduced(compared: Sequence[Deliveries]) -> Check:
    words = {d.model: _difference(d.now_by_original, d.undone_by_original) for d in compared}
    seen = {m: w for m, w in words.items() if w}
    return Check(
        name="failure_reproduced",
        passed=bool(seen),
        measured="; ".join(f"{m}: {w}" for m, w in seen.items()) or "the unrepaired text gives the same result",
        allowed="the unrepaired text fails, or says something else than without the change upstream",
    )


def _types(compared: Sequence[Deliveries]) -> Check:
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


SLOWER = 10.0
"""Times the run time before from which a repair counts as too slow; below a second nothing is held against it."""


def _run_time(compared: Sequence[Deliveries]) -> Check:
    before = sum(d.undone_by_original.get("seconds", 0.0) for d in compared)
    after = sum(d.now_by_repaired.get("seconds", 0.0) for d in compared)
    return Check(
        name="run_time_kept",
        passed=after <= max(SLOWER * before, 1.0),
        measured=f"{before:.3f} s by the text before, {after:.3f} s by the repaired one, on today's sources",
        allowed=f"at most {SLOWER:g} times as long, or a second",
    )


PER_MODEL: dict[str, Callable[[Sequence[Deliveries]], Check]] = {
    "failure_reproduced": _reproduced,
    "old_delivery_identical": _identical(
        "old_delivery_identical",
        "the last good sources give the last good result, hash for hash",
        lambda d: (d.old_by_original, d.old_by_repaired),
    ),
    "new_delivery_identical": _identical(
        "new_delivery_identical",
        "the last good sources under the new names give the last good result, hash for hash",
        lambda d: (d.old_by_original, d.new_by_repaired),
    ),
    "unaffected_identical": _identical(
        "unaffected_identical",
        "on today's sources, the repair gives what undoing the change upstream would give, and nothing else moves",
        lambda d: (d.undone_by_original, d.now_by_repaired),
    ),
    "types_unchanged": _types,
    "run_time_kept": _run_time,
}
"""One check for each claim that compares a model's content between worlds."""


def _line(message: str) -> str:
    """An error in one line, its head only."""
    return " ".join(message.split())[:400]


def _gone(built: dict[str, Any]) -> Check:
    broken = [o for o in built["outcomes"] if o["status"] in ("error", "runtime error")]
    words = built["error"] or "; ".join(f"{o['id']}: {_line(o['message'])}" for o in broken)
    models = [o for o in built["outcomes"] if o["id"].startswith(("model.", "snapshot.")) and o["status"] == "success"]
    above = ", ".join(o["id"] for o in built["outcomes"] if o["status"] == "fail")
    said = (
        f"{len(models)} models built in the sandbox" if models else f"nothing is built below a test that fails: {above}"
    )
    return Check(
        name="failure_gone",
        passed=not words and bool(models),
        measured=words or said,
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
    # A package's model that the project takes over gets another id, and is known by its name.
    by_name = {n.name: n for n in case.graph.relations() if n.kind in ("model", "snapshot", "seed")}
    with reading(Path(case.stage.files[GOOD])) as db:
        for uid, after in built["fingerprints"].items():
            node = case.graph.nodes.get(uid) or by_name.get(uid.split(".")[2])
            if node is None:  # a model that the repair adds
                continue
            name = quoted(node.schema, node.identifier)
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


def _accounted(case: Judging, change: QuarantineRows, built: dict[str, Any]) -> Check:
    """Every delivered row is either read by the models or in the quarantine's table."""
    with world(case.stage, {}) as db:
        now = quoted(NOW, case.source.schema, case.source.identifier)
        row = db.execute(
            f"select (select count(*) from {now}), (select count(*) from {undone(change, now)})"
        ).fetchone()
    assert row is not None
    name = next((f.path for f in case.proposal.files if f.path.endswith("_quarantine.sql")), "")
    model = name.rpartition("/")[2].removesuffix(".sql")
    held = next((p["rows"] for uid, p in built["fingerprints"].items() if uid.split(".")[2] == model), 0)
    return Check(
        name="rows_accounted",
        passed=held > 0 and row[1] + held == row[0],
        measured=f"{row[0]:,} rows delivered, {row[1]:,} read, {held:,} in {model}",
        allowed="each delivered row is read or in quarantine, none lost and none twice",
    )


def _rollback(case: Judging, original: dict[str, str | None]) -> Check:
    """Take the change back in the sandbox, compare, and put it in again."""
    repository = Repository(case.project.repo)
    same_text = all(repository.read(case.base, f.path) == f.before for f in case.proposal.files)
    case.worker.ask("write", files=original)
    put_back = case.worker.ask("read", paths=list(original)) == original
    case.worker.ask("write", files={inside(case, f.path): f.after for f in case.proposal.files})
    same = same_text and put_back
    return Check(
        name="rollback_rehearsed",
        passed=same,
        measured=f"{len(original)} file(s) put back byte for byte" if same else "not as before",
        allowed="putting the files back restores the text exactly",
    )
