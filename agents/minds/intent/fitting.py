"""How well a phrase fits a name: of a column, by its words, its unit and its description, and of a table."""

import re
from dataclasses import dataclass

from agents.minds.intent.glossary import FILLER, MONEYS, UNITS, likeness, named_words
from agents.minds.intent.schema import Column, Table
from agents.minds.intent.tokens import stem, stems

AUXILIARY = {stem(w) for w in ("is", "has", "was", "flag", "of", "the", "at", "on", "in", "per", "date", "timestamp",
                                "identifier", "key", "by", "to", "for", "and", "name", "label",
                                "total", "net", "amount")}  # fmt: skip
_UNITS = {stem(u) for u in UNITS.values()} | {stem(u) for u in UNITS} - {stem("t"), stem("total")}
_LASTING = {stem(w) for w in ("second", "minute", "hour", "day", "millisecond")}
_SPANS = {stem(w) for w in ("time", "duration", "length")}
"""What a figure in seconds may also be called: `wait_sec` is a wait time."""
_LIMITS = {stem(w) for w in ("maximum", "minimum", "planned", "target", "goal", "budget", "forecast", "expected")}
"""A column of such a name is not what its other words alone mean: `max_attendees` are no attendees."""
_TEXT = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Link:
    """What a phrase may mean. Without a column it is the table, with a value it is that value of the column."""

    score: float
    table: str
    column: str | None = None
    value: str | int | float | bool | None = None
    negated: bool = False
    how: str = "name"
    """name, synonym, description, or value."""

    @property
    def kind(self) -> str:
        """table, column or value."""
        return "table" if self.column is None else "column" if self.value is None else "value"


@dataclass(frozen=True, slots=True)
class Named:
    table: Table
    column: Column
    needed: tuple[str, ...]
    optional: frozenset[str]
    described: frozenset[str]


def _content(text: str) -> frozenset[str]:
    """What a description says of the thing itself: without filler and units."""
    return frozenset(s for s in described_words(text) if s not in FILLER and s not in _UNITS) or described_words(text)


def described_words(text: str) -> frozenset[str]:
    return frozenset(stems(_TEXT.findall(text)[:60]))


def named(table: Table, column: Column) -> Named:
    own = tuple(dict.fromkeys(s for s in column.stems if s not in AUXILIARY)) or column.stems[-1:]
    unit = [s for s in own if s in _UNITS]
    needed = tuple(s for s in own if s not in unit) or own
    spelled = {stem(UNITS[w]) for w in named_words(column.name) if w in UNITS} | set(unit)
    if column.kind == "number" and spelled & _LASTING:
        spelled |= _SPANS
    return Named(table, column, needed, frozenset(spelled), _content(column.description))


def column_link(said: list[str], one: Named) -> Link | None:
    weights, covered, seen_column, how = [], set(), False, "name"
    if len(said) > 2 and (*one.needed,) == ("".join(w[0] for w in said),):
        return Link(0.95, one.table.name, one.column.name, how="synonym")
    qualified = one.column.kind not in ("date", "boolean")
    for word in said:
        near = [(likeness(word, s), s) for s in one.needed]
        close, which = max(near, default=(0.0, ""))
        in_table = max((likeness(word, s) for s in one.table.stems), default=0.0)
        if close < 0.9 and (which in covered or (word in MONEYS and one.column.kind != "number")):
            close = min(close, 0.5) if which in covered else 0.0
        if close >= 0.5:
            covered.add(which)
            seen_column = True
            weights.append(close)
            how = "synonym" if close < 0.9 else how
        elif word in one.optional:
            weights.append(0.9)
            seen_column = True
        elif word in one.column.stems:
            weights.append(1.0)
            seen_column = True
        elif in_table >= 0.9 and not seen_column and qualified:
            weights.append(0.95 * in_table)
        elif word in one.described and len(word) > 2:
            weights.append(0.75 if len(one.described) < 4 else 0.65)
            how = "description"
        else:
            return None
    if not covered and not seen_column and how != "description":
        return None
    if one.column.kind == "boolean" and len(covered) < len(one.needed) and all(w in FILLER for w in said):
        return None
    free = [s for s in one.needed if s in one.table.stems]
    share = len(covered | set(free)) / len(one.needed) if covered else 0.35
    if not covered and said and all(word in one.optional for word in said):
        share = 0.2
    if not covered and how == "description":
        told = len(one.described)
        share = 0.35 + 0.65 * min(1.0, len(said) / max(1, told)) if told < 4 or len(said) > 1 else 0.5
    score = sum(weights) / len(weights) * (0.5 + 0.5 * share)
    first, last = one.column.stems[0], one.column.stems[-1]
    limit = (first in _LIMITS or last == "maximum") and not {first, last} & {*said, *covered} & _LIMITS
    limit = limit and one.column.kind == "number" and len(one.column.stems) > 1
    return Link(round(score * (0.6 if limit else 1), 4), one.table.name, one.column.name, how=how)


def table_link(said: list[str], table: Table, own: tuple[str, ...]) -> Link | None:
    weights, covered = [], set()
    if len(own) > 1 and said == ["".join(s[0] for s in own)]:
        return Link(0.95, table.name)
    for word in said:
        close, which = max(((likeness(word, s), s) for s in own), default=(0.0, ""))
        if close < 0.75 or (close < 0.9 and word in MONEYS):
            return None
        weights.append(close)
        covered.add(which)
    share = len(covered) / len(own)
    how = "synonym" if min(weights) < 0.9 else "name"
    return Link(round(sum(weights) / len(weights) * (0.5 + 0.5 * share), 4), table.name, how=how)
