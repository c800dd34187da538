"""Causes that a drifted source shows: columns, values, keys, rows or the whole table are no longer what they were."""

from agents.contracts import Cause, ColumnChange, Diagnosis, Evidence, RuledOut, TableDrift
from agents.names import similarity

TRUNCATED_SHARE = 0.5
"""Below this share of the rows a load is truncated, above it partial."""
CAUSES = {
    "retyped": Cause.column_retyped,
    "rescaled": Cause.unit_changed,
    "recoded": Cause.enum_recoded,
    "reformatted": Cause.key_format_drift,
    "swapped": Cause.columns_swapped,
    "duplicated": Cause.duplicate_keys,
    "emptied": Cause.null_keys,
    "orphaned": Cause.orphans,
}
SAYS = {
    "retyped": "changed its type: {kinds}",
    "rescaled": "holds the same numbers in another unit",
    "recoded": "holds other values for the same rows, one to one",
    "reformatted": "holds the same texts in another writing",
    "swapped": "and {other} changed places",
    "duplicated": "identified a row and repeats now",
    "emptied": "always had a value and lacks it in some rows",
    "orphaned": "refers to rows that do not exist",
}


def source_columns(evidence: Evidence) -> tuple[Diagnosis, ...]:
    """One diagnosis for each column or table that no longer says what it said; one for two that changed places."""
    drift = evidence.drift
    if drift is None:
        return ()
    if drift.missing:
        return (_table_gone(evidence, drift),)
    gone, added = drift.changed("missing", "stopped"), drift.changed("added")
    found = [_gone(evidence, drift, column, added) for column in gone]
    paired: set[str] = set()
    for column in drift.columns:
        if column.change in CAUSES and column.name not in paired:
            found.append(_changed(evidence, drift, column))
            paired |= {column.other} if column.change == "swapped" and column.other else set()
    if drift.lost_rows or not found:
        found.append(_rows_lost(evidence, drift))
    return tuple(found)


def _gone(evidence: Evidence, drift: TableDrift, column: ColumnChange, added: tuple[ColumnChange, ...]) -> Diagnosis:
    where = f"{drift.relation}.{column.name}"
    what = (
        "is no longer delivered"
        if column.change == "missing"
        else f"carries no value in the {max(drift.rows_after - drift.rows_before, 0):,} rows that arrived since"
    )
    if not added:
        return Diagnosis(
            cause=Cause.column_dropped,
            subject=where,
            confidence=0.9,
            evidence=(evidence,),
            explanation=f"{where} {what}, and no new column came in its place. Values are never invented.",
            ruled_out=(RuledOut(cause=Cause.column_renamed, why="no column arrived that was not there before"),),
            unique_id=drift.unique_id,
            column=column.name,
        )
    ranked = sorted(added, key=lambda c: -similarity(column.name, c.name))
    names = tuple(c.name for c in ranked)
    return Diagnosis(
        cause=Cause.column_renamed,
        subject=where,
        confidence=round(0.6 + 0.3 * similarity(column.name, names[0]), 2),
        evidence=(evidence,),
        explanation=f"{where} {what}, while {', '.join(names)} arrived.",
        ruled_out=(RuledOut(cause=Cause.column_dropped, why=f"{len(names)} new column(s) may carry its values"),),
        unique_id=drift.unique_id,
        column=column.name,
        moved_to=names,
    )


def _changed(evidence: Evidence, drift: TableDrift, column: ColumnChange) -> Diagnosis:
    before, after = column.before, column.after
    kinds = f"{before.type if before else '?'} -> {after.type if after else '?'}"
    says = SAYS[column.change].format(kinds=kinds, other=column.other)
    if column.change == "retyped" and before and after and before.type == after.type:
        says = "is written otherwise" if before.type.startswith("VARCHAR") else "means other moments"
    parts = [f"{drift.relation}.{column.name} {says}", column.words]
    if column.change == "duplicated":
        parts.append("the rows of a key are all the same" if drift.identical else "in conflict: they differ")
    return Diagnosis(
        cause=CAUSES[column.change],
        subject=f"{drift.relation}.{column.name}",
        confidence=0.9,
        evidence=(evidence,),
        explanation="; ".join(p for p in parts if p) + ".",
        ruled_out=_ruled_out(column),
        unique_id=drift.unique_id,
        column=column.name,
        moved_to=(column.other,) if column.change == "swapped" and column.other else (),
    )


def _ruled_out(column: ColumnChange) -> tuple[RuledOut, ...]:
    if column.change in ("rescaled", "recoded", "reformatted", "swapped"):
        why = f"rows that have the same key follow one rule: {column.words}" if column.words else "the type is the same"
        return (RuledOut(cause=Cause.column_retyped, why=why),)
    return ()


def _rows_lost(evidence: Evidence, drift: TableDrift) -> Diagnosis:
    truncated = drift.rows_after < drift.rows_before * TRUNCATED_SHARE
    counts = f"{drift.relation} has {drift.rows_after:,} rows; the last good state had {drift.rows_before:,}."
    return Diagnosis(
        cause=Cause.load_truncated if truncated else Cause.load_partial,
        subject=drift.relation,
        confidence=0.8,
        evidence=(evidence,),
        explanation=counts if truncated else f"{counts} {evidence.message}",
        unique_id=drift.unique_id,
    )


def _table_gone(evidence: Evidence, drift: TableDrift) -> Diagnosis:
    """Moved where a relation nobody knows has nearly the same columns."""
    candidates = tuple(c.name for c in drift.changed("added"))
    if not candidates:
        return Diagnosis(
            cause=Cause.unknown_relation,
            subject=drift.relation,
            confidence=0.8,
            evidence=(evidence,),
            explanation=evidence.message,
            ruled_out=(RuledOut(cause=Cause.table_renamed, why="no unknown table has its columns"),),
            unique_id=drift.unique_id,
        )
    return Diagnosis(
        cause=Cause.table_renamed,
        subject=drift.relation,
        confidence=0.9 if len(candidates) == 1 else 0.7,
        evidence=(evidence,),
        explanation=f"{drift.relation} is gone, while {', '.join(candidates)} has its columns.",
        unique_id=drift.unique_id,
        moved_to=candidates,
    )
