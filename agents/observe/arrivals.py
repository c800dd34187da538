"""Rows that arrived since the last good state and share no key with it: do they speak as the rows before them did?

There is nothing to compare row by row, so only what no season and no growth explains counts: numbers that are a
multiple of what any drop before brought, codes that hardly anything before was called, known texts written
otherwise. Each is held against the column's own history from drop to drop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log

import duckdb

from agents.contracts import ColumnChange, ColumnProfile, TableProfile
from agents.observe.arrived_texts import MINIMUM_ROWS, other_codes, other_writing, swapped
from agents.observe.keys import like_a_key
from agents.observe.profile import Column, by_name, has_rowid
from agents.warehouse import literal, quoted

SAMPLE = 20_000
DROPS = 8
"""Parts of the good state, in order of arrival, where its drops have no names."""
MULTIPLE = 5.0
"""A number must have left its own history by this factor: seasons double and halve, units multiply."""
TOGETHER = 2.5
"""By which the factors of mean and quartiles may differ: a unit moves them all alike."""


@dataclass(frozen=True)
class Arrived:
    """A good state in drops, `adp_then`, and the rows that came since, `adp_fresh`; column i is `c<i>` in both."""

    columns: tuple[Column, ...]
    by: str
    """The column by which they arrive."""


def arrivals(
    db: duckdb.DuckDBPyConnection,
    sides: tuple[str, str],
    shared: Sequence[Column],
    before: TableProfile,
    after: TableProfile,
    skip: Iterable[str],
) -> tuple[ColumnChange, ...]:
    """What new rows of a source that is appended to say; nothing where no column tells new rows from old ones."""
    arrived = _arrived(db, sides, shared, before, after)
    if arrived is None:
        return ()
    left_out = {n.lower() for n in skip} | {arrived.by.lower()}
    had, has = by_name(before), by_name(after)
    found: list[ColumnChange] = []
    texts: list[tuple[int, Column]] = []
    for index, column in enumerate(arrived.columns):
        was, now = had.get(column.name.lower()), has.get(column.name.lower())
        if was is None or now is None or was.type != now.type or column.name.lower() in left_out:
            continue
        if column.family == "number" and not like_a_key(column.name):
            found += _rescaled(db, index, column)
        elif column.family == "text":
            texts.append((index, column))
            often = (was.distinct or 0) < 0.5 * before.rows
            found += other_codes(db, index, was) or (other_writing(db, index, column) if often else [])
    return tuple(swapped(db, texts, found))


def _arrived(
    db: duckdb.DuckDBPyConnection,
    sides: tuple[str, str],
    shared: Sequence[Column],
    before: TableProfile,
    after: TableProfile,
) -> Arrived | None:
    good, now = sides
    grown = after.rows - before.rows
    by = _arrives_by(db, now, shared, before, after, grown) if grown >= MINIMUM_ROWS else None
    if by is None:
        return None
    column, condition = by
    asked = ", ".join(f"{c.sql} as c{i}" for i, c in enumerate(shared))
    thin = max(1, before.rows // SAMPLE)
    some = f" where rowid % {thin} = 0" if has_rowid(db, good) else ""
    ordered = quoted(column.name)
    drop = f"ntile({DROPS}) over (order by {ordered})"
    drops = (before.column(column.name) or ColumnProfile(name="", type="", nonnull=0)).distinct or 0
    if 3 <= drops <= 40:
        drop = f"dense_rank() over (order by {ordered})"
    db.execute(f"create or replace temp table adp_then as select {asked}, {drop} as drop from {good}{some}")
    fresh = f"select {asked} from {now} where {condition}"
    some = f" using sample {SAMPLE} rows (reservoir, 7)" if grown > SAMPLE else ""
    db.execute(f"create or replace temp table adp_fresh as from ({fresh}){some}")
    return Arrived(tuple(shared), column.name)


def _arrives_by(
    db: duckdb.DuckDBPyConnection,
    now: str,
    shared: Sequence[Column],
    before: TableProfile,
    after: TableProfile,
    grown: int,
) -> tuple[Column, str] | None:
    """A column whose values beyond those of the good state are about as many as there are new rows."""
    had, has = by_name(before), by_name(after)
    possible: list[tuple[Column, str]] = []
    for column in shared:
        was, is_now = had.get(column.name.lower()), has.get(column.name.lower())
        if (
            was is None
            or is_now is None
            or was.type != is_now.type
            or was.nonnull < before.rows
            or column.family not in ("number", "moment", "text")
        ):
            continue
        if was.values is not None and is_now.values != was.values:
            known = ", ".join(literal(v) for v in was.values)
            possible.append((column, f"{column.sql}::varchar not in ({known})"))
        elif was.maximum is not None and was.maximum != is_now.maximum:
            possible.append((column, f"{column.sql} > {literal(was.maximum)}::{column.kind}"))
    if not possible:
        return None
    counts = db.execute(
        f"select {', '.join(f'count(*) filter (where {c})' for _, c in possible)} from {now}"
    ).fetchone()
    assert counts is not None
    near = [(abs(n - grown), i) for i, n in enumerate(counts) if abs(n - grown) <= 0.02 * grown]
    # Of equals a name of drops or a moment says best how rows arrive.
    return possible[min(near, key=lambda f: (f[0], possible[f[1]][0].family == "number"))[1]] if near else None


STATISTICS = "avg({x}), quantile_cont({x}, 0.25), median({x}), quantile_cont({x}, 0.75)"


def _rescaled(db: duckdb.DuckDBPyConnection, index: int, column: Column) -> list[ColumnChange]:
    x = f"abs(c{index}::double)"
    asked = f"count(c{index}), {STATISTICS.format(x=x)}"
    given = f"where c{index} <> 0"
    then = db.execute(f"select {asked} from adp_then {given} group by drop").fetchall()
    fresh = db.execute(f"select {asked} from adp_fresh {given}").fetchone()
    distinct = db.execute(f"select count(distinct c{index}) from adp_then").fetchone()
    drops = [d[1:] for d in then if d[0] >= 5]
    if len(drops) < 3 or fresh is None or fresh[0] < MINIMUM_ROWS or not distinct or distinct[0] < 5:
        return []
    shifts, leaves = [], []
    for position, value in enumerate(fresh[1:]):
        history = [d[position] for d in drops]
        usual = sum(log(h) for h in history) / len(history)
        spread = log(max(history)) - log(min(history))
        outside = max(log(value) - log(max(history)), log(min(history)) - log(value))
        shifts.append(log(value) - usual)
        leaves.append(outside >= log(MULTIPLE) + spread)
    if not all(leaves) or max(shifts) - min(shifts) > log(TOGETHER):
        return []
    usual = sorted(d[2] for d in drops)[len(drops) // 2]
    words = (
        f"about x {exp(sum(shifts) / len(shifts)):.3g} in the {fresh[0]:,} rows that arrived: "
        f"median {usual:.6g} -> {fresh[3]:.6g}"
    )
    return [ColumnChange(name=column.name, change="rescaled", words=words)]
