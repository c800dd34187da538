"""Agreement without common keys: does the new column move as the old one moved from drop to drop?

Significance tests reject the right answer on real data, because seasons move distributions. Compared
are effect sizes, against how far the same column moved between earlier drops, and relations with
columns that did not change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import sqrt

import duckdb

from agents.warehouse import quoted

SMALL_EFFECT = 0.2
"""Shift in standard deviations that counts as small (Cohen 1988); smaller ones are never held against a column."""
SHARE_STEP = 0.1
"""The same for shares of rows."""
HISTORY_FACTOR = 2.0
"""A shift up to this multiple of the largest one in the column's own history is allowed."""
MINIMUM_ROWS = 20
CHUNKS = 8
MARGIN = 0.25
"""By which the best candidate's score must lead every other's."""


@dataclass(frozen=True)
class Component:
    """One statistic: how far it moved and how far it may."""

    name: str
    moved: float
    allowed: float

    @property
    def ratio(self) -> float:
        """1 at the limit."""
        return self.moved / self.allowed


@dataclass(frozen=True)
class HistoryAgreement:
    """How far a candidate is from what the column's own history allows."""

    rows: int
    components: tuple[Component, ...]
    medians: tuple[float | None, ...] = ()
    labels: tuple[str, ...] = ()
    candidate_median: float | None = None

    @property
    def worst(self) -> Component:
        """The component that decides."""
        return max(self.components, key=lambda c: c.ratio)

    @property
    def score(self) -> float:
        """0 at best; above 1 is rejected."""
        return self.worst.ratio

    @property
    def passed(self) -> bool:
        """Every component within its limit, on enough rows."""
        return self.rows >= MINIMUM_ROWS and self.score <= 1

    @property
    def words(self) -> str:
        """The figures, for a certificate."""
        worst = self.worst
        return (
            f"{self.rows:,} new rows; worst of {len(self.components)} statistics: {worst.name} "
            f"moved {worst.moved:.3g}, allowed {worst.allowed:.3g}"
        )


@dataclass(frozen=True)
class History:
    """The good state of a source cut into drops, and the rows that speak for the candidates."""

    good: str
    """Table of the last good state."""
    chunk: str
    """SQL that numbers or names the drop of a good row."""
    labels: tuple[str, ...]
    stayed: dict[str, str] = field(default_factory=dict)
    """Column -> type of columns that did not change."""
    arrived: int = 0
    """Rows that came since; 0 where that is unknown, and then the share of nulls is not compared."""


def cut(db: duckdb.DuckDBPyConnection, good: str, now: str, stayed: dict[str, str]) -> History:
    """Cut the good state into drops: by a column whose values never repeat between good and new rows, else evenly."""
    best: tuple[int, str] | None = None
    for column in stayed:
        c = quoted(column)
        found = db.execute(f"select approx_count_distinct({c}), count({c}) = count(*) from {good}").fetchone()
        if not found or not 3 <= found[0] <= 120 or not found[1]:
            continue
        overlap = db.execute(f"select count(*) from {now} where {c} in (select distinct {c} from {good})").fetchone()
        if overlap and overlap[0] == 0 and (best is None or found[0] > best[0]):
            best = (found[0], column)
    if best is not None:
        chunk = f"{quoted(best[1])}::varchar"
        rows = db.execute(f"select {chunk}, min({quoted(best[1])}) as first from {good} group by 1 order by first")
        return History(good, chunk, tuple(str(r[0]) for r in rows.fetchall()), stayed)
    chunk = f"least({CHUNKS - 1}, rowid * {CHUNKS} // (select max(rowid) + 1 from {good}))::varchar"
    return History(good, chunk, tuple(str(i) for i in range(CHUNKS)), stayed)


def history_agrees(
    db: duckdb.DuckDBPyConnection, history: History, now: str, old: str, new: str, kinds: tuple[str, str]
) -> HistoryAgreement:
    """Compare `new` over the rows of `now` with `old` over the good state; `kinds` are their two families."""
    if kinds[0] != kinds[1]:
        return HistoryAgreement(0, (Component(f"type family {kinds[0]} -> {kinds[1]}", 2, 1),))
    counted = db.execute(f"select count({quoted(new)}) from {now}").fetchone()
    rows = counted[0] if counted else 0
    if rows < MINIMUM_ROWS:
        return HistoryAgreement(rows, (Component("rows with a value", 2, 1),))
    filled = _filled(db, history, old, rows)
    if kinds[0] == "text":
        return HistoryAgreement(rows, (*_text(db, history, now, old, new), *filled))
    agreed = _numbers(db, history, now, old, new, rows)
    return replace(agreed, components=(*agreed.components, *filled))


