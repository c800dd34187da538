"""What some values of a column say about it, and how well two columns' values go together."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp

SHAPES = 40
"""Kinds of writing of which a text column's commonest are compared."""


@dataclass(frozen=True)
class Sample:
    """Some rows of one column. Numbers, moments (seconds) and booleans (0, 1) are floats, texts are texts."""

    family: str
    """`number`, `text`, `moment`, `boolean`, or empty."""
    values: Sequence[float | str]
    """Without nulls."""
    nulls: int = 0

    @cached_property
    def empty(self) -> float:
        """Share of nulls."""
        return self.nulls / max(self.nulls + len(self.values), 1)

    @cached_property
    def different(self) -> float:
        """Different values by values."""
        return len(set(self.values)) / max(len(self.values), 1)

    @cached_property
    def spread(self) -> tuple[float, ...]:
        """Five quantiles of numbers; empty for texts."""
        numbers = sorted(v for v in self.values if isinstance(v, float))
        if not numbers:
            return ()
        return tuple(
            numbers[min(len(numbers) - 1, int(share * len(numbers)))] for share in (0.05, 0.25, 0.5, 0.75, 0.95)
        )

    @cached_property
    def steps(self) -> tuple[float, ...]:
        """Shares of whole numbers, of whole hundreds, of whole days of seconds, of negative ones: how it is counted."""
        numbers = [v for v in self.values if isinstance(v, float)]
        n = max(len(numbers), 1)
        whole = [sum(v % step == 0 for v in numbers) / n for step in (1, 100, 86400)]
        return (*whole, sum(v < 0 for v in numbers) / n)

    @cached_property
    def shapes(self) -> dict[str, float]:
        """How texts are written, with shares: `AB-123` is `A-9`."""
        counted = Counter(shape(v) for v in self.values if isinstance(v, str))
        total = max(sum(counted.values()), 1)
        return {form: n / total for form, n in counted.most_common(SHAPES)}

    @cached_property
    def length(self) -> float:
        """Mean length of texts."""
        texts = [len(v) for v in self.values if isinstance(v, str)]
        return sum(texts) / max(len(texts), 1)


def shape(text: str) -> str:
    """How a text is written, whatever its words and their lengths.

    >>> shape("AB-123"), shape("Anna Berg"), shape("a@b.com")
    ('A-9', 'Aa Aa', 'a@a.a')
    """
    return re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]+", "A", re.sub(r"\d+", "9", text[:60])))


@dataclass(frozen=True)
class Seen:
    """A candidate's values, and what whole rows say."""

    sample: Sample
    shared: float
    """Share of the missed column's different values that the candidate holds too."""
    same: float | None = None
    """Share of rows with the same key in which both say the same; None where no key is known."""
    scaled: bool = False
    """In those rows, it is the missed column's number times a constant that is not 1."""


DATA = ("family", "empty", "different", "range", "steps", "shapes", "length", "shared", "same", "unlike", "scaled")


def resemblance(missed: Sample, seen: Seen) -> dict[str, float]:
    """Features of how alike the values are; 0 is neither for nor against, or as unlike as can be."""
    now = seen.sample
    found = dict.fromkeys(DATA, 0.0)
    known = bool(missed.values and now.values)
    found["family"] = 0.0 if not missed.family or not now.family else 1.0 if missed.family == now.family else -1.0
    found["empty"] = -min(1.0, 2 * abs(missed.empty - now.empty))
    found["scaled"] = float(seen.scaled)
    if not known:
        return found
    found["different"] = -abs(missed.different**0.5 - now.different**0.5)
    if missed.family == now.family:
        if missed.spread and now.spread:
            found["range"] = _near(missed.spread, now.spread)
            found["steps"] = -sum(abs(a - b) for a, b in zip(missed.steps, now.steps, strict=True)) / 2
        else:
            found["shapes"] = sum(min(share, now.shapes.get(form, 0.0)) for form, share in missed.shapes.items())
            found["length"] = min(missed.length, now.length) / max(missed.length, now.length, 1)
        found["shared"] = seen.shared
    if seen.same is not None:
        found["same"], found["unlike"] = seen.same, float(seen.same < 0.3)
    return found


def _near(one: Sequence[float], other: Sequence[float]) -> float:
    """1 for the same quantiles, near 0 where they lie apart by more than the spread of both."""
    width = max(one[3] - one[1], other[3] - other[1], 1e-9 * max(map(abs, (*one, *other))), 1e-12)
    apart = sum(min(abs(a - b) / width, 5) for a, b in zip(one, other, strict=True)) / len(one)
    return exp(-1.5 * apart)
