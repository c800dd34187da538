"""The change `scale_column`: a number that is delivered in another unit."""

from agents.contracts import Diagnosis, Risk, ScaleColumn
from agents.propose.claimed import REPAIR
from agents.propose.looked import Looked
from agents.warehouse import quoted, same_key

CLAIMS = REPAIR
"""Not `old_delivery_identical`: nothing in a row says in which unit it is."""
RISK = Risk.medium
FACTORS = (
    100, 0.01, 1000, 0.001, 10, 0.1, 60, 1 / 60, 3600, 1 / 3600, 24, 1 / 24, 86400, 1 / 86400, 1e6, 1e-6,
    1.609344, 1 / 1.609344, 2.54, 1 / 2.54, 0.45359237, 1 / 0.45359237, 0.3048, 1 / 0.3048, 1024, 1 / 1024,
)  # fmt: skip
"""Cents, thousandths, minutes, hours, days, miles (1.609344 km), inches, pounds, feet: exact by definition."""
SCALES = ((1.8, 32.0), (1 / 1.8, -32 / 1.8))
"""Factor and zero of Celsius to Fahrenheit and back."""
_SCALES = (*FACTORS, -1.0, *(-f for f in FACTORS))
NEAR = 0.02
"""Relative distance up to which a measured ratio is taken for one of the factors."""


def scale_column(diagnosis: Diagnosis, looked: Looked) -> tuple[ScaleColumn, ...]:
    """The known factors near the ratio of today's values to the known ones, by key, nearest first, then scales."""
    column, key = diagnosis.column or "", looked.drift.key
    if not key:
        return ()
    c, on = quoted(column), same_key(key, "g", "n")
    with looked.rows() as (db, then, now):
        row = db.execute(
            f"select median(n.{c} / g.{c}) filter (where g.{c} <> 0 and n.{c} <> 0), "
            f"regr_slope(n.{c}, g.{c}), regr_intercept(n.{c}, g.{c}) from {then} g join {now} n on {on}"
        ).fetchone()
    ratio, slope, zero = (float(v or 0) for v in row or (0, 0, 0))
    near = sorted((s for s in _SCALES if abs(ratio - s) <= NEAR * abs(s)), key=lambda s: abs(ratio - s))
    found = [(f, 0.0) for f in near]
    found += [(f, z) for f, z in SCALES if abs(slope - f) <= NEAR * f and abs(zero - z) <= NEAR * abs(z)]
    source, kind = looked.source, looked.type(column)
    return tuple(
        ScaleColumn(source=source.unique_id, relation=source.label, column=column, type=kind, factor=f, zero=z)
        for f, z in found
    )
