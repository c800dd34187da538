"""Causes that a drifted source shows: a renamed, dropped or retyped column, a lost table, a short load."""

from agents.contracts import Cause, ColumnChange, Diagnosis, Evidence, RuledOut, TableDrift
from agents.names import similarity


def source_columns(evidence: Evidence) -> tuple[Diagnosis, ...]:
    """One diagnosis for each column or table that no longer says what it said."""
    drift = evidence.drift
    if drift is None:
        return ()
    if drift.missing:
        return (_table_gone(evidence, drift),)
    gone, added = drift.changed("missing", "stopped"), drift.changed("added")
    found = [_gone(evidence, drift, column, added) for column in gone]
    found += [_retyped(evidence, drift, column) for column in drift.changed("retyped")]
    if not found:
        found = [_truncated(evidence, drift)]
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


def _retyped(evidence: Evidence, drift: TableDrift, column: ColumnChange) -> Diagnosis:
    before, after = column.before, column.after
    kinds = f"{before.type if before else '?'} -> {after.type if after else '?'}"
    return Diagnosis(
        cause=Cause.column_retyped,
        subject=f"{drift.relation}.{column.name}",
        confidence=0.9,
        evidence=(evidence,),
        explanation=f"{drift.relation}.{column.name} changed its type: {kinds}.",
        unique_id=drift.unique_id,
        column=column.name,
    )


def _truncated(evidence: Evidence, drift: TableDrift) -> Diagnosis:
    return Diagnosis(
        cause=Cause.load_truncated,
        subject=drift.relation,
        confidence=0.8,
        evidence=(evidence,),
        explanation=f"{drift.relation} has {drift.rows_after:,} rows; the last good state had {drift.rows_before:,}.",
        unique_id=drift.unique_id,
    )


def _table_gone(evidence: Evidence, drift: TableDrift) -> Diagnosis:
    return Diagnosis(
        cause=Cause.unknown_relation,
        subject=drift.relation,
        confidence=0.8,
        evidence=(evidence,),
        explanation=evidence.message,
        unique_id=drift.unique_id,
    )
