"""The change `shift_moment`: moments that are delivered in another time zone."""

from agents.contracts import Diagnosis, Risk, ShiftMoment
from agents.propose.claimed import REPAIR
from agents.propose.looked import Looked
from agents.readings import value_of
from agents.warehouse import quoted, same_key

CLAIMS = REPAIR
"""Not `old_delivery_identical`: nothing in a row says in which zone it is."""
RISK = Risk.medium
QUARTER = 900
"""Seconds: every zone's distance from UTC is a multiple."""
SUMMERS = (
    "America/St_Johns", "America/Halifax", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "America/Anchorage", "America/Havana", "America/Santiago", "Europe/London", "Europe/Berlin",
    "Europe/Athens", "Asia/Jerusalem", "Asia/Beirut", "Africa/Cairo", "Australia/Adelaide", "Australia/Sydney",
    "Pacific/Auckland",
)  # fmt: skip
"""One city for each rule of summer time now in force (IANA time zone database)."""
FOLLOWS = 0.98
"""Share of the rows that a candidate must give back."""


def shift_moment(diagnosis: Diagnosis, looked: Looked) -> tuple[ShiftMoment, ...]:
    """The distance in which the rows moved, where it is one; else the zone whose summer time explains two.

    Local time that is delivered in place of UTC is not read back: an hour in autumn comes twice.
    """
    column, key = diagnosis.column or "", looked.drift.key
    kind = looked.type(column)
    if not key or not kind.startswith("TIMESTAMP"):
        return ()
    c, on = quoted(column), same_key(key, "g", "n")
    change = ShiftMoment(source=looked.source.unique_id, relation=looked.source.label, column=column, type=kind)
    with looked.rows() as (db, then, now):
        db.execute(
            f"create or replace temp table moments as select g.{c}::timestamp as a, n.{c}::timestamp as b "
            f"from {then} g join {now} n on {on} where n.{c} <> g.{c}"
        )
        rows = db.execute("select epoch(b - a), count(*) from moments group by all order by 2 desc").fetchall()
        least = (1 - FOLLOWS) * sum(n for _, n in rows)
        distances = [int(s) for s, n in rows if s % QUARTER == 0 and n >= least]
        if len(distances) == 1:
            return (change.model_copy(update={"seconds": distances[0]}),)
        zones = [change.model_copy(update={"zone": zone}) for zone in SUMMERS]
        asked = ", ".join(f"avg(({value_of(z, 'b')} = a)::int)" for z in zones)
        shares = db.execute(f"select {asked} from moments").fetchone() or ()
    return tuple(z for z, share in zip(zones, shares, strict=True) if share and share >= FOLLOWS)
