"""Does the column that arrived mean what the lost one meant? Candidates and rivals, measured by the same code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from agents.contracts import Chart
from agents.delivered import as_known
from agents.graph import Node
from agents.masking import personal_name
from agents.sandbox.stage import GOOD, Stage, world
from agents.verify import history_agrees as history
from agents.verify import keys_agree as keys
from agents.verify import rows_agree as by_rows
from agents.verify.worlds import Names
from agents.warehouse import columns, quoted

Readings = Mapping[str, str]
"""Label of a candidate -> SQL for what it makes of the column."""


@dataclass(frozen=True)
class Measured:
    """One candidate for one column."""

    passed: bool
    score: float
    """Lower is nearer, whatever the method."""
    words: str


@dataclass(frozen=True)
class Agreement:
    """All candidates for one column that no longer says what it said, on one scale."""

    column: str
    method: str
    measured: dict[str, Measured]
    """The candidate's label -> how near it is."""
    margin: float
    allowed: str
    chart: Chart | None = None
    same: dict[str, str] = field(default_factory=dict)
    """Label -> the earlier candidate that gives the very same values; not a rival of it."""

    def beats_all(self, name: str) -> bool:
        """Whether a candidate passes and leads every other by the margin."""
        best = self.measured[name]
        others = (m for n, m in self.measured.items() if n != name)
        return best.passed and all(not m.passed or m.score >= best.score + self.margin for m in others)


def agreement(
    stage: Stage,
    source: Node,
    now: str,
    stayed: dict[str, str],
    column: str,
    wanted: Readings,
    known: Names,
    *,
    known_key: tuple[str, ...] = (),
    renamed: bool = False,
    rewritten: bool = False,
    forms: bool = False,
) -> Agreement:
    """Measure each candidate reading of one column; `now` is the source as it is delivered now.

    `renamed`: the labels are columns, and the rows in which the old name still carries values do not speak for them.
    `rewritten`: a key in another writing or type; its own values are what it can be recognised by.
    `forms`: the labels are ways to write the same values. Of codes that some rows have otherwise, leaving these as
    they come stays a rival: they may be new.
    """
    good = quoted(GOOD, source.schema, source.identifier)
    with world(stage, {}) as db:
        good, now = _as_known(db, good, known), as_known(now, columns(db, now), known, ())
        arrived = _arrived(db, good, now)
        if renamed:
            have = {n.lower(): n for n in columns(db, now)}
            present, same = {n: have[n.lower()] for n in wanted if n.lower() in have}, dict[str, str]()
            speaking = _speaking(db, now, column if column.lower() in have else None, list(present.values()))
        else:
            present, same = read_candidates(db, now, wanted)
            speaking = "candidates"
        key, before, after = by_rows.key_of(db, good, tuple(stayed), known_key), good, speaking
        if speaking == "speaking":  # a row that had no value under the old name says nothing by having none now
            before = "said"
            db.execute(f"create or replace temp table said as select * from {good} where {quoted(column)} is not null")
        if not key and (told := by_rows.told_apart(db, before, speaking, stayed, column)):
            key, (before, after) = (by_rows.ROW,), told
        if key:
            rows = {n: by_rows.rows_agree(db, before, after, key, column, c) for n, c in present.items()}
            if rows and all(r is not None for r in rows.values()):
                all_along = [n for n in present if renamed and n in stayed]
                usual = {n: by_rows.rows_agree(db, before, before, key, column, n) for n in all_along}
                found = {n: r for n, r in rows.items() if r is not None}
                before_it = {n: r for n, r in usual.items() if r is not None}
                agreed = _from_rows(column, key, found, before_it, renamed=renamed)
                if forms:
                    agreed = replace(agreed, measured=by_difference(db, before, after, key, agreed, present))
                return replace(agreed, same=same)
        if rewritten:
            return _from_keys(column, keys.keys_agree(db, good, column, speaking, present, arrived), same)
        if not renamed:
            speaking = _only_new(db, good, speaking, stayed)
        return replace(_from_history(db, source, good, speaking, stayed, column, present, arrived), same=same)


def read_candidates(db: duckdb.DuckDBPyConnection, now: str, wanted: Readings) -> tuple[dict[str, str], dict[str, str]]:
    """Make the table `candidates`: each reading beside the delivered columns.

    Returns label -> its column, and label -> the earlier one that gives the very same values.
    """
    made = {n: f"adp_candidate_{i}" for i, (n, sql) in enumerate(wanted.items()) if _binds(db, sql, now)}
    listed = "".join(f", {wanted[label]} as {name}" for label, name in made.items())
    db.execute(f"create or replace temp table candidates as select *{listed} from {now}")
    if not made:
        return {}, {}
    asked = ", ".join(f"sum(hash({name}, rowid)::hugeint)" for name in made.values())
    hashes = db.execute(f"select {asked} from candidates").fetchone() or ()
    first: dict[object, str] = {}
    same = {n: first[h] for n, h in zip(made, hashes, strict=True) if first.setdefault(h, n) != n}
    return {n: c for n, c in made.items() if n not in same}, same


def _binds(db: duckdb.DuckDBPyConnection, sql: str, relation: str) -> bool:
    try:
        db.execute(f"select count({sql}) from {relation}")
    except duckdb.Error:
        return False
    return True


