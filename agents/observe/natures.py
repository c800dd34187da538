"""In which way a column says something else about the same rows: another unit, other codes, another writing, a swap.

Reads the temp table `adp_pairs`: one row for a key that the last good state and the source now share, with column
number i as `a<i>` (then) and `b<i>` (now). What follows no single rule is an ordinary update, and no drift.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import duckdb

from agents.contracts import ColumnChange
from agents.observe.keys import plain
from agents.observe.profile import FEW
from agents.readings import MOMENTS, TEXTS

MINIMUM_ROWS = 10
"""Changed rows below which nothing is said about a rule."""
FOLLOWS = 0.98
"""Share of rows that must follow one rule; the rest may be updates of their own."""
MAJORITY = 0.5
"""Share of rows that a new rule concerns where the rule alone would not be strange: prices do rise by 10%."""
PART = 0.05
"""Share of rows that is enough where the rule can only be a fault: another unit, a value that was renamed."""
WRITING = 0.01
"""The same for keys, references and codes in another writing: ordinary work never rewrites those."""
REWRITTEN = 0.2
"""Share of other texts in another writing; cleaned-up names are ordinary below."""
WRITTEN_ROWS = 500
"""Rows that are enough to see how a text is written."""
ORDINARY = (0.8, 1.25)
"""Prices rise and interest is paid within these factors, for all rows alike; no unit is that near to another."""
REPEATS = 5
"""Rows for each code: what is different in every row follows any rule."""
UNITS = (24, 7, 12, 1.609344, 2.204623, 2.54, 3.28084, 0.3048, 28.3495, 4.184, 3.785412, 1.8)
"""Factors below 5 or not powers of ten that are units and hardly ever price rises; and their inverses."""


@dataclass(frozen=True)
class Pair:
    """One column then and now."""

    index: int
    name: str
    family: str
    family_now: str
    few: bool = False
    """Had few values in the good state."""
    key: bool = False
    """Identifies or refers to something."""
    own: bool = False
    """The table's own key: nobody rewrites even one of them."""
    personal: bool = False
    rows: int = 0
    changed: int = 0

    @property
    def a(self) -> str:
        """The value then."""
        return f"a{self.index}"

    @property
    def b(self) -> str:
        """The value now."""
        return f"b{self.index}"

    @property
    def share(self) -> float:
        """Rows whose value changed."""
        return self.changed / self.rows if self.rows else 0.0


def text(column: str, family: str) -> str:
    """A value as text; equal numbers and equal moments are equal texts."""
    inner = {"number": f"{column}::double", "moment": f"{column}::timestamp"}.get(family, column)
    return f"{inner}::varchar"


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
    if kinds == ("text", "text") and (change := _rewritten(db, pair)):
        return change
    if kinds == ("text", "text"):
        # A list of codes that all changed says more than that they are written otherwise.
        return (None if pair.key else _recoded(db, pair)) or _reformatted(db, pair) or _recoded(db, pair)
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
            return _change(db, pair, "rescaled", words)
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
    return _change(db, pair, "rescaled", f"x {slope:.6g} {zero:+.6g} in {follows:.1%} of the rows")


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
    return _change(db, pair, "retyped", f"the same moments in another time zone ({hours})")


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
    return _change(db, pair, "recoded", f"{shown} in {follows / total:.1%} of {total:,} rows")


def _no_codes(pair: Pair, moved: dict[str, str]) -> bool:
    """Whether numbers have fractions, keep their order (counts that went on), or are texts with a unit: no codes."""
    if pair.family != "number":
        return False
    if pair.family_now == "number":
        steps = sorted((float(old), float(new)) for old, new in moved.items())
        return any(v % 1 for step in steps for v in step) or all(x[1] < y[1] for x, y in pairwise(steps))
    return any(ch.isdigit() for new in moved.values() for ch in new)


