"""Fit the confidence of the rules again, on the open half: `python benchmarks/_minds_intent/confidence.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from _minds_intent.gold import TODAY, all_cases, domain, right
from agents.minds.intent.checked import checked
from agents.minds.intent.confidence import features, fitted
from agents.minds.intent.rules import reading

Rows = list[tuple[tuple[float, ...], bool]]


def rows() -> tuple[Rows, Rows]:
    """(features, was it right), of answers and of refusals."""
    answered: Rows = []
    refused: Rows = []
    for case in all_cases("open"):
        schema, _ = domain(case.half, case.domain)
        request, chooser, read = reading(case.request, schema, TODAY)
        answer = checked(read, schema, case.request)
        mine = refused if answer.unknown else answered
        mine.append((features(request, chooser, read), right(case, answer, schema)))
    return answered, refused


if __name__ == "__main__":
    known, unknown = rows()
    print(f"ANSWERED = {fitted(known)}\nOPEN = {fitted(unknown)}")
