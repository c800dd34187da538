"""Features to probabilities, and whether the likeliest candidate is likely enough."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, tanh
from pathlib import Path
from typing import Any

from agents.errors import UsageError
from agents.minds.asked import current
from agents.minds.match import roles
from agents.minds.match.evidence import Case, evidence

FILE = "match.json"
WEIGHTS = Path(__file__).parent / "weights"
"""The folder of the weights in effect; `ADP_MATCHER` names another."""


@dataclass(frozen=True)
class Judge:
    """Fitted weights for one set of evidence: a sum of features, and what a few hidden units see in them together."""

    weights: Mapping[str, float]
    none: float
    """Score of "none of them"."""
    temperature: float
    decides_at: float
    """Probability from which the best candidate is taken."""
    margin: float
    """Least difference to the second."""
    hidden: Sequence[tuple[float, float, Mapping[str, float]]] = ()
    """Of each unit: what it adds to the score, its offset, and its weights."""

    def score(self, row: Mapping[str, float]) -> float:
        """How much speaks for a candidate."""
        there = [(k, v) for k, v in row.items() if v]
        units = sum(adds * tanh(at + sum(by.get(k, 0.0) * v for k, v in there)) for adds, at, by in self.hidden)
        return sum(self.weights.get(k, 0.0) * v for k, v in there) + units

    def probabilities(self, rows: Sequence[Mapping[str, float]]) -> list[float]:
        """Of each candidate, that it is the one; what is left to 1 is that none of them is."""
        scores = [self.score(row) / self.temperature for row in rows]
        none = self.none / self.temperature
        top = max([*scores, none])
        raised = [exp(s - top) for s in scores]
        total = sum(raised) + exp(none - top)
        return [r / total for r in raised]

    def decides(self, case: Case, shares: Sequence[float]) -> str:
        """Why it does not decide; empty where it does."""
        if not shares:
            return "there are no candidates"
        ranked = sorted(range(len(shares)), key=lambda i: -shares[i])
        best = shares[ranked[0]]
        name = case.candidates[ranked[0]].name.text
        if best < self.decides_at:
            return f"{name} is likely with {best:.2f}; {self.decides_at:.2f} is needed"
        if len(ranked) > 1 and best - shares[ranked[1]] < self.margin:
            return f"{name} and {case.candidates[ranked[1]].name.text} are a near tie"
        kinds = case.missing.kind, case.candidates[ranked[0]].kind
        was, now = map(roles.family, kinds)
        if was and now and was != now and not {was, now} <= {"text", "moment"}:
            return f"{name} is the likeliest, but of the type {kinds[1]}, which was {kinds[0]}"
        known = case.missed is not None and bool(case.seen)
        names = case.missing.name, case.candidates[ranked[0]].name
        if not known and roles.opposed(*names):
            return f"{name} is the likeliest, but names the opposite"
        if not known and (roles.units_differ(*names) == 1 or roles.currencies_differ(*names)):
            return f"{name} is the likeliest, but in another unit"
        return ""


def judge(*, meanings: bool, data: bool) -> Judge:
    """The judge for the evidence that there is."""
    return judge_named("names" + "+meanings" * meanings + "+data" * data)


def judge_named(name: str) -> Judge:
    """A judge of the file, among them those that only tell what each kind of evidence adds.

    Raises UsageError where the weights were not fitted to it.
    """
    known = _in_effect().judges
    if name not in known:
        raise UsageError(
            f"The matcher's weights know {', '.join(sorted(known))}, and not {name}. "
            "Fit them with what is installed: `adp minds train --job match`."
        )
    return known[name]


def version() -> str:
    """The job and the version of the weights in effect, for people."""
    return f"match {_in_effect().version}"


@dataclass(frozen=True)
class _Judges:
    version: str
    judges: Mapping[str, Judge]


def _in_effect() -> _Judges:
    """Of the folder `ADP_MATCHER` names; else of the project whose step asks, where its lock vouches for it."""
    named = os.environ.get("ADP_MATCHER")
    if not named and (asked := current()) and (own := asked.weights("match")).file:
        try:
            return _read(own.file, own.sha256)
        except UsageError as error:
            asked.refuse("match", f"{error} Until then the weights that adp ships are asked.")
    return _read(Path(named or WEIGHTS) / FILE)


@lru_cache(maxsize=4)
def _read(file: Path, _sha256: str = "") -> _Judges:
    if not file.is_file():
        raise UsageError(f"{file} is missing. Make it again: `adp minds train --job match --out {file.parent}`.")
    try:
        card: dict[str, Any] = json.loads(file.read_text())
        return _Judges(str(card.get("version", 1)), {name: _judge(told) for name, told in card["judges"].items()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file} holds no weights of this version of adp: {error!r}. Train them anew.") from error


def _judge(told: Mapping[str, Any]) -> Judge:
    weights = {str(name): float(weight) for name, weight in told["weights"].items()}
    hidden = [(float(adds), float(at), dict(by)) for adds, at, by in told.get("hidden", ())]
    none, temperature, decides_at, margin = (float(told[n]) for n in ("none", "temperature", "decides_at", "margin"))
    return Judge(weights, none, temperature, decides_at, margin, hidden)


def judged(case: Case) -> tuple[list[dict[str, float]], list[float], Judge]:
    """The features and probabilities of every candidate."""
    rows = evidence(case)
    by = judge(meanings=case.meanings is not None, data=case.missed is not None and bool(case.seen))
    return rows, by.probabilities(rows), by
