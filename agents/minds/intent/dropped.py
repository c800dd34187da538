"""What of a request its answer would drop: words that no rule placed, and words that say more than was bound."""

from agents.minds.intent.answer import Bindings, ColumnRef
from agents.minds.intent.choosing import Chooser
from agents.minds.intent.glossary import FILLER, MONEYS, UNITS, likeness
from agents.minds.intent.kinds import (
    ASKED,
    GENERIC,
    MASS,
    MEASURED,
    MONEYED,
    PERSONS,
    QUANTITIES,
    SPANS,
    STATES,
    THINGS,
)  # fmt: skip
from agents.minds.intent.linking import alike
from agents.minds.intent.parts import Part, Request, beyond
from agents.minds.intent.schema import Schema, reached
from agents.minds.intent.tokens import stem, stems
from agents.minds.intent.units import rescaled
from agents.names import words

_KEEP_SILENT = {"by", "and", "only", "distinct", "direction", "sort", "=", "much"}


def dropped(request: Request, chooser: Chooser, bindings: Bindings) -> list[str]:
    """Stretches of the request that no rule placed."""
    bound = _bound_words(chooser.schema, bindings)
    figures = chooser.figures(bindings.metrics)
    money = any({*c.stems, *stems(_short(c.description))} & MONEYED - QUANTITIES for c in figures)
    placed = [s for x in places(bindings) if (c := chooser.schema.column(x.table, x.column)) for s in c.stems]
    open_ = [False] * len(request.tokens)
    for part in request.parts:
        if part.used or part.kind == "grain":
            continue
        if part.marker is not None:
            meant = part.marker.kind == "aggregate" and part.marker.says == "sum"
            meant = meant or (part.marker.kind == "count" and _counted(request, part, bindings, chooser))
            after = request.after(part)
            if part.marker.kind == "distinct" and after and after.kind == "mention" and not after.used:
                open_[after.start : after.end] = [True] * (after.end - after.start)  # `unique swipers`
            asked = part.marker.kind == "by" and _nothing(request, part)  # `by where they came from`, `per person`
            if asked or (part.marker.kind not in _KEEP_SILENT and not meant):
                open_[part.start : part.end] = [True] * (part.end - part.start)
            continue
        if any(open_[part.start : part.end]):
            continue
        lost = _lost(request, part, bindings, chooser)
        for i in range(part.start, part.end):
            token = request.tokens[i]
            known = any(alike(token.stem, b) for b in bound) if token.kind == "word" else False
            if token.kind == "word" and stem(UNITS.get(token.lower, token.lower)) in bound:
                known = True
            if part.kind == "mention" and token.stem in FILLER and part.start not in chooser.tied:
                known = True
            if token.stem in MONEYS and money:
                known = True
            if token.kind == "word" and any(likeness(token.stem, s) >= 0.75 for s in placed):
                known = True
            if _repeats(request, i, bindings, chooser.schema):
                known = True
            ahead = next((p for p in request.parts if p.start == i + 1 and p.used), None)
            if token.stem in THINGS and ahead and chooser.was_measure(ahead):
                known = True  # `customer satisfaction`
            if request.word(i - 1) in ("we", "they", "you") and request.word(i - 2) in ("did", "do"):
                known = True  # `how many leases did we close`
            open_[i] = lost or not known or beyond(request.tokens, i)
    for i in range(len(request.tokens)):
        if request.word(i - 1) == "in" and any(rescaled(c, request.word(i)) for c in figures):
            open_[i] = True
        open_[i] = open_[i] or _state(request, i, bindings, chooser.schema)
    return _stretches(request, open_)


def _counted(request: Request, marker: Part, bindings: Bindings, chooser: Chooser) -> bool:
    """Whether `how many` was answered, though no rule took the words: by a count, or by a column of how many."""
    after = next((p for p in request.parts if p.start >= marker.end and p.kind == "mention"), None)
    if request.word(marker.end) in SPANS and (after is None or after.start > marker.end or not after.used):
        return False  # `how many days did we harvest`
    if any(m.aggregation.startswith("count") for m in bindings.metrics):
        return True
    said = request.stems(after) if after else set()
    figures = chooser.figures(bindings.metrics)
    return any(said & set(c.stems) for c in figures) or (after is not None and chooser.was_measure(after))


def _nothing(request: Request, by: Part) -> bool:
    """Whether what is grouped by is nothing that has a name."""
    if request.word(by.end) in ASKED:
        return True
    if request.after(by) is not None or by.end == len(request.tokens):
        return False
    return request.tokens[by.end].stem in PERSONS | {stem("people")}


def _state(request: Request, at: int, bindings: Bindings, schema: Schema) -> bool:
    """Whether a word that mostly says nothing is a condition here: `completed jobs`, `first visits`, `new clients`."""
    word = request.word(at)
    after = next((p for p in request.parts if p.start == at + 1 and p.kind == "mention"), None)
    if word not in STATES or after is None or any(p.start <= at < p.end and p.used for p in request.parts):
        return False
    best = after.links()[0]
    if word in ("new", "newly"):  # those who came in that time
        counted = [(t, m) for m in bindings.metrics if m.aggregation in ("count", "count_distinct")
                   and (t := schema.table(m.table))]  # fmt: skip
        came = all(
            t.dates and (m.column is None or schema.column(t.name, m.column) == schema.key(t)) for t, m in counted
        )
        return bool(counted) and not (came and (bindings.time_range or bindings.grain))
    return best.kind != "value" and bool(bindings.metrics or bindings.dimensions)


