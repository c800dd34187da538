"""How near the meanings of two names are, by an embedding that may be installed."""

from collections.abc import Callable, Sequence

from agents.errors import UsageError
from agents.minds.engines.engine import Limits, Unavailable
from agents.minds.engines.minilm import MiniLM

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""A vector of length 1 for each text."""
AskedEmbed = Callable[[Sequence[str]], Sequence[Sequence[float]] | None]
"""The same, or None where nobody can tell now."""


def installed() -> bool:
    """Whether there is an embedding; its weights are not read for that."""
    try:
        MiniLM()
    except Unavailable:
        return False
    return True


def embedding() -> Embed:
    """The embedding of the engines. Raises UsageError where there is none."""
    try:
        model = MiniLM()
    except Unavailable as error:
        raise UsageError(f"Embeddings are {error}. Or ask with --engine names.") from error

    def embed(texts: Sequence[str]) -> list[list[float]]:
        limits = Limits(seconds=max(60.0, len(texts)), tokens=100 * max(1000, len(texts)))
        return list(model.embed(texts, limits).value)

    return embed


def cosines(one: Sequence[float], *others: Sequence[float]) -> list[float]:
    """The cosine of one vector of length 1 with each other.

    >>> cosines((1.0, 0.0), (0.6, 0.8))
    [0.6]
    """
    return [sum(a * b for a, b in zip(one, other, strict=True)) for other in others]