def _rewritten(db: duckdb.DuckDBPyConnection, pair: Pair) -> ColumnChange | None:
    """Moments or numbers, kept as texts, that most rows write in another way now: one that casts do not read alike."""
    if pair.changed < max(MINIMUM_ROWS, MAJORITY * pair.rows):
        return None
    rows = f"(select {pair.a} as a, {pair.b} as b from adp_pairs where {pair.a} <> {pair.b} limit {WRITTEN_ROWS})"
    for kind, forms in (("timestamp", _MOMENTS), ("double", _NUMBERS)):
        known = f"try_cast(a as {kind})"
        asked = ", ".join(f"count(*) filter (where {sql} = {known})" for sql in forms.values())
        row = db.execute(
            f"select count(*), count({known}), count(*) filter (where try_cast(b as {kind}) = {known}), {asked} "
            f"from {rows}"
        ).fetchone()
        assert row is not None
        total, castable, alike, *shares = row
        if castable < FOLLOWS * total or alike > (1 - FOLLOWS) * total:
            continue
        if max(shares) >= FOLLOWS * total:
            return _change(db, pair, "retyped", f"the same {_CALLED[kind]} in another writing")
    return None


_MOMENTS = {form: f"try_strptime(b, '{form}')" for form in MOMENTS}
_NUMBERS = {name: f"try_cast({sql.format(x='b')} as double)" for name, sql in TEXTS.items()}
_CALLED = {"timestamp": "moments", "double": "numbers"}
NUMBERS_IN = "list_sort(list_transform(regexp_extract_all({x}, '[0-9]+'), lambda t: try_cast(t as bigint)))"


def _reformatted(db: duckdb.DuckDBPyConnection, pair: Pair) -> ColumnChange | None:
    a, b = f"{pair.a}::varchar", f"{pair.b}::varchar"
    numbers = f"(try_cast({a} as double) <> try_cast({b} as double))"
    letters = "regexp_replace(lower({x}), '[^\\p{{L}}]', '', 'g')"
    dates = (
        f"len(regexp_extract_all({a}, '[0-9]+')) >= 3 and {letters.format(x=a)} = {letters.format(x=b)} "
        f"and {NUMBERS_IN.format(x=a)} = {NUMBERS_IN.format(x=b)}"
    )
    same = f"({plain(a)} = {plain(b)} and {numbers} is not true or {dates})"
    found = db.execute(
        f"with p as (select {a} as a, {b} as b, {same} as same from adp_pairs where a is not null and b is not null) "
        "select count(*), count(*) filter (where a <> b), count(*) filter (where a <> b and same), "
        + ", ".join(f"count(*) filter (where a <> b and same and {form.format(x='b')} = a)" for form in FORMS.values())
        + ", count(*) filter (where a <> b and same and b in (select a from p)) from p"
    ).fetchone()
    assert found is not None
    total, changed, rewritten, *forms, known = found
    if rewritten < (1 if pair.own else 3) or rewritten < WRITING * total:
        return None
    referring = pair.key or (pair.few and known < MAJORITY * rewritten)
    if not referring and (rewritten < REWRITTEN * total or rewritten < 0.9 * changed):
        return None
    simple = next((name for name, n in zip(FORMS, forms, strict=True) if n >= FOLLOWS * rewritten), "")
    how = f"; {simple} brings the old text back" if simple else ""
    words = f"{rewritten:,} of {total:,} rows hold the same text in another writing{how}"
    return _change(db, pair, "reformatted", words)


FORMS = {
    "trim": "trim({x})",
    "lower": "lower({x})",
    "upper": "upper({x})",
    "trim_lower": "lower(trim({x}))",
    "trim_upper": "upper(trim({x}))",
}


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


def _change(db: duckdb.DuckDBPyConnection, pair: Pair, change: str, words: str) -> ColumnChange:
    """With an example, where the values are nobody's secret."""
    example = ""
    if not pair.personal and change != "recoded":
        row = db.execute(
            f"select {pair.a}::varchar, {pair.b}::varchar from adp_pairs "
            f"where {pair.a}::varchar <> {pair.b}::varchar order by hash({pair.a}), 1 limit 1"
        ).fetchone()
        example = f" ({row[0]!r} -> {row[1]!r})" if row else ""
    return ColumnChange.model_validate({"name": pair.name, "change": change, "words": words + example})


def _one(db: duckdb.DuckDBPyConnection, sql: str) -> float:
    row = db.execute(sql).fetchone()
    return float(row[0]) if row and row[0] is not None else 0.0
