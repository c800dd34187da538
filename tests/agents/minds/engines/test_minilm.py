"""The real all-MiniLM-L6-v2, without torch."""

import pytest

from agents.minds.engines.engine import Limits, OverBudget
from agents.minds.engines.minilm import PACKAGE, MiniLM

pytest.importorskip(PACKAGE, reason="the weights are not installed: `make minds` adds them")
pytestmark = pytest.mark.minds
LIMITS = Limits(60, 10_000)


def _near(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_it_finds_what_the_model_card_says_of_its_example() -> None:
    """Figures of https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2, rounded to three digits there."""
    texts = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    first, *others = MiniLM().embed(texts, LIMITS).value
    assert [round(_near(first, other), 3) for other in others] == [0.695, 0.943, 0.257]


def test_a_text_means_the_same_alone_and_beside_longer_ones() -> None:
    engine = MiniLM()
    texts = ["tax", "the sum of all orders", "", *(f"column {i}" for i in range(16)), "naïve 日本 \x00 " * 200]
    together = engine.embed(texts, LIMITS).value
    for text, vector in zip(texts, together, strict=True):
        assert _near(engine.embed([text], LIMITS).value[0], vector) == pytest.approx(1, abs=1e-5)


def test_more_than_the_budget_is_not_read() -> None:
    with pytest.raises(OverBudget, match="more than 20 tokens"):
        MiniLM().embed(["many words " * 20], Limits(60, 20))
