"""What differs between two profiles of one source, and is not growth."""

from agents.contracts import ColumnChange, ColumnProfile, TableDrift, TableProfile

MINIMUM_EVIDENCE = 20
"""Values that had to be expected before their absence says anything."""
EMPTIED_SHARE = 0.01
"""Share of a column's values that must have gone before a table of the same size counts as emptied."""
TRUNCATED_SHARE = 0.5
"""A load with fewer rows than this share of the last good one is truncated."""


def compare(before: TableProfile, after: TableProfile) -> TableDrift | None:
    """The drift from `before` to `after`; None for growth, new columns and new values."""
    changes = [change for column in before.columns if (change := _changed(column, before, after))]
    truncated = before.rows >= MINIMUM_EVIDENCE and after.rows < before.rows * TRUNCATED_SHARE
    if not changes and not truncated:
        return None
    added = [ColumnChange(name=c.name, change="added", after=c) for c in after.columns if before.column(c.name) is None]
    lost = {c.name for c in changes}
    stayed = {c.name: c.type for c in after.columns if before.column(c.name) and c.name not in lost and c.nonnull}
    return TableDrift(
        unique_id=before.unique_id,
        relation=before.relation,
        rows_before=before.rows,
        rows_after=after.rows,
        columns=(*changes, *added),
        stayed=stayed,
    )


def missing_table(before: TableProfile) -> TableDrift:
    """The drift of a table that is gone."""
    return TableDrift(
        unique_id=before.unique_id, relation=before.relation, rows_before=before.rows, rows_after=0, missing=True
    )


def _changed(was: ColumnProfile, before: TableProfile, after: TableProfile) -> ColumnChange | None:
    now = after.column(was.name)
    if now is None:
        return ColumnChange(name=was.name, change="missing", before=was)
    if _family(now.type) != _family(was.type) and now.nonnull and was.nonnull:
        return ColumnChange(name=was.name, change="retyped", before=was, after=now)
    if _stopped(was, now, before.rows, after.rows):
        return ColumnChange(name=was.name, change="stopped", before=was, after=now)
    return None


def _stopped(was: ColumnProfile, now: ColumnProfile, rows_before: int, rows_after: int) -> bool:
    if was.nonnull == 0:
        return False
    expected = was.nonnull / rows_before * (rows_after - rows_before)
    arrived = now.nonnull - was.nonnull
    if expected >= MINIMUM_EVIDENCE and arrived < expected * EMPTIED_SHARE:
        return True
    lost = -arrived
    return rows_after >= rows_before and lost >= max(MINIMUM_EVIDENCE, was.nonnull * EMPTIED_SHARE)


def _family(kind: str) -> str:
    """Types between which a reader need not care."""
    if kind.startswith(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U", "FLOAT", "DOUBLE", "DECIMAL")):
        return "number"
    if kind.startswith(("TIMESTAMP", "DATE")):
        return "moment"
    return kind
