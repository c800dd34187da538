"""How near the meanings of two names are, by an embedding that may be installed."""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

from agents.errors import UsageError

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""A vector of length 1 for each text."""


def embedding() -> Embed:
    """The embedding of the engines. Raises UsageError where there is none."""
    where = "agents.minds.engines.minilm"
    if find_spec("agents.minds.engines") is None or find_spec(where) is None:
        raise UsageError("Embeddings are not installed: `make minds`, or ask with --engine names.")
    engines = import_module("agents.minds.engines.engine")
    try:
        model = import_module(where).MiniLM()
    except engines.Unavailable as error:
        raise UsageError(f"Embeddings are {error}. Or ask with --engine names.") from error
    limits = engines.Limits(seconds=10, tokens=100_000)
    return lambda texts: list(model.embed(texts, limits).value)


def cosines(one: Sequence[float], *others: Sequence[float]) -> list[float]:
    """The cosine of one vector of length 1 with each other.

    >>> cosines((1.0, 0.0), (0.6, 0.8))
    [0.6]
    """
    return [sum(a * b for a, b in zip(one, other, strict=True)) for other in others]
