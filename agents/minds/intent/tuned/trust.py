"""How sure an answer of the tuned model is, and whether it is asked at all in place of the rules.

Both were measured when the adapter was made, and stand in `weights/intent.json` beside it.
"""

import json
import math
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from agents.contracts import Record
from agents.errors import AdpError
from agents.minds.engines.engine import Unavailable
from agents.minds.intent.answer import Intent
from agents.minds.intent.checked import checked
from agents.minds.intent.rules import read
from agents.minds.intent.schema import Schema
from agents.minds.intent.tuned.ask import CARD, WEIGHTS, tuned
from agents.minds.intent.tuned.notation import Names, spoken

FEATURES = ("one", "rules", "same", "refused before", "refused", "told now", "told no more", "answered now", "parts")
_LEAST, _MOST = 0.02, 0.98


class Trust(Record):
    """When an answer is taken, and how sure it is."""

    asked_below: float = 0.9
    """Of rules at least as sure as this the model is not asked, where rules may answer."""
    taken_from: float | None = None
    """From this confidence on its answer is taken in place of the rules'; None: it was not measured to help."""
    weights: dict[str, float] = {}
    """By FEATURES: of the logistic curve over what the answer changed."""


@dataclass(frozen=True)
class Adapter:
    """An adapter and how far it is trusted."""

    file: Path | None
    """None where the card names none."""
    trust: Trust


@cache
def adapter_in(folder: Path = WEIGHTS) -> Adapter:
    """What a folder holds; a card without a file tells of an adapter that was not good enough to keep."""
    card = json.loads((folder / CARD).read_text()) if (folder / CARD).is_file() else None
    if not card or not card["file"]:
        return Adapter(None, Trust())
    return Adapter(folder / card["file"], Trust.model_validate(card["trust"]))


def corrected(said: str, schema: Schema, today: date, ruled: Intent, adapter: Adapter) -> Intent:
    """The tuned model's answer with its confidence. Raises Unavailable where no model can be asked."""
    if adapter.file is None:
        raise Unavailable(f"no adapter in {WEIGHTS}; `adp minds train --job intent --out {WEIGHTS}` makes one")
    answer = checked(tuned(said, schema, today, adapter.file), schema, said)
    trust = adapter.trust
    return answer.model_copy(update={"confidence_score": confidence(trust, features(schema, ruled, answer))})


def best(said: str, schema: Schema, today: date, adapter: Adapter) -> Intent:
    """Rules, and the tuned model's answer where rules are unsure and it is sure enough."""
    trust = adapter.trust
    ruled = read(said, schema, today)
    if trust.taken_from is None or ruled.confidence_score >= trust.asked_below:
        return ruled
    try:
        other = corrected(said, schema, today, ruled, adapter)
    except AdpError:  # not installed, out of time or of context: rules are always there
        return ruled
    return other if other.confidence_score >= trust.taken_from else ruled


def features(schema: Schema, ruled: Intent, answer: Intent) -> tuple[float, ...]:
    """What the model changed of the rules' answer, in the order of FEATURES."""
    names = Names(schema)
    before, after = set(spoken(ruled, names)), set(spoken(answer, names))
    open_before, open_after = {b for b in before if b.startswith("unknown ")}, set(answer.unknown)
    sure = min(_MOST, max(_LEAST, ruled.confidence_score))
    return (
        1.0, math.log(sure / (1 - sure)), float(before == after), float(bool(open_before)), float(bool(open_after)),
        min(3.0, len({a for a in after - before if not a.startswith("unknown ")})),
        min(3.0, len({b for b in before - after if not b.startswith("unknown ")})),
        min(3.0, len(open_before - after)), min(10, len(after)) / 10,
    )  # fmt: skip


def confidence(trust: Trust, values: tuple[float, ...]) -> float:
    """The chance that the answer is wholly right."""
    total = sum(trust.weights.get(name, 0.0) * v for name, v in zip(FEATURES, values, strict=True))
    return round(min(_MOST, max(_LEAST, 1 / (1 + math.exp(-max(-30.0, min(30.0, total)))))), 3)
