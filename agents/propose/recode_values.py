"""The change `recode_values`: codes that changed, learned from rows with the same key."""

from agents.contracts import Diagnosis, RecodeValues, Risk
from agents.propose.claimed import OLD_DELIVERY, REPAIR
from agents.propose.looked import Looked
from agents.warehouse import quoted, same_key

CLAIMS = (*REPAIR, OLD_DELIVERY)
RISK = Risk.medium
MAXIMUM_CODES = 100


def recode_values(diagnosis: Diagnosis, looked: Looked) -> tuple[RecodeValues, ...]:
    """New code -> known value, each the commonest partner by key; nothing where that is not one to one."""
    column, key = diagnosis.column or "", looked.drift.key
    if not key:
        return ()
    c, on = quoted(column), same_key(key, "g", "n")
    again = same_key(key, "g", "m")
    with looked.rows() as (db, then, now):
        pairs = db.execute(
            f"select n.{c}::varchar, g.{c}::varchar, count(*) from {then} g join {now} n on {on} "
            f"where n.{c} is not null and g.{c} is not null group by all order by 3 desc limit {MAXIMUM_CODES**2}"
        ).fetchall()
        unknown = db.execute(
            f"select count(distinct n.{c}::varchar) from {now} n where n.{c} is not null and n.{c}::varchar not in "
            f"(select m.{c}::varchar from {then} g join {now} m on {again} where m.{c} is not null)"
        ).fetchone()
    mapping: dict[str, str] = {}
    for new, old, _ in pairs:
        mapping.setdefault(str(new), str(old))
    changed = {new: old for new, old in mapping.items() if new != old}
    reversible = len(set(mapping.values())) == len(mapping) <= MAXIMUM_CODES
    # A new code that is also a known value cannot be told apart from it in a delivery of the old kind.
    ambiguous = set(changed) & set(mapping.values())
    if not changed or not reversible or ambiguous or (unknown and unknown[0]):
        return ()
    source = looked.source
    return (
        RecodeValues(
            source=source.unique_id, relation=source.label, column=column, type=looked.type(column), mapping=changed
        ),
    )
