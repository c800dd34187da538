"""Where a language model may help, and what happens without one."""

from collections.abc import Sequence
from typing import Protocol

from agents.names import similarity


class LanguageModel(Protocol):
    """What a step may ask of a model; no step needs one to work, and none lets it decide."""

    def rank(self, wanted: str, candidates: Sequence[str]) -> list[tuple[str, float]]:
        """Candidates with a score 0-1 for meaning the same as `wanted`, best first."""
        ...


class RulesOnly:
    """The rules that hold the model's place: abbreviations, word order, spelling."""

    def rank(self, wanted: str, candidates: Sequence[str]) -> list[tuple[str, float]]:
        """See `LanguageModel.rank`.

        >>> RulesOnly().rank("dep_delay", ["arr_delay", "departure_delay"])[0][0]
        'departure_delay'
        """
        return sorted(((c, similarity(wanted, c)) for c in candidates), key=lambda pair: (-pair[1], pair[0]))
