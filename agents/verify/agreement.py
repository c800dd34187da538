"""Does the column that arrived mean what the lost one meant? Candidates and rivals, measured by the same code."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from agents.contracts import Chart, MapColumn
from agents.project import Node
from agents.sandbox.stage import GOOD, NOW, Stage, world
from agents.verify import history_agrees as history
from agents.verify import rows_agree as by_rows
from agents.verify.worlds import Names, unified
from agents.warehouse import columns, quoted


@dataclass(frozen=True)
class Measured:
    """One candidate for one column."""

    change: MapColumn
    passed: bool
    score: float
    """Lower is nearer, whatever the method."""
    words: str


@dataclass(frozen=True)
class Agreement:
    """All candidates for one lost column, on one scale."""

    column: str
    method: str
    measured: dict[str, Measured]
    """Name of the candidate column -> how near it is."""
    margin: float
    allowed: str
    chart: Chart | None = None

    def beats_all(self, name: str) -> bool:
        """Whether a candidate passes and leads every other by the margin."""
        best = self.measured[name]
        others = (m for n, m in self.measured.items() if n != name)
        return best.passed and all(not m.passed or m.score >= best.score + self.margin for m in others)


def agreement(
    stage: Stage, source: Node, stayed: dict[str, str], column: str, names: Sequence[str], known: Names
) -> Agreement:
    """Measure each candidate column for one lost column."""
    good, now = (quoted(catalog, source.schema, source.identifier) for catalog in (GOOD, NOW))
    with world(stage, {}) as db:
        good = _one_name(db, good, column, known.get(column, ()))
        arrived = {n.lower(): n for n in columns(db, now)}
        present = [arrived[n.lower()] for n in names if n.lower() in arrived]
        speaking = _speaking(db, now, column if column.lower() in arrived else None, present)
        key = by_rows.key_of(db, good, tuple(stayed))
        if key is not None:
            rows = {n: by_rows.rows_agree(db, good, speaking, key, column, n) for n in present}
            if all(r is not None for r in rows.values()):
                usual = {n: by_rows.rows_agree(db, good, good, key, column, n) for n in present if n in stayed}
                found = {n: r for n, r in rows.items() if r is not None}
                return _from_rows(source, column, key, found, {n: r for n, r in usual.items() if r is not None})
        return _from_history(db, source, good, speaking, stayed, column, present, _arrived(db, good, now))


def _arrived(db: duckdb.DuckDBPyConnection, good: str, now: str) -> int:
    """Rows that came since the last good state; 0 where rows were delivered again."""
    row = db.execute(f"select (select count(*) from {now}) - (select count(*) from {good})").fetchone()
    return max(int(row[0]), 0) if row else 0


def _one_name(db: duckdb.DuckDBPyConnection, good: str, column: str, others: Sequence[str]) -> str:
    """The good state with the lost column under its own name, whatever names it was delivered with so far."""
    query, _ = unified(good, columns(db, good), column, others)
    if query == good:
        return good
    db.execute(f"create or replace temp table good_rows as select * from {query}")
    return "good_rows"


def _speaking(db: duckdb.DuckDBPyConnection, now: str, old: str | None, names: Sequence[str]) -> str:
    """The rows in which a candidate would be read: all, or those where the old name carries nothing."""
    if old is None:
        return now
    arrived = " or ".join(f"{quoted(n)} is not null" for n in names) or "true"
    db.execute(
        f"create or replace temp table speaking as select * from {now} where {quoted(old)} is null and ({arrived})"
    )
    new_only = db.execute("select count(*) from speaking").fetchone()
    return "speaking" if new_only and new_only[0] else now


def _change(source: Node, column: str, name: str) -> MapColumn:
    return MapColumn(source=source.unique_id, relation=source.label, column=column, arrives_as=name)


def _from_rows(
    source: Node,
    column: str,
    key: str,
    rows: dict[str, by_rows.RowAgreement],
    usual: dict[str, by_rows.RowAgreement],
) -> Agreement:
    """`usual`: how far columns that stayed agreed with the lost one all along; only more than that speaks for them."""
    measured = {}
    for name, agreed in rows.items():
        always = usual.get(name)
        words, passed, score = f"{name}: {agreed.words}", agreed.passed, 1 - agreed.score
        if always is not None:
            gained = agreed.score - always.score
            passed, score = passed and gained >= by_rows.MARGIN, 1 - max(gained, 0.0)
            words += f", as {always.share:.2%} did before"
        measured[name] = Measured(_change(source, column, name), passed, score, words)
    allowed = f"kappa at least {by_rows.SAME}, ahead of every other by {by_rows.MARGIN}"
    return Agreement(column, f"rows with the same {key}", measured, by_rows.MARGIN, allowed)


def _from_history(
    db: duckdb.DuckDBPyConnection,
    source: Node,
    good: str,
    speaking: str,
    stayed: dict[str, str],
    column: str,
    names: Sequence[str],
    arrived: int,
) -> Agreement:
    known, fresh = columns(db, good), columns(db, speaking)
    old = next((n for n in known if n.lower() == column.lower()), column)
    unchanged = {c: k for c, k in stayed.items() if c in known and c in fresh}
    past = history.cut(db, good, speaking, unchanged)
    found = {}
    for name in names:
        kinds = (history.family(known[old]), history.family(fresh[name]))
        others = {c: k for c, k in unchanged.items() if c not in names or c == name}
        scoped = history.History(past.good, past.chunk, past.labels, others, arrived)
        found[name] = history.history_agrees(db, scoped, speaking, old, name, kinds)
    measured = {n: Measured(_change(source, column, n), h.passed, h.score, f"{n}: {h.words}") for n, h in found.items()}
    allowed = (
        f"every statistic within {history.HISTORY_FACTOR:g}x its own drop-to-drop history (or a small effect), "
        f"ahead of every other by {history.MARGIN}"
    )
    # Values of a personal column stay out of pictures, as they stay out of profiles.
    chart = None if column.lower() in source.personal else _chart(column, found)
    return Agreement(column, "history from drop to drop", measured, history.MARGIN, allowed, chart)


def _chart(column: str, found: dict[str, history.HistoryAgreement]) -> Chart | None:
    drawn = {n: h for n, h in found.items() if h.medians}
    if not drawn:
        return None
    first = next(iter(drawn.values()))
    series: dict[str, tuple[float | None, ...]] = {column: (*first.medians, None)}
    for name, agreed in drawn.items():
        series[name] = (*([None] * len(first.medians)), agreed.candidate_median)
    return Chart(
        title=f"median of {column} by drop, and of each candidate", labels=(*first.labels, "new"), series=series
    )
