"""How sure an answer of the rules is: a logistic curve over what the reading met, fitted on the benchmark's open half.

`python benchmarks/_minds_intent/confidence.py` fits again and prints the weights.
"""

import math
from collections.abc import Sequence

from agents.minds.intent.answer import Intent
from agents.minds.intent.choosing import Chooser
from agents.minds.intent.parts import Request

NAMES = ("one", "weakest", "mean", "doubts", "synonyms", "parts", "figures", "groups", "unknown", "tied", "no figure")
ANSWERED = (1.088, 1.354, 1.13, -0.249, -0.14, -0.281, -0.115, 0.374, 0.0, -0.285, 0.018)
OPEN = (2.485, 0.529, 0.036, -0.315, 0.233, -5.953, -0.244, 0.085, -0.286, -1.414, 1.193)
_LEAST, _MOST = 0.02, 0.98


def confidence(request: Request, chooser: Chooser, intent: Intent) -> float:
    """The chance that the answer is wholly right; with something unknown, that the request has no answer."""
    return _curve(OPEN if intent.unknown else ANSWERED, features(request, chooser, intent))


def features(request: Request, chooser: Chooser, intent: Intent) -> tuple[float, ...]:
    """What the reading met, in the order of NAMES."""
    used = [p.links()[0].score for p in request.parts if p.kind == "mention" and p.used] or [1.0]
    chosen = [c.score for c in chooser.chosen.values()] or [1.0]
    spoken = [c for c in chooser.chosen.values() if c.how != "name"]
    open_words = sum(len(u.split()) for u in intent.unknown)
    return (
        1.0, min(*used, *chosen), sum(used) / len(used),
        float(min(3, sum(chooser.doubts.values()))), float(min(3, len(spoken))), min(12, len(request.parts)) / 12,
        float(min(3, len(intent.bindings.metrics))),
        float(min(3, len(intent.bindings.dimensions))), float(min(4, open_words)), float(bool(chooser.tied)),
        float(not intent.bindings.metrics),
    )  # fmt: skip


def _curve(weights: Sequence[float], values: Sequence[float]) -> float:
    total = sum(w * v for w, v in zip(weights, values, strict=True))
    return round(min(_MOST, max(_LEAST, 1 / (1 + math.exp(-total)))), 3)


def fitted(rows: Sequence[tuple[tuple[float, ...], bool]], rounds: int = 1500, rate: float = 0.5) -> tuple[float, ...]:
    """Weights by gradient descent with a little shrinkage."""
    weights = [0.0] * len(NAMES)
    for _ in range(rounds if rows else 0):
        slope = [0.0] * len(weights)
        for values, right in rows:
            total = sum(w * v for w, v in zip(weights, values, strict=True))
            miss = 1 / (1 + math.exp(-total)) - right
            for i, value in enumerate(values):
                slope[i] += miss * value
        weights = [w - rate * (s / len(rows) + 0.001 * w) for w, s in zip(weights, slope, strict=True)]
    return tuple(round(w, 3) for w in weights)