def _filled(db: duckdb.DuckDBPyConnection, history: History, old: str, rows: int) -> tuple[Component, ...]:
    """The share of nulls among the rows that arrived, against that of each drop."""
    if not history.arrived:
        return ()
    good = db.execute(
        f"select avg(({quoted(old)} is null)::int) from {history.good} group by {history.chunk}"
    ).fetchall()
    shares = [float(r[0]) for r in good]
    share = max(1 - rows / history.arrived, 0.0)
    outside = max(min(shares) - share, share - max(shares), 0.0)
    return (Component("null share", outside, max(SHARE_STEP, HISTORY_FACTOR * (max(shares) - min(shares)))),)


def family(kind: str) -> str:
    """`number`, `moment`, `text` or the type itself: what may be compared with what."""
    if kind.startswith(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U", "FLOAT", "DOUBLE", "DECIMAL")):
        return "number" if kind != "UUID" else "text"
    if kind.startswith(("TIMESTAMP", "DATE")):
        return "moment"
    return "text" if kind.startswith("VARCHAR") else kind


def _as_number(column: str, kind: str) -> str:
    c = quoted(column)
    return {"moment": f"epoch({c}::timestamp)", "number": f"{c}::double"}.get(family(kind), f"{c}::int::double")


def _numbers(
    db: duckdb.DuckDBPyConnection, history: History, now: str, old: str, new: str, rows: int
) -> HistoryAgreement:
    kind_old, kind_new = _kind(db, history.good, old), _kind(db, now, new)
    a, b = _as_number(old, kind_old), _as_number(new, kind_new)
    stats = "avg({x}), quantile_cont({x}, 0.1), median({x}), quantile_cont({x}, 0.9)"
    shares = "avg(({x} = 0)::int), avg(({x} < 0)::int), avg(({x} = floor({x}))::int)"
    names = [
        "mean",
        "10% quantile",
        "median",
        "90% quantile",
        "zero share",
        "negative share",
        "whole share",
    ]
    good_rows = db.execute(
        f"select {history.chunk} as chunk, {stats.format(x=a)}, {shares.format(x=a)} from {history.good} group by 1"
    ).fetchall()
    by_label = {r[0]: r[1:] for r in good_rows}
    series = [by_label[label] for label in history.labels if label in by_label and by_label[label][0] is not None]
    candidate = db.execute(f"select {stats.format(x=b)}, {shares.format(x=b)} from {now}").fetchone()
    spread_row = db.execute(f"select stddev_pop({a}) from {history.good}").fetchone()
    assert candidate is not None
    spread = (spread_row[0] if spread_row else None) or 0.0
    components = []
    for position, name in enumerate(names):
        values = [float(s[position] or 0.0) for s in series]
        value, share = float(candidate[position] or 0.0), position >= 4
        scale = 1.0 if share else (spread or max(abs(values[-1]), 1.0) * 1e-9)
        shifts = [abs(y - x) / scale for x, y in pairwise(values)]
        floor = SHARE_STEP if share else max(SMALL_EFFECT, 3 / sqrt(rows))
        nearest = min(abs(value - values[-1]), *(abs(value - v) for v in values)) / scale
        components.append(Component(name, nearest, max(floor, HISTORY_FACTOR * max(shifts, default=0.0))))
    components += _relations(db, history, now, a, b, old, new)
    medians = tuple(float(s[2]) if s[2] is not None else None for s in series)
    labels = tuple(label for label in history.labels if label in by_label and by_label[label][0] is not None)
    return HistoryAgreement(rows, tuple(components), medians, labels, candidate[2])


def _relations(
    db: duckdb.DuckDBPyConnection, history: History, now: str, a: str, b: str, old: str, new: str
) -> list[Component]:
    """Correlation and equality with each unchanged number, against their own range over the drops."""
    others = [c for c, kind in history.stayed.items() if family(kind) in ("number", "moment") and c != old]
    if not others:
        return []
    asked_good, asked_now = [], []
    for other in others:
        x = _as_number(other, history.stayed[other])
        asked_good.append(f"corr({a}, {x}), avg(({a} = {x})::int)")
        asked_now.append(f"corr({b}, {x}), avg(({b} = {x})::int)")
    good = db.execute(f"select {', '.join(asked_good)} from {history.good} group by {history.chunk}").fetchall()
    fresh = db.execute(f"select {', '.join(asked_now)} from {now}").fetchone()
    assert fresh is not None
    found = []
    for position, other in enumerate(others):
        for offset, words in ((0, "correlation"), (1, "equality")):
            values = [float(r[2 * position + offset]) for r in good if _finite(r[2 * position + offset])]
            value = fresh[2 * position + offset]
            if not values or not _finite(value):
                continue
            low, high = min(values), max(values)
            outside = max(low - value, value - high, 0.0)
            found.append(Component(f"{words} with {other}", outside, max(SHARE_STEP, high - low)))
    return found


def _finite(value: object) -> bool:
    return isinstance(value, float | int) and value == value and abs(value) != float("inf")


def _text(db: duckdb.DuckDBPyConnection, history: History, now: str, old: str, new: str) -> list[Component]:
    """Known values, shapes (letters to a, digits to 9), lengths and nulls."""
    a, b = f"{quoted(old)}::varchar", f"{quoted(new)}::varchar"
    found = []
    for name, form in (("values seen before", "{x}"), ("shapes seen before", _SHAPE)):
        x, y = form.format(x=a), form.format(x=b)
        usual = _usual_overlap(db, history, x)
        seen = db.execute(
            f"select avg(({y} in (select distinct {x} from {history.good} where {x} is not null))::int) "
            f"from {now} where {y} is not null"
        ).fetchone()
        share = float(seen[0]) if seen and seen[0] is not None else 0.0
        found.append(Component(name, max(usual - share, 0.0), SHARE_STEP))
    for name, form, floor in (("mean length", "avg(length({x}))", 1.0),):
        good = db.execute(f"select {form.format(x=a)} from {history.good} group by {history.chunk}").fetchall()
        values = [float(r[0]) for r in good if r[0] is not None]
        value = db.execute(f"select {form.format(x=b)} from {now}").fetchone()
        if values and value and value[0] is not None:
            outside = max(min(values) - value[0], value[0] - max(values), 0.0)
            found.append(Component(name, outside, max(floor, HISTORY_FACTOR * (max(values) - min(values)))))
    found += _same_values(db, history, now, a, b, old)
    return found


_SHAPE = "regexp_replace(regexp_replace({x}, '[[:alpha:]]', 'a', 'g'), '[0-9]', '9', 'g')"


def _usual_overlap(db: duckdb.DuckDBPyConnection, history: History, x: str) -> float:
    """Least share, over the drops, of rows whose value also occurs in another drop."""
    row = db.execute(
        f"with v as (select {history.chunk} as chunk, {x} as v, count(*) as n from {history.good} "
        f"where {x} is not null group by all), "
        "w as (select v, count(distinct chunk) as chunks from v group by v), "
        "s as (select chunk, sum(n) filter (where chunks > 1) / sum(n) as share "
        "from v join w using (v) group by chunk) "
        "select min(coalesce(share, 0)) from s"
    ).fetchone()
    return float(row[0]) if row and row[0] is not None else 0.0


def _same_values(
    db: duckdb.DuckDBPyConnection, history: History, now: str, a: str, b: str, old: str
) -> list[Component]:
    """How often the column equals each unchanged text column."""
    others = [c for c, kind in history.stayed.items() if family(kind) == "text" and c != old]
    if not others:
        return []
    good = db.execute(f"select {_equalities(a, others)} from {history.good} group by {history.chunk}").fetchall()
    fresh = db.execute(f"select {_equalities(b, others)} from {now}").fetchone()
    found = []
    for position, other in enumerate(others):
        values = [float(r[position]) for r in good if r[position] is not None]
        if values and fresh and fresh[position] is not None:
            outside = max(min(values) - fresh[position], fresh[position] - max(values), 0.0)
            found.append(Component(f"equality with {other}", outside, max(SHARE_STEP, max(values) - min(values))))
    return found


def _equalities(x: str, others: Sequence[str]) -> str:
    return ", ".join(f"avg(({x} = {quoted(o)})::int)" for o in others)


def _kind(db: duckdb.DuckDBPyConnection, relation: str, column: str) -> str:
    rows: Sequence[tuple[str, ...]] = db.execute(f"describe select {quoted(column)} from {relation}").fetchall()
    return rows[0][1]