def _only_new(db: duckdb.DuckDBPyConnection, good: str, now: str, stayed: dict[str, str]) -> str:
    """The rows that were not there in the last good state, as the columns that stayed tell them apart."""
    have = columns(db, good)
    told = ", ".join(quoted(c) for c in stayed if c in have)
    if not told:
        return now
    db.execute(
        f"create or replace temp table new_rows as select * from {now} "
        f"where hash({told}) not in (select hash({told}) from {good})"
    )
    return "new_rows"


def _arrived(db: duckdb.DuckDBPyConnection, good: str, now: str) -> int:
    """Rows that came since the last good state; 0 where rows were delivered again."""
    row = db.execute(f"select (select count(*) from {now}) - (select count(*) from {good})").fetchone()
    return max(int(row[0]), 0) if row else 0


def _as_known(db: duckdb.DuckDBPyConnection, good: str, known: Names) -> str:
    """The good state with each column under its own name, whatever names it was delivered with so far."""
    query = as_known(good, columns(db, good), known, ())
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


def _from_rows(
    column: str,
    key: tuple[str, ...],
    rows: dict[str, by_rows.RowAgreement],
    usual: dict[str, by_rows.RowAgreement],
    *,
    renamed: bool,
) -> Agreement:
    """`usual`: how far columns that stayed agreed with the lost one all along; only more than that speaks for them."""
    measured = {}
    for name, agreed in rows.items():
        always = usual.get(name)
        passed = agreed.passed if renamed else agreed.holds
        words, score = f"{name}: {agreed.words}", 1 - agreed.score
        if always is not None:
            gained = agreed.score - always.score
            passed, score = passed and gained >= by_rows.MARGIN, 1 - max(gained, 0.0)
            words += f", as {always.share:.2%} did before"
        measured[name] = Measured(passed, score, words)
    rare = "" if renamed else f" (or {by_rows.RARE[1]} where {by_rows.RARE[0]:.0%} of the rows agree)"
    allowed = f"kappa at least {by_rows.SAME}{rare}, ahead of every other by {by_rows.MARGIN}"
    by = (
        "rows that are the same in all that stayed" if key == (by_rows.ROW,) else f"rows with the same {', '.join(key)}"
    )
    return Agreement(column, by, measured, by_rows.MARGIN, allowed)


def by_difference(
    db: duckdb.DuckDBPyConnection,
    good: str,
    now: str,
    key: tuple[str, ...],
    agreed: Agreement,
    names: Mapping[str, str],
) -> dict[str, Measured]:
    """Readings of one column, judged by the rows in which they differ from the best where these alone decide.

    Where few rows come otherwise, leaving all as they come is right in most, and in none of those that matter.
    """
    told = dict(agreed.measured)
    best = min(told, key=lambda name: told[name].score)
    for name, rival in told.items():
        if name == best or not told[best].passed or rival.score >= told[best].score + agreed.margin:
            continue
        rows, right, rivals = by_rows.where_they_differ(db, good, now, key, agreed.column, names[best], names[name])
        if rows >= by_rows.MINIMUM_ROWS and right >= by_rows.SAME:
            words = f"{rival.words}, and {rivals:.2%} of the {rows:,} that {best} reads otherwise"
            told[name] = Measured(rival.passed and rivals > 1 - by_rows.SAME, max(rival.score, 1 - rivals), words)
    return told


def _from_keys(column: str, found: dict[str, keys.KeyAgreement], same: dict[str, str]) -> Agreement:
    measured = {n: Measured(k.passed, k.score, f"{n}: {k.words}") for n, k in found.items()}
    allowed = f"at least {keys.KNOWN:.0%} of the known values found, ahead of every other by {keys.MARGIN}"
    return Agreement(column, "known values", measured, keys.MARGIN, allowed, same=same)


def _from_history(
    db: duckdb.DuckDBPyConnection,
    source: Node,
    good: str,
    speaking: str,
    stayed: dict[str, str],
    column: str,
    names: Mapping[str, str],
    arrived: int,
) -> Agreement:
    """`names`: label -> the column that holds the candidate's values."""
    known, fresh = columns(db, good), columns(db, speaking)
    old = next((n for n in known if n.lower() == column.lower()), column)
    unchanged = {c: k for c, k in stayed.items() if c in known and c in fresh}
    past = history.cut(db, good, speaking, unchanged)
    found = {}
    for label, name in names.items():
        kinds = (history.family(known[old]), history.family(fresh[name]))
        others = {c: k for c, k in unchanged.items() if c not in names.values() or c == name}
        scoped = history.History(past.good, past.chunk, past.labels, others, arrived)
        found[label] = history.history_agrees(db, scoped, speaking, old, name, kinds)
    measured = {n: Measured(h.passed, h.score, f"{n}: {h.words}") for n, h in found.items()}
    allowed = (
        f"every statistic within {history.HISTORY_FACTOR:g}x its own drop-to-drop history (or a small effect), "
        f"ahead of every other by {history.MARGIN}"
    )
    # Values of a personal column stay out of pictures, as they stay out of profiles.
    chart = None if column.lower() in source.personal or personal_name(column) else _chart(column, found)
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
