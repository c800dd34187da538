"""What worked before: the same change of the same producer is proposed first, and still proved."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import TypeAdapter

from agents.contracts import Change, SourceChange
from agents.ledger import Ledger
from agents.readings import label_of

_READ: TypeAdapter[Change] = TypeAdapter(Change)
_OF_SOURCES = get_args(SourceChange)


@dataclass(frozen=True)
class TrackRecord:
    """What became of repairs of some kinds."""

    held: int = 0
    taken_back: int = 0
    scores: tuple[float, ...] = ()
    """People's, -1 to 1."""

    @property
    def scored(self) -> int:
        """How often people said what they think."""
        return len(self.scores)

    @property
    def feedback(self) -> float:
        """Mean score; 0 where there is none."""
        return sum(self.scores) / len(self.scores) if self.scores else 0.0

    @property
    def praise(self) -> float:
        """Sum of the good scores."""
        return sum(s for s in self.scores if s > 0)

    @property
    def blame(self) -> float:
        """Sum of the bad scores, as a positive number."""
        return -sum(s for s in self.scores if s < 0)

    @property
    def rate(self) -> float:
        """Share that held, one half where nothing is known (Laplace's rule of succession)."""
        good, bad = self.held + self.praise, self.taken_back + self.blame
        return (good + 1) / (good + bad + 2)


@dataclass(frozen=True)
class Memory:
    """How often which change was applied, and how far each kind held; empty where nothing was."""

    counted: Counter[tuple[str, ...]] = field(default_factory=Counter)
    records: dict[str, TrackRecord] = field(default_factory=dict)

    def times(self, change: SourceChange) -> int:
        """How often this very change answered a drift of this producer, in whichever of its tables."""
        return self.counted[_key(change)]

    def rate(self, kind: str) -> float:
        """Share of repairs of this kind that held; it orders candidates and decides nothing."""
        return self.records.get(kind, TrackRecord()).rate


def recall(ledger: Ledger) -> Memory:
    """Everything that was applied and not taken back since."""
    counted: Counter[tuple[str, ...]] = Counter()
    for data, count in ledger.patterns():
        change = _READ.validate_python(data)
        if isinstance(change, _OF_SOURCES):
            counted[_key(change)] += count
    kinds = {change["kind"] for _, proposal in ledger.ended() for change in proposal["changes"]}
    return Memory(counted, {kind: track_record(ledger, (kind,)) for kind in kinds})


def track_record(ledger: Ledger, kinds: Collection[str], without: str = "") -> TrackRecord:
    """How repairs with a change of one of these kinds fared; the proposal `without` is left out."""
    states = Counter(state for state, made in ledger.ended() if _of(made, kinds) and made["id"] != without)
    scores = tuple(score for score, made in ledger.scored() if _of(made, kinds) and made["id"] != without)
    return TrackRecord(states["applied"], states["rolled_back"], scores)


def _of(proposal: dict[str, Any], kinds: Collection[str]) -> bool:
    return any(change["kind"] in kinds for change in proposal.get("changes", ()))


def _key(change: SourceChange) -> tuple[str, ...]:
    """A producer is the schema of a source: what it does to one table, it does to others."""
    producer = change.relation.rpartition(".")[0]
    return producer, change.kind, getattr(change, "column", "").lower(), label_of(change).lower()
