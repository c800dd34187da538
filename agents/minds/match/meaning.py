"""How near the meanings of two names are, by an embedding that may be installed."""

from collections.abc import Callable, Sequence

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""A vector of length 1 for each text."""


def cosines(one: Sequence[float], *others: Sequence[float]) -> list[float]:
    """The cosine of one vector of length 1 with each other.

    >>> cosines((1.0, 0.0), (0.6, 0.8))
    [0.6]
    """
    return [sum(a * b for a, b in zip(one, other, strict=True)) for other in others]
