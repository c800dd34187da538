"""From bindings to the whole answer: what stayed unknown, which words were the request's own, what it all says."""

from collections.abc import Sequence

from agents.minds.intent.answer import ADVERB, Bindings, ColumnRef, Intent, condition
from agents.minds.intent.choosing import Chooser
from agents.minds.intent.glossary import FILLER, MONEYS, UNITS, likeness
from agents.minds.intent.kinds import GENERIC, MEASURED, MONEYED, QUANTITIES, THINGS
from agents.minds.intent.linking import alike
from agents.minds.intent.parts import Part, Request, beyond
from agents.minds.intent.schema import Schema, Table, referred
from agents.minds.intent.tokens import stem, stems
from agents.names import words

_KEEP_SILENT = {"by", "and", "only", "distinct", "direction", "sort", "=", "much"}


def answered(request: Request, chooser: Chooser, bindings: Bindings) -> Intent:
    """The answer with what it could not place."""
    unknown = _unknown(request, chooser, bindings)
    timed = bindings.grain is not None or bindings.time_range is not None
    column = chooser.time_column or time_column(chooser.schema, bindings, [t.stem for t in request.tokens])
    if timed and column is None:
        spoken = [p for p in request.parts if p.kind in ("time", "grain")]
        unknown += [request.shown(p.start, p.end) for p in spoken] or ["time"]
        bindings = bindings.model_copy(update={"grain": None, "time_range": None})
    elif timed:
        bindings = bindings.model_copy(update={"time_column": column})
    if not bindings.metrics and not bindings.dimensions and not unknown:
        unknown.append(request.text.strip()[:200])
    return worded(bindings, unknown, terms=_terms(request, chooser))


def worded(bindings: Bindings, unknown: list[str], terms: Sequence[str] = (), confidence: float = 0.0) -> Intent:
    """The answer in words, from its bindings."""
    return Intent(
        business_metrics=list(dict.fromkeys(m.name for m in bindings.metrics)),
        entities=list(dict.fromkeys(d.column for d in bindings.dimensions)),
        temporal_granularity=ADVERB[bindings.grain] if bindings.grain else None,
        filters=[condition(f) for f in bindings.filters],
        business_terms=list(terms),
        confidence_score=confidence,
        bindings=bindings,
        unknown=list(dict.fromkeys(unknown)),
    )


def _unknown(request: Request, chooser: Chooser, bindings: Bindings) -> list[str]:
    """Stretches of the request that no rule placed."""
    bound = _bound_words(chooser.schema, bindings)
    money = any(
        (c := chooser.schema.column(m.table, m.column or ""))
        and {*c.stems, *stems(_short(c.description))} & MONEYED - QUANTITIES
        for m in bindings.metrics
    )
    placed = [s for x in _places(bindings) if (c := chooser.schema.column(x.table, x.column)) for s in c.stems]
    open_ = [False] * len(request.tokens)
    for part in request.parts:
        if part.used or part.kind == "grain":
            continue
        if part.marker is not None:
            meant = part.marker.kind == "aggregate" and part.marker.says == "sum"
            meant = meant or (part.marker.kind == "count" and bool(bindings.metrics))
            if part.marker.kind not in _KEEP_SILENT and not meant:
                open_[part.start : part.end] = [True] * (part.end - part.start)
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
    return _stretches(request, open_)


def _lost(request: Request, part: Part, bindings: Bindings, chooser: Chooser) -> bool:
    """Whether a name that was not placed cannot be let go as saying nothing new.

    What `by` announces is a group, and a figure that has its own column is asked for: the answer lacks it.
    """
    at = request.parts.index(part)
    before = request.parts[at - 1] if at else None
    grouped = before is not None and before.says("by") and request.word(before.start) not in ("per", "each", "every")
    if before and grouped and not before.used and before.end == part.start:
        return True
    best = part.links()[0] if part.links() else None
    column = chooser.schema.column(best.table, best.column) if best and best.column and best.score >= 0.9 else None
    if best is None or column is None or not column.is_measure or best.how != "name":
        return False
    places = [*((m.table, m.column) for m in bindings.metrics), *((f.table, f.column) for f in bindings.filters)]
    return (best.table, best.column) not in places


def _repeats(request: Request, at: int, bindings: Bindings, schema: Schema) -> bool:
    """`vehicle type` for a column `vehicle`, `order volume` for a count of orders: a word that adds nothing."""
    before = next((p for p in request.parts if p.end == at and p.kind == "mention" and p.used), None)
    best = before.links()[0] if before else None
    if best is None:
        return False
    held = schema.column(best.table, best.column) if best.column else None
    truth = held is not None and held.kind == "boolean"
    if (best.kind == "value" or truth) and request.tokens[at].stem in THINGS:
        return True
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
        (x.table, x.column) for x in _places(bindings)
    ]
    for table_name, column_name in columns:
        column = schema.column(table_name, column_name or "")
        if column:
            found.update(column.stems)
            found.update(stems(_short(column.description)))
            found.update(stem(UNITS[w]) for w in words(column.name) if w in UNITS)
    return found - {stem(w) for w in ("not", "without", "per")}


def _places(bindings: Bindings) -> list[ColumnRef]:
    """The columns of groups and conditions."""
    return [*bindings.dimensions, *(ColumnRef(table=f.table, column=f.column) for f in bindings.filters)]


def _short(text: str) -> list[str]:
    return ["".join(c for c in w if c.isalnum()) for w in text.split()[:25]]


def time_column(schema: Schema, bindings: Bindings, said: list[str]) -> ColumnRef | None:
    """The date column that grain and time range are of: the fact table's, or of a table that it refers to.

    Of several the one that the request names by a word, then the one named for the event, then the first by name.
    """
    tables = [m.table for m in bindings.metrics] or [x.table for x in _places(bindings)]
    others = [x.table for x in _places(bindings)]
    for name in dict.fromkeys(tables + others):
        table = schema.table(name)
        if table and (found := _date_of(table, said)):
            return found
    for name in dict.fromkeys(tables):
        table = schema.table(name)
        for other in referred(schema, table) if table else ():
            if found := _date_of(other, said):
                return found
    return None


def _date_of(table: Table, said: list[str]) -> ColumnRef | None:
    def rank(name: str, own: tuple[str, ...]) -> tuple[int, int, int, str]:
        named = sum(any(alike(w, s) for w in said) for s in own if s not in _COMMON)
        event = any(s in table.stems or s in _EVENT for s in own)
        late = any(s in _LATER for s in own)
        return (-named, late, not event, name)

    dates = [d for d in table.dates if not (set(d.stems) & _NEVER) or set(d.stems) & set(said)]
    best = min(dates, key=lambda d: rank(d.name, d.stems), default=None)
    return ColumnRef(table=table.name, column=best.name) if best else None


_COMMON = set(stems(("date", "at", "on", "time", "timestamp", "day", "the", "of", "in")))
_EVENT = set(stems(("date", "day", "order", "event", "create", "time", "start", "timestamp", "occur")))
_LATER = set(stems(("update", "modify", "load", "ingest", "sync", "delete", "end", "expire", "close", "due")))
_NEVER = set(stems(("birth", "dob", "born", "birthday")))


def _terms(request: Request, chooser: Chooser) -> list[str]:
    """Phrases that were understood by the glossary or a description, not by a name."""
    spoken = []
    for part in request.parts:
        choice = chooser.chosen.get(part.start)
        if part.kind == "mention" and part.used and choice and choice.how in ("synonym", "description"):
            spoken.append(request.shown(part.start, part.end).lower())
    return list(dict.fromkeys(spoken))
