"""Features to probabilities, and whether the likeliest candidate is likely enough."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path
from typing import Any

from agents.errors import UsageError
from agents.minds.match import roles
from agents.minds.match.evidence import Case, evidence

FILE = "match.json"
WEIGHTS = Path(__file__).parent / "weights"
"""The folder of the weights in effect; `ADP_MATCHER` names another."""


@dataclass(frozen=True)
class Judge:
    """Fitted weights for one set of evidence."""

    weights: Mapping[str, float]
    none: float
    """Score of "none of them"."""
    temperature: float
    decides_at: float
    """Probability from which the best candidate is taken."""
    margin: float
    """Least difference to the second."""

    def probabilities(self, rows: Sequence[Mapping[str, float]]) -> list[float]:
        """Of each candidate, that it is the one; what is left to 1 is that none of them is."""
        scores = [sum(self.weights.get(k, 0.0) * v for k, v in row.items() if v) / self.temperature for row in rows]
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
        return ""


def judge(*, meanings: bool, data: bool) -> Judge:
    """The judge for the evidence that there is."""
    return judge_named("names" + "+meanings" * meanings + "+data" * data)


def judge_named(name: str) -> Judge:
    """A judge of the file, among them those that only tell what each kind of evidence adds.

    Raises UsageError where the weights were not fitted to it.
    """
    known = _judges(Path(os.environ.get("ADP_MATCHER") or WEIGHTS) / FILE)
    if name not in known:
        raise UsageError(
            f"The matcher's weights know {', '.join(sorted(known))}, and not {name}. "
            "Fit them with what is installed: `adp minds train --job match`."
        )
    return known[name]


@cache
def _judges(file: Path) -> dict[str, Judge]:
    if not file.is_file():
        raise UsageError(f"{file} is missing. Make it again: `adp minds train --job match`.")
    card: dict[str, Any] = json.loads(file.read_text())
    return {name: Judge(**told) for name, told in card["judges"].items()}


def judged(case: Case) -> tuple[list[dict[str, float]], list[float], Judge]:
    """The features and probabilities of every candidate."""
    rows = evidence(case)
    by = judge(meanings=case.meanings is not None, data=case.missed is not None and bool(case.seen))
    return rows, by.probabilities(rows), by
