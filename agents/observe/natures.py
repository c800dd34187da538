"""In which way a column says something else about the same rows: another unit, other codes, another writing, a swap.

Reads the temp table `adp_pairs`: one row for a key that the last good state and the source now share, with column
number i as `a<i>` (then) and `b<i>` (now). What follows no single rule is an ordinary update, and no drift.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

import duckdb

from agents.contracts import ColumnChange
from agents.observe.pair import FOLLOWS, MAJORITY, MINIMUM_ROWS, Pair, changed_so, text
from agents.observe.profile import FEW
from agents.observe.writings import reformatted, rewritten

PART = 0.05
"""Share of rows that is enough where the rule can only be a fault: another unit, a value that was renamed."""
ORDINARY = (0.8, 1.25)
"""Prices rise and interest is paid within these factors, for all rows alike; no unit is that near to another."""
REPEATS = 5
"""Rows for each code: what is different in every row follows any rule."""
UNITS = (24, 7, 12, 1.609344, 2.204623, 2.54, 3.28084, 0.3048, 28.3495, 4.184, 3.785412, 1.8)
"""Factors below 5 or not powers of ten that are units and hardly ever price rises; and their inverses."""


def natures(db: duckdb.DuckDBPyConnection, pairs: Iterable[Pair]) -> tuple[ColumnChange, ...]:
    """What happened to the changed columns, each at most once."""
    moved = [p for p in pairs if p.changed]
    found = list(_swapped(db, [p for p in moved if p.share >= PART]))
    done = {c.name for c in found}
    for pair in moved:
        if pair.name not in done and (change := _nature(db, pair)):
            found.append(change)
    return tuple(found)


def _nature(db: duckdb.DuckDBPyConnection, pair: Pair) -> ColumnChange | None:
    kinds = (pair.family, pair.family_now)
    if kinds == ("number", "number"):
        return _rescaled(db, pair) or _recoded(db, pair)
    if kinds == ("moment", "moment"):
        return _shifted(db, pair)
    if kinds == ("text", "text"):
        # A list of codes that all changed says more than that they are written otherwise.
        return (
            rewritten(db, pair)
            or (None if pair.key else _recoded(db, pair))
            or reformatted(db, pair)
            or _recoded(db, pair)
        )
    if kinds == ("BOOLEAN", "BOOLEAN") or kinds in (("text", "number"), ("number", "text")):
        return _recoded(db, pair)
    return None


def _rescaled(db: duckdb.DuckDBPyConnection, pair: Pair) -> ColumnChange | None:
    known = f"{pair.a} <> 0 and {pair.b} is not null"
    rows = f"(select {pair.a}::double as a, {pair.b}::double as b from adp_pairs where {known})"
    found = db.execute(
        f"with p as {rows}, c as (from p where a <> b) select (select count(*) from p), count(*), "
        "count(distinct a), median(b / a) filter (where abs(a) >= (select median(abs(a)) from c)), median(abs(b)), "
        f"{', '.join(f'avg((abs(b - round(b, {d})) <= 1e-9 * greatest(abs(b), 1))::int)' for d in range(5))} from c"
    ).fetchone()
    if found is None or found[1] < MINIMUM_ROWS or found[2] < 3 or not found[3]:
        return None
    total, changed, _, rough, size, *whole = found
    decimals = next((d for d, share in enumerate(whole) if share >= 0.99), None)
    rounding = 0.0 if decimals is None else 0.501 * 10.0**-decimals
    near = max(rounding if rounding <= 0.02 * size else 0.0, 1e-12)
    fits = f"abs(b - {{r}} * a) <= greatest(1e-6 * abs(b), {near!r})"
    exact = db.execute(
        f"select sum(a * b) / sum(a * a) from {rows} where a <> b and abs(b / a - {rough!r}) <= 0.01 * abs({rough!r})"
    ).fetchone()
    if not exact or not exact[0]:
        return None
    for digits in (*range(1, 8), 15):
        factor = float(f"{exact[0]:.{digits}g}")
        share = _one(db, f"select avg(({fits.format(r=repr(factor))})::int) from {rows} where a <> b")
        if factor != 1 and share >= FOLLOWS:
            if ORDINARY[0] < factor < ORDINARY[1] or not (
                changed >= MAJORITY * total or (changed >= PART * total and _a_unit(factor))
            ):
                return None
            words = f"x {factor:.7g} in {share:.1%} of the {changed:,} rows that changed, of {total:,}"
            return changed_so(db, pair, "rescaled", words)
    return _linear(db, pair, rows, changed / total, near)


def _linear(db: duckdb.DuckDBPyConnection, pair: Pair, rows: str, share: float, near: float) -> ColumnChange | None:
    """Another scale with another zero, as of temperatures."""
    found = db.execute(f"select regr_slope(b, a), regr_intercept(b, a), count(distinct a) from {rows}").fetchone()
    if not found or not found[0] or found[2] < 10 or share < MAJORITY or ORDINARY[0] < found[0] < ORDINARY[1]:
        return None
    slope, zero = float(found[0]), float(found[1])
    follows = _one(
        db, f"select avg((abs(b - ({slope!r} * a + {zero!r})) <= greatest(1e-4 * abs(b), {near!r}))::int) from {rows}"
    )
    if follows < FOLLOWS:
        return None
    return changed_so(db, pair, "rescaled", f"x {slope:.6g} {zero:+.6g} in {follows:.1%} of the rows")


def _a_unit(factor: float) -> bool:
    size = abs(factor)
    units = any(abs(size / u - 1) < 0.005 or abs(size * u - 1) < 0.005 for u in UNITS)
    return size >= 5 or size <= 0.2 or units


def _shifted(db: duckdb.DuckDBPyConnection, pair: Pair) -> ColumnChange | None:
    """The same moments in another time zone: up to three distances in quarters of an hour, in most rows."""
    there = _one(db, f"select count(*) from adp_pairs where {pair.a} is not null and {pair.b} is not null")
    if pair.changed < MINIMUM_ROWS or pair.changed < MAJORITY * there:
        return None
    rows = db.execute(
        f"select epoch({pair.b}::timestamp) - epoch({pair.a}::timestamp) as s, count(*), count(distinct {pair.a}) "
        f"from adp_pairs where {pair.a} <> {pair.b} group by s order by 2 desc limit 3"
    ).fetchall()
    zones = [(s, n, d) for s, n, d in rows if s % 900 == 0 and abs(s) <= 14 * 3600]
    if sum(n for _, n, _ in zones) < FOLLOWS * pair.changed or sum(d for *_, d in zones) < 3:
        return None
    hours = ", ".join(f"{s / 3600:+g} h" for s, *_ in zones)
    return changed_so(db, pair, "retyped", f"the same moments in another time zone ({hours})")


def _recoded(db: duckdb.DuckDBPyConnection, pair: Pair) -> ColumnChange | None:
    """Other values, one to one."""
    a, b = text(pair.a, pair.family), text(pair.b, pair.family_now)
    found = db.execute(
        f"select {a} as a, {b} as b, count(*) as n from adp_pairs "
        f"where a is not null and b is not null group by all order by n desc limit {FEW * FEW}"
    ).fetchall()
    olds = dict.fromkeys(old for old, _, _ in found)
    if not 2 <= len(olds) <= FEW:
        return None
    mapping: dict[str, str] = {}
    for old, new, _ in found:  # most frequent first
        mapping.setdefault(old, new)
    if sum(n for *_, n in found) < REPEATS * len(olds):
        return None
    total, follows = sum(n for *_, n in found), sum(n for old, new, n in found if mapping[old] == new)
    moved = {old: new for old, new in mapping.items() if new != old}
    changed = sum(n for old, new, n in found if mapping[old] == new and old in moved)
    one_to_one = len(set(mapping.values())) == len(mapping)
    if not one_to_one or follows < FOLLOWS * total or changed < MINIMUM_ROWS or _no_codes(pair, moved):
        return None
    renamed = changed >= PART * total and not set(moved.values()) & set(olds) and pair.family == "text"
    if not (changed >= MAJORITY * total or renamed):
        return None
    shown = "values not shown" if pair.personal else ", ".join(f"{o!r} -> {n!r}" for o, n in list(moved.items())[:12])
    return changed_so(db, pair, "recoded", f"{shown} in {follows / total:.1%} of {total:,} rows")


def _no_codes(pair: Pair, moved: dict[str, str]) -> bool:
    """Whether numbers have fractions, keep their order (counts that went on), or are texts with a unit: no codes."""
    if pair.family != "number":
        return False
    if pair.family_now == "number":
        steps = sorted((float(old), float(new)) for old, new in moved.items())
        return any(v % 1 for step in steps for v in step) or all(x[1] < y[1] for x, y in pairwise(steps))
    return any(ch.isdigit() for new in moved.values() for ch in new)


def _swapped(db: duckdb.DuckDBPyConnection, pairs: Sequence[Pair]) -> Iterable[ColumnChange]:
    taken: set[str] = set()
    for one, two in _alike(db, list(combinations(pairs[:40], 2))):
        if {one.name, two.name} & taken:
            continue
        a, b = text(one.a, one.family), text(two.a, two.family)
        x, y = text(one.b, one.family_now), text(two.b, two.family_now)
        found = db.execute(
            f"select count(*), count(*) filter (where {_equal(x, b)} and {_equal(y, a)}) "
            f"from adp_pairs where {a} is distinct from {b}"
        ).fetchone()
        assert found is not None
        rows, swapped = found
        if (rows >= MINIMUM_ROWS and swapped >= FOLLOWS * rows) or 5 <= rows == swapped:
            taken |= {one.name, two.name}
            words = f"{swapped / rows:.1%} of {rows:,} rows hold each other's value"
            for this, other in ((one, two), (two, one)):
                yield ColumnChange(name=this.name, change="swapped", other=other.name, words=words)


def _alike(db: duckdb.DuckDBPyConnection, pairs: list[tuple[Pair, Pair]]) -> list[tuple[Pair, Pair]]:
    """Pairs that some rows do not rule out: all pairs are asked at once."""
    if not pairs:
        return []
    asked = ", ".join(
        f"avg(({_equal(text(one.b, one.family_now), text(two.a, two.family))})::int)" for one, two in pairs
    )
    row = db.execute(f"select {asked} from (from adp_pairs limit 200)").fetchone()
    assert row is not None
    return [pair for pair, share in zip(pairs, row, strict=True) if share is not None and share >= 0.9]


def _equal(one: str, other: str) -> str:
    """Equal as texts, or as numbers where a swap moved text into a number's column."""
    numbers = f"coalesce(try_cast({one} as double) = try_cast({other} as double), false)"
    return f"({one} is not distinct from {other} or {numbers})"


def _one(db: duckdb.DuckDBPyConnection, sql: str) -> float:
    row = db.execute(sql).fetchone()
    return float(row[0]) if row and row[0] is not None else 0.0
