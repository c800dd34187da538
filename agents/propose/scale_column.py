"""The change `scale_column`: a number that is delivered in another unit."""

from agents.contracts import Diagnosis, Risk, ScaleColumn
from agents.propose.claimed import REPAIR
from agents.propose.looked import Looked
from agents.warehouse import quoted

CLAIMS = REPAIR
"""Not `old_delivery_identical`: nothing in a row says in which unit it is."""
RISK = Risk.medium
FACTORS = (
    100, 0.01, 1000, 0.001, 10, 0.1, 60, 1 / 60, 3600, 1 / 3600, 24, 1 / 24, 86400, 1 / 86400, 1e6, 1e-6,
    1.609344, 1 / 1.609344, 2.54, 1 / 2.54, 0.45359237, 1 / 0.45359237, 0.3048, 1 / 0.3048, 1024, 1 / 1024,
)  # fmt: skip
"""Cents, thousandths, minutes, hours, days, miles (1.609344 km), inches, pounds, feet: exact by definition."""
NEAR = 0.02
"""Relative distance up to which a measured ratio is taken for one of the factors."""


def scale_column(diagnosis: Diagnosis, looked: Looked) -> tuple[ScaleColumn, ...]:
    """The known factors near the ratio of today's values to the known ones, by key; nearest first."""
    column, key = diagnosis.column or "", looked.drift.key
    if key is None:
        return ()
    c, k = quoted(column), quoted(key)
    with looked.rows() as (db, then, now):
        row = db.execute(
            f"select median(n.{c} / g.{c}) from {then} g join {now} n on g.{k} = n.{k} where g.{c} <> 0 and n.{c} <> 0"
        ).fetchone()
    ratio = float(row[0]) if row and row[0] else None
    if ratio is None or ratio <= 0:
        return ()
    near = sorted((f for f in FACTORS if abs(ratio - f) <= NEAR * f), key=lambda f: abs(ratio - f))
    source, kind = looked.source, looked.type(column)
    return tuple(
        ScaleColumn(source=source.unique_id, relation=source.label, column=column, type=kind, factor=f) for f in near
    )
