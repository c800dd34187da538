"""Fit the confidence of the rules on drawn examples: `python -m agents.minds.intent.drawing.fit`."""

from agents.minds.intent.answer import Bindings, Intent
from agents.minds.intent.confidence import features, fitted
from agents.minds.intent.drawing.requests import Example, examples
from agents.minds.intent.rules import reading

SEED, COUNT = 77, 2500
Rows = list[tuple[tuple[float, ...], bool]]


def right(example: Example, answer: Intent) -> bool:
    """Whether an answer means what was drawn; of a request without an answer, whether that is said."""
    if answer.unknown or example.intent.unknown:
        return bool(answer.unknown) == bool(example.intent.unknown)
    return meaning(answer.bindings) == meaning(example.intent.bindings)


def meaning(bindings: Bindings) -> object:
    """Bindings without order among equals and without the names that an answer may choose."""
    figures = {m.name: (m.aggregation, m.table, m.column) for m in bindings.metrics}
    return (
        set(figures.values()), {(d.table, d.column) for d in bindings.dimensions}, bindings.grain,
        {(f.table, f.column, f.op, str(sorted(map(str, f.value)) if isinstance(f.value, list) else f.value))
         for f in bindings.filters},
        bindings.time_range, [(figures.get(o.by, o.by), o.desc) for o in bindings.order], bindings.limit,
    )  # fmt: skip


def rows() -> tuple[Rows, Rows]:
    """(features, was it right), of answers and of refusals."""
    answered: Rows = []
    refused: Rows = []
    for example in examples(COUNT, SEED):
        request, chooser, intent = reading(example.request, example.schema, example.today)
        (refused if intent.unknown else answered).append((features(request, chooser, intent), right(example, intent)))
    return answered, refused


if __name__ == "__main__":
    known, unknown = rows()
    print(f"ANSWERED = {fitted(known)}\nOPEN = {fitted(unknown)}")
