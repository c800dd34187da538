"""From bindings to the whole answer: what stayed unknown, which words were the request's own, what it all says."""

from collections.abc import Sequence

from agents.minds.intent.answer import ADVERB, Bindings, ColumnRef, Intent, condition
from agents.minds.intent.choosing import Chooser
from agents.minds.intent.dropped import apart, dropped, places, uncountable
from agents.minds.intent.linking import alike
from agents.minds.intent.parts import Request
from agents.minds.intent.schema import Schema, Table, referred
from agents.minds.intent.tokens import stems


def answered(request: Request, chooser: Chooser, bindings: Bindings) -> Intent:
    """The answer with what it could not place."""
    unknown = dropped(request, chooser, bindings)
    timed = bindings.grain is not None or bindings.time_range is not None
    column = chooser.time_column or time_column(chooser.schema, bindings, [t.stem for t in request.tokens])
    if timed and column is None:
        spoken = [p for p in request.parts if p.kind in ("time", "grain")]
        unknown += [request.shown(p.start, p.end) for p in spoken] or ["time"]
        bindings = bindings.model_copy(update={"grain": None, "time_range": None})
    elif timed:
        bindings = bindings.model_copy(update={"time_column": column})
    unknown += apart(request, chooser.schema, bindings) + uncountable(request, bindings)
    grouped = any(p.says("by", "count", "aggregate") or p.kind == "grain" for p in request.parts)
    if not bindings.metrics and (not bindings.dimensions or grouped) and not unknown:
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


def time_column(schema: Schema, bindings: Bindings, said: list[str]) -> ColumnRef | None:
    """The date column that grain and time range are of: the fact table's, or of a table that it refers to.

    Of several the one that the request names by a word, then the one named for the event, then the first by name.
    """
    tables = [m.table for m in bindings.metrics] or [x.table for x in places(bindings)]
    others = [x.table for x in places(bindings)]
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
            spoken.append(request.name(part))
    return list(dict.fromkeys(spoken))
