"""What worked before: the same change of the same producer is proposed first, and still proved."""

from collections import Counter
from dataclasses import dataclass, field
from typing import get_args

from pydantic import TypeAdapter

from agents.contracts import Change, SourceChange
from agents.ledger import Ledger
from agents.readings import label_of

_READ: TypeAdapter[Change] = TypeAdapter(Change)
_OF_SOURCES = get_args(SourceChange)


@dataclass(frozen=True)
class Memory:
    """How often which change was applied; empty where nothing was."""

    counted: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def times(self, change: SourceChange) -> int:
        """How often this very change answered a drift of this producer, in whichever of its tables."""
        return self.counted[_key(change)]


def recall(ledger: Ledger) -> Memory:
    """Everything that was applied and not taken back since."""
    counted: Counter[tuple[str, ...]] = Counter()
    for data, count in ledger.patterns():
        change = _READ.validate_python(data)
        if isinstance(change, _OF_SOURCES):
            counted[_key(change)] += count
    return Memory(counted)


def _key(change: SourceChange) -> tuple[str, ...]:
    """A producer is the schema of a source: what it does to one table, it does to others."""
    producer = change.relation.rpartition(".")[0]
    return producer, change.kind, getattr(change, "column", "").lower(), label_of(change).lower()
