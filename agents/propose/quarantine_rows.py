"""The change `quarantine_rows`: rows that no model can place wait in a table of their own, and a person says so."""

from agents.contracts import Cause, Diagnosis, QuarantineRows, Risk
from agents.graph import Node
from agents.propose.claimed import OLD_DELIVERY, REPAIR
from agents.propose.looked import Looked
from agents.propose.sql_text import Called
from agents.readings import kept
from agents.warehouse import literal

CLAIMS = (*(c for c in REPAIR if c != "rows_kept"), "rows_accounted", OLD_DELIVERY)
"""Not `rows_kept`: rows do leave the models; every one of them is accounted for instead."""
RISK = Risk.high
"""Rows that people read are missing afterwards."""


def quarantine_rows(diagnosis: Diagnosis, looked: Looked) -> tuple[QuarantineRows, ...]:
    """One candidate where the source keeps most of its rows."""
    column = diagnosis.column
    if column is None or looked.source.kind == "seed":
        return ()
    reason = "null_key" if diagnosis.cause is Cause.null_keys else "repeated_key"
    change = QuarantineRows.model_validate(
        {"source": looked.source.unique_id, "relation": looked.source.label, "column": column, "reason": reason}
    )
    with looked.rows() as (db, _, now):
        row = db.execute(f"select (select count(*) from {now}), count(*) from (from {now} {kept(change)})").fetchone()
    return (change,) if row and row[1] >= row[0] / 2 else ()


def quarantine_name(source: Node) -> str:
    """Name of the model that holds the rows."""
    return f"{source.source_name or source.package}__{source.name}_quarantine"


def quarantine_text(change: QuarantineRows, called: Called) -> str:
    """That model's text."""
    why = f"{change.column} {'is null' if change.reason == 'null_key' else 'repeats, and the rows differ'}"
    return (
        f"-- rows of {change.relation} that are kept out of the models, with the reason\n"
        "{{ config(materialized='table') }}\n\n"
        f"select\n    *,\n    {literal(why)} as quarantine_reason\n"
        f"from {{{{ {called.words} }}}}\n{kept(change, inverted=True)}\n"
    )