def uncountable(request: Request, bindings: Bindings) -> list[str]:
    """`production by month` is no number of production runs."""
    if any(p.says("count") for p in request.parts):
        return []
    rows = [m.name for m in bindings.metrics if m.aggregation == "count" and m.column is None]
    return [name for name in rows if stem(name.split()[-1]) in MASS]


def apart(request: Request, schema: Schema, bindings: Bindings) -> list[str]:
    """What groups and conditions say of rows that the figure's rows cannot be matched with, one by one.

    A join would multiply them: yoga is of workouts, and a resting heart rate of days.
    """
    found = []
    for metric in bindings.metrics:
        rows = schema.table(metric.table)
        near = reached(schema, rows) if rows else set()
        for place in places(bindings):
            table = schema.table(place.table)
            once = metric.aggregation == "count_distinct" and table and metric.table in reached(schema, table)
            if place.table not in near and not once:
                found.append(_said(request, place))
    return found


def _said(request: Request, place: ColumnRef) -> str:
    links = ((p, k) for p in request.parts for k in p.links()[:3])
    said = next((p for p, k in links if (k.table, k.column) == (place.table, place.column)), None)
    return request.shown(said.start, said.end) if said else place.column


def _lost(request: Request, part: Part, bindings: Bindings, chooser: Chooser) -> bool:
    """Whether a name that was not placed cannot be let go as saying nothing new.

    What `by` announces is a group, and a figure that has its own column is asked for: the answer lacks it.
    """
    at = request.parts.index(part)
    before = request.parts[at - 1] if at else None
    grouped = before is not None and before.says("by")
    if before and grouped and not before.used and before.end == part.start:
        each = request.word(before.start) in ("per", "each", "every")
        figures = chooser.figures(bindings.metrics)
        return not (each and any(request.stems(part) <= {*c.stems, *stems(_short(c.description))} for c in figures))
    best = part.links()[0] if part.links() else None
    column = chooser.schema.column(best.table, best.column) if best and best.column and best.score >= 0.9 else None
    if best is None or column is None or not column.is_measure or best.how != "name":
        return False
    spoken = [*((m.table, m.column) for m in bindings.metrics), *((f.table, f.column) for f in bindings.filters)]
    return (best.table, best.column) not in spoken


def _repeats(request: Request, at: int, bindings: Bindings, schema: Schema) -> bool:
    """`vehicle type` for a column `vehicle`, `order volume` for a count of orders: a word that adds nothing."""
    before = next((p for p in request.parts if p.end == at and p.kind == "mention" and p.used), None)
    best = before.links()[0] if before else None
    if best is None:
        return False
    truth = schema.kind(best.table, best.column) == "boolean"
    if (best.kind == "value" or truth) and request.tokens[at].stem in THINGS:
        return True
    grouped = any((d.table, d.column) == (best.table, best.column) for d in bindings.dimensions)
    if best.kind == "column" and grouped and request.tokens[at].stem in THINGS:
        return True  # `which harvester machine`
    label = (best.column or "").endswith(("name", "title", "id"))
    if best.kind == "column" and request.tokens[at].stem in GENERIC and not label:
        return any((d.table, d.column) == (best.table, best.column) for d in bindings.dimensions)
    if best.kind == "column" and request.tokens[at].stem in MEASURED:
        return any((m.table, m.column) == (best.table, best.column) for m in bindings.metrics)
    rows = any(m.aggregation == "count" and m.table == best.table for m in bindings.metrics)
    return best.kind in ("table", "value") and rows and request.word(at) in ("volume", "volumes")


def _stretches(request: Request, open_: list[bool]) -> list[str]:
    found, start = [], None
    for i, one in enumerate([*open_, False]):
        if one and start is None:
            start = i
        elif not one and start is not None:
            found.append(request.shown(start, i))
            start = None
    return [f for f in found if f]


def _bound_words(schema: Schema, bindings: Bindings) -> set[str]:
    """Stems of the names and descriptions of what was bound: other words for it say nothing new."""
    tables = (
        {m.table for m in bindings.metrics}
        | {d.table for d in bindings.dimensions}
        | {f.table for f in bindings.filters}
    )
    found: set[str] = set()
    for name in tables:
        table = schema.table(name)
        if table:
            found.update(table.stems)
            found.update(stems(_short(table.description)))
            for date in table.dates:
                found.update(date.stems)
    columns = [(m.table, m.column) for m in bindings.metrics if m.column] + [
        (x.table, x.column) for x in places(bindings)
    ]
    for table_name, column_name in columns:
        column = schema.column(table_name, column_name)
        if column:
            found.update(column.stems)
            found.update(stems(_short(column.description)))
            found.update(stem(UNITS[w]) for w in words(column.name) if w in UNITS)
    return found - {stem(w) for w in ("not", "without", "per")}


def places(bindings: Bindings) -> list[ColumnRef]:
    """The columns of groups and conditions."""
    return [*bindings.dimensions, *(ColumnRef(table=f.table, column=f.column) for f in bindings.filters)]


def _short(text: str) -> list[str]:
    return ["".join(c for c in w if c.isalnum()) for w in text.split()[:25]]
