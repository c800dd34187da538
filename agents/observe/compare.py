"""What differs between two profiles of one source, and is not growth."""

from collections.abc import Container

from agents.contracts import ColumnChange, ColumnProfile, TableDrift, TableProfile
from agents.observe.hints import Hints
from agents.observe.keys import like_a_key
from agents.observe.profile import by_name, family
from agents.observe.rows import Found

MINIMUM_EVIDENCE = 20
"""Values that had to be expected before their absence says anything."""
EMPTIED_SHARE = 0.01
"""Share of a column's values that must have gone before a table of the same size counts as emptied."""
LOST_VALUES = 0.2
"""Share of known values, replaced by nothing, that must have gone where nulls are allowed."""
MANY_ROWS = 100
"""Rows without a null from which the absence of nulls in a column that is named like a key is no accident."""
TRUNCATED_SHARE = 0.5
"""A load with fewer rows than this share of the last good one is truncated."""


def compare(
    before: TableProfile,
    after: TableProfile,
    found: Found | None = None,
    hints: Hints | None = None,
    *,
    exact: bool = False,
) -> TableDrift | None:
    """The drift from `before` to `after`; None for growth, new columns and new values.

    `found` is what the rows said; without it the profiles alone speak. If `exact`, any other type is a drift.
    """
    found = found or Found()
    had, has = by_name(before), by_name(after)
    declared = hints.not_null if hints else frozenset()
    keys = {n.lower() for n in (*declared, *(found.key if found.strong else ()))}
    told = {c.name: _with_profiles(c, before, after) for c in found.changes}
    seen = [
        change
        for column in before.columns
        if (change := _changed(column, has.get(column.name.lower()), before, after, keys, exact))
    ]
    changes = [c for c in seen if c.name not in told or c.change == "missing"]
    changes += [c for c in told.values() if not any(o.name == c.name and o.change == "missing" for o in changes)]
    lost = bool(found.lost) or _truncated(before, after)
    if not changes and not lost:
        return None
    added = [ColumnChange(name=c.name, change="added", after=c) for c in after.columns if c.name.lower() not in had]
    gone = {c.name for c in changes}
    stayed = {c.name: c.type for c in after.columns if c.name.lower() in had and c.name not in gone and c.nonnull}
    return TableDrift(
        unique_id=before.unique_id,
        relation=before.relation,
        rows_before=before.rows,
        rows_after=after.rows,
        key=found.key,
        identical=found.identical,
        lost_rows=lost,
        columns=(*changes, *added),
        stayed=stayed,
    )


def _truncated(before: TableProfile, after: TableProfile) -> bool:
    return (
        before.rows >= MINIMUM_EVIDENCE and after.rows < before.rows * TRUNCATED_SHARE
    ) or after.rows == 0 < before.rows


def _with_profiles(change: ColumnChange, before: TableProfile, after: TableProfile) -> ColumnChange:
    return change.model_copy(update={"before": before.column(change.name), "after": after.column(change.name)})


def missing_table(before: TableProfile) -> TableDrift:
    """The drift of a table that is gone."""
    return TableDrift(
        unique_id=before.unique_id, relation=before.relation, rows_before=before.rows, rows_after=0, missing=True
    )


def _changed(
    was: ColumnProfile,
    now: ColumnProfile | None,
    before: TableProfile,
    after: TableProfile,
    keys: Container[str],
    exact: bool,
) -> ColumnChange | None:
    if now is None:
        return ColumnChange(name=was.name, change="missing", before=was)
    other = now.type != was.type if exact else family(now.type) != family(was.type)
    if other and now.nonnull and was.nonnull:
        return ColumnChange(name=was.name, change="retyped", before=was, after=now)
    if _stopped(was, now, before.rows, after.rows) and (_taken_over(was, now, before, after) or not now.nonnull):
        return ColumnChange(name=was.name, change="stopped", before=was, after=now)
    if words := _emptied(was, now, before, after, keys):
        return ColumnChange(name=was.name, change="emptied", before=was, after=now, words=words)
    if _stopped(was, now, before.rows, after.rows) and _most(was, now, before, after):
        return ColumnChange(name=was.name, change="stopped", before=was, after=now)
    return None


def _taken_over(was: ColumnProfile, now: ColumnProfile, before: TableProfile, after: TableProfile) -> bool:
    """Whether a new column of that family carries about as many values as this one lacks."""
    lacks = was.nonnull / max(before.rows, 1) * after.rows - now.nonnull
    new = [c for c in after.columns if before.column(c.name) is None]
    return any(c.nonnull >= lacks / 2 for c in new)


def _most(was: ColumnProfile, now: ColumnProfile, before: TableProfile, after: TableProfile) -> bool:
    """Whether what is lacking is more than updates explain: all new rows, or a fifth of the values."""
    grown = after.rows - before.rows
    if grown >= MINIMUM_EVIDENCE and now.nonnull - was.nonnull < was.nonnull / before.rows * grown * EMPTIED_SHARE:
        return True
    return now.nonnull < (1 - LOST_VALUES) * was.nonnull


def _emptied(
    was: ColumnProfile, now: ColumnProfile, before: TableProfile, after: TableProfile, keys: Container[str]
) -> str:
    """A column that always had a value and is a key or declared so: how many rows lack it now, in words."""
    lacking = after.rows - now.nonnull
    if was.nonnull < before.rows or not before.rows or not lacking or not now.nonnull:
        return ""
    certain = was.name.lower() in keys
    known = certain or (like_a_key(was.name) and before.rows >= MANY_ROWS)
    if known and lacking > (0 if certain else EMPTIED_SHARE * after.rows):
        return f"{lacking:,} of {after.rows:,} rows have none, and all of {before.rows:,} had one"
    return ""


def _stopped(was: ColumnProfile, now: ColumnProfile, rows_before: int, rows_after: int) -> bool:
    if was.nonnull == 0:
        return False
    expected = was.nonnull / rows_before * (rows_after - rows_before)
    arrived = now.nonnull - was.nonnull
    if expected >= MINIMUM_EVIDENCE and arrived < expected * EMPTIED_SHARE:
        return True
    lost = -arrived
    return rows_after >= rows_before and lost >= max(MINIMUM_EVIDENCE, was.nonnull * EMPTIED_SHARE)
