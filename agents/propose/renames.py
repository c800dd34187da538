"""Renamed columns of one source, searched together: which arrived column each lost one may be."""

import itertools
import math
from collections.abc import Mapping, Sequence

from agents.contracts import Diagnosis, MapColumn, SourceChange
from agents.memory import Memory
from agents.model import LanguageModel
from agents.names import similarity
from agents.propose.looked import Looked

MAXIMUM_CANDIDATES = 12
MAXIMUM_RIVALS = 3
MAXIMUM_WAYS = 5000
"""Ways to send lost columns to arrived ones up to which all are weighed."""


def renames(
    diagnoses: Sequence[Diagnosis], looked: Looked, model: LanguageModel, memory: Memory
) -> tuple[tuple[tuple[SourceChange, ...], ...], str]:
    """Ways to send the lost columns to those that arrived, best names first; or why there is none."""
    lost, arrived = [d.column or "" for d in diagnoses], diagnoses[0].moved_to
    if len(arrived) < len(lost):
        return (), f"{', '.join(lost)} went, but only {', '.join(arrived)} arrived: at least one column is lost"
    ranking = {column: dict(model.rank(column, arrived)) for column in lost}
    source = looked.source
    mapped = {
        (c, n): MapColumn(source=source.unique_id, relation=source.label, column=c, arrives_as=n)
        for c in lost
        for n in arrived
    }
    alike = looked.alike(lost, arrived) if len(arrived) > 1 else {}
    score = {pair: memory.times(m) + ranking[pair[0]].get(pair[1], 0.0) for pair, m in mapped.items()}
    score |= {pair: score[pair] + share for pair, share in alike.items()}
    orders = assignments(lost, arrived, score)[:MAXIMUM_CANDIDATES]
    return tuple(tuple(mapped[pair] for pair in zip(lost, names, strict=True)) for names in orders), ""


def assignments(
    lost: Sequence[str], arrived: Sequence[str], score: Mapping[tuple[str, str], float]
) -> list[tuple[str, ...]]:
    """An arrived column for each lost one, in all ways, best first; near the best only where the ways are too many.

    >>> assignments(["a", "b"], ["x", "y"], {("a", "x"): 1, ("a", "y"): 0, ("b", "x"): 1, ("b", "y"): 0.5})
    [('x', 'y'), ('y', 'x')]
    """

    def worth(names: Sequence[str]) -> float:
        return -sum(score[pair] for pair in zip(lost, names, strict=True))

    if math.perm(len(arrived), len(lost)) <= MAXIMUM_WAYS:
        return sorted(itertools.permutations(arrived, len(lost)), key=worth)
    taken: dict[str, str] = {}
    for column, name in sorted(score, key=lambda pair: -score[pair]):
        if column not in taken and name not in taken.values():
            taken[column] = name
    best = [*(taken[c] for c in lost), *(n for n in arrived if n not in taken.values())]
    ways = [best]
    for i, j in itertools.combinations(range(len(best)), 2):
        swapped = [*best]
        swapped[i], swapped[j] = best[j], best[i]
        ways.append(swapped)
    return sorted({tuple(way[: len(lost)]) for way in ways}, key=worth)


def rivals(diagnoses: Sequence[Diagnosis], best: tuple[SourceChange, ...]) -> list[tuple[SourceChange, ...]]:
    """The best mapping with one column sent to a column that was there before, nearest names first."""
    found: list[tuple[SourceChange, ...]] = []
    for position, change in enumerate(best):
        if not isinstance(change, MapColumn):
            continue
        drift = next(e.drift for d in diagnoses for e in d.evidence if e.drift)
        kind = next((c.before.type for c in drift.columns if c.name == change.column and c.before), "")
        stayed = [n for n, t in drift.stayed.items() if _comparable(kind, t)]
        for name in sorted(stayed, key=lambda n: -similarity(change.column, n))[:MAXIMUM_RIVALS]:
            wrong = change.model_copy(update={"arrives_as": name})
            found.append((*best[:position], wrong, *best[position + 1 :]))
    return found


def _comparable(one: str, other: str) -> bool:
    text = ("VARCHAR", "UUID")
    return one.startswith(text) == other.startswith(text)
