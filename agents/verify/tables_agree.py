"""Does a whole table say what the lost one said? For tables that moved, and for rows that repeat."""

from collections.abc import Mapping

import duckdb

from agents import readings
from agents.contracts import DeduplicateRows, QuarantineRows, SourceChange
from agents.delivered import as_known
from agents.graph import Node
from agents.sandbox.stage import GOOD, NOW, Stage, world
from agents.verify.agreement import Agreement, Measured
from agents.verify.rows_agree import stamped_anew
from agents.verify.worlds import Names, place
from agents.warehouse import columns, exists, quoted, same_key

SAME = 0.9
"""Share of known rows found, and of equal values in each column; deliveries update some rows."""
MARGIN = 0.2


def tables_agree(
    stage: Stage, source: Node, key: tuple[str, ...], wanted: Mapping[str, SourceChange], known: Names
) -> Agreement:
    """Measure each candidate (by label) for a whole table against the last good state."""
    good = quoted(GOOD, source.schema, source.identifier)
    measured: dict[str, Measured] = {}
    with world(stage, {}) as db:
        good = as_known(good, columns(db, good), known, ())
        for label, change in wanted.items():
            now = _now(db, source, change, known)
            repeated = isinstance(change, DeduplicateRows) or (
                isinstance(change, QuarantineRows) and change.reason == "repeated_key"
            )
            if repeated:
                measured["rows as they are"] = _measured(db, good, now, key, "rows as they are", unique=True)
            if isinstance(change, DeduplicateRows | QuarantineRows):
                now = readings.undone(change, now)
            measured[label] = _measured(db, good, now, key, label, unique=repeated)
    method = f"rows with the same {', '.join(key)}" if key else "whole rows"
    allowed = f"{SAME:.0%} of the known rows found, and as many equal in each column; a key names one row"
    return Agreement("", method, measured, MARGIN, allowed)


def _now(db: duckdb.DuckDBPyConnection, source: Node, change: SourceChange, known: Names) -> str:
    relation = quoted(NOW, *place(source, (change,)))
    return as_known(relation, columns(db, relation), known, ()) if exists(db, relation) else relation


def _measured(
    db: duckdb.DuckDBPyConnection, good: str, now: str, key: tuple[str, ...], label: str, *, unique: bool
) -> Measured:
    try:
        have = {n.lower() for n in columns(db, now)}
    except duckdb.Error:
        return Measured(False, 1.0, f"{label}: not there")
    asked = list(columns(db, good))
    gone = [n for n in asked if n.lower() not in have]
    if gone:
        return Measured(False, 1.0, f"{label}: lacks {', '.join(gone)}")
    stamps = stamped_anew(db, good, now)
    asked = [n for n in asked if n not in stamps]
    aside = f"; set apart, stamped anew in every row: {', '.join(stamps)}" if stamps else ""
    if not key:
        listed = ", ".join(quoted(n) + "::varchar" for n in asked)
        row = db.execute(
            f"select avg((hash({listed}) in (select hash({listed}) from {now}))::int) from {good}"
        ).fetchone()
        share = float(row[0] or 0.0) if row else 0.0
        return Measured(share >= SAME, 1 - share, f"{label}: {share:.2%} of the known rows found{aside}")
    on, parts = same_key(key, "g", "n"), ", ".join(quoted(k) for k in key)
    whole = " and ".join(f"{quoted(k)} is not null" for k in key)
    same = ", ".join(f"avg((g.{quoted(n)}::varchar is not distinct from n.{quoted(n)}::varchar)::int)" for n in asked)
    mine = ", ".join(f"g.{quoted(k)}" for k in key)
    row = db.execute(f"select count(distinct row({mine})), {same} from {good} g join {now} n on {on}").fetchone()
    total = db.execute(f"select count(*) from {good}").fetchone()
    repeats = db.execute(f"select count(*) - count(distinct row({parts})) from {now} where {whole}").fetchone()
    assert row is not None
    assert total is not None
    assert repeats is not None
    found = row[0] / total[0] if total[0] else 0.0
    worst, where = min(((float(v or 0.0), n) for v, n in zip(row[1:], asked, strict=True)), default=(0.0, ""))
    again = f", {repeats[0]:,} rows repeat a key" if unique else ""
    words = f"{label}: {found:.2%} of the known keys found, at least {worst:.2%} of rows equal (least in {where})"
    words += again + aside
    score = 1 - min(found, worst) + (1.0 if unique and repeats[0] else 0.0)
    return Measured(min(found, worst) >= SAME and not (unique and repeats[0]), score, words)
