"""The change `deduplicate_rows`: rows delivered twice, the same in every column."""

from agents.contracts import DeduplicateRows, Diagnosis, Risk
from agents.propose.claimed import OLD_DELIVERY, REPAIR
from agents.propose.looked import Looked

CLAIMS = (*REPAIR, OLD_DELIVERY)
RISK = Risk.medium


def deduplicate_rows(diagnosis: Diagnosis, looked: Looked) -> tuple[DeduplicateRows, ...]:
    """One candidate, and only where no two rows with the same key differ."""
    if not looked.drift.identical:
        return ()
    return (DeduplicateRows(source=looked.source.unique_id, relation=looked.source.label),)
