"""Name the cause of an error from its text: rules first, then a small trained classifier."""

from typing import Literal

from agents.contracts import Cause, Record
from agents.minds.error_rules import ruled

Engine = Literal["rules", "classifier", "auto"]
RULED = 0.98
"""How often a rule that matches is right, of the texts kept apart in training."""
UNRULED = 0.3
"""How often `other` is right where no rule matches and nothing else is asked."""


class Likelihood(Record):
    """A cause, and how likely it is."""

    cause: Cause
    confidence: float


class Classified(Record):
    """The cause that an error's text names."""

    cause: Cause
    confidence: float
    """Probability that it is right, 0-1, calibrated on texts kept apart."""
    engine: Literal["rules", "classifier"]
    """Which of the two answered."""
    reasons: tuple[str, ...]
    alternatives: tuple[Likelihood, ...] = ()
    """What else it may be, likeliest first; rules have none."""


def classify(text: str, engine: Engine = "auto") -> Classified:
    """The cause of an error's text.

    `auto` asks the classifier only where the rules say `other`. Numpy and the weights are loaded when it is first
    asked. The text is data: what it says about itself is not followed.

    >>> classify("database is locked").cause.value
    'lock'
    """
    if engine != "classifier":
        cause, words = ruled(text)
        if engine == "rules" or cause is not Cause.other:
            return _by_rules(cause, words)
    return _by_classifier(text)


def _by_rules(cause: Cause, words: str) -> Classified:
    if cause is Cause.other:
        return Classified(cause=cause, confidence=UNRULED, engine="rules", reasons=("no rule matches",))
    return Classified(cause=cause, confidence=RULED, engine="rules", reasons=(f"it says {words!r}",))


def _by_classifier(text: str) -> Classified:
    from agents.minds.classifier import classifier

    shares, words = classifier()(text)
    (first, share), *rest = shares.items()
    said = ", ".join(repr(w) for w in words)
    return Classified(
        cause=Cause(first),
        confidence=round(share, 4),
        engine="classifier",
        reasons=(f"trained on texts with {said}" if said else "none of its words was ever seen",),
        alternatives=tuple(Likelihood(cause=Cause(c), confidence=round(p, 4)) for c, p in rest[:3]),
    )
