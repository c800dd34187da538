"""Whether an answer means what was drawn."""

from agents.minds.intent.answer import Bindings, Intent
from agents.minds.intent.drawing.requests import Example


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
