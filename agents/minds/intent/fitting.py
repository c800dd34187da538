"""How well a phrase fits a name: of a column, by its words, its unit and its description, and of a table."""

import re
from dataclasses import dataclass

from agents.minds.intent.glossary import CURRENCIES, FILLER, MONEYS, UNITS, likeness, named_words
from agents.minds.intent.kinds import INTENSIVE, MONEYED, PARTS
from agents.minds.intent.schema import Column, Table
from agents.minds.intent.tokens import stem, stems

AUXILIARY = {stem(w) for w in ("is", "has", "was", "flag", "of", "the", "at", "on", "in", "per", "date", "timestamp",
                                "identifier", "key", "by", "to", "for", "and", "name", "label",
                                "total", "net", "amount")}  # fmt: skip
_UNITS = {stem(u) for u in UNITS.values()} | {stem(u) for u in UNITS} - {stem("t"), stem("total")}
_LASTING = {stem(w) for w in ("second", "minute", "hour", "day", "millisecond")}
_SPANS = {stem(w) for w in ("time", "duration", "length")}
"""What a figure in seconds may also be called: `wait_sec` is a wait time."""
_AMOUNTS = {stem(w) for w in ("amount", "total", "value", "sum")}
_EXTREME = {stem(w) for w in ("best", "worst", "average", "total", "most", "least", "highest", "lowest", "top")}
_VALUED = {stem("amount"), stem("value")}
_CURRENT = {stem(w) for w in (*CURRENCIES, "usd", "eur", "gbp", "cent")}
_WORTHY = (MONEYED - _AMOUNTS - _CURRENT) | INTENSIVE | PARTS | {
    stem(w) for w in ("profit", "balance", "debt", "loan", "salary", "wage", "rent", "budget", "notional", "prize",
                      "bill", "invoice", "quote", "donation", "gift", "grant", "claim", "write")
}  # fmt: skip
"""Stems of figures that are amounts by themselves."""
_WEIGHTS = {stem(w) for w in ("kilogram", "gram", "tonne")}
_WEIGHED = {stem(w) for w in (
    "weight", "mass", "load", "output", "production", "yield", "harvest", "usage", "consumption", "quantity", "volume",
    "net", "gross", "freight", "cargo", "waste", "scrap", "emission", "catch", "payload", "intake", "dose",
)}  # fmt: skip
"""Stems of figures that are weights; of others (`parcel_kg`) the things are not what they weigh."""
_POWER = {stem("kwh"), stem("mwh"), stem("km"), stem("miles")}
_EVENTS = {stem(w) for w in ("sale", "sales", "order", "log", "logs", "record", "records", "history", "transaction")}
"""Stems of tables that say that something happened to what is named before: `vehicle_sales`."""
_ROOM = {stem(w) for w in ("capacity", "quota", "limit", "threshold", "allowance")}
_EACH = {stem(w) for w in ("unit", "per", "each")}
_MEASURED_IN = {
    stem(unit): frozenset(stem(w) for w in said.split())
    for units, said in {
        "kilogram gram tonne": "weight mass tonnage kilo", "kwh mwh": "energy electricity power consumption",
        "kilometer mile": "distance mileage", "liter cubic": "volume consumption", "celsius": "temperature",
        "hectare acre": "area",
    }.items()
    for unit in units.split()
}  # fmt: skip
"""What a figure in a unit may also be called: `qty_kg` is a weight."""
_LIMITS = {stem(w) for w in ("maximum", "minimum", "planned", "target", "goal", "budget", "forecast", "expected")}
"""A column of such a name is not what its other words alone mean: `max_attendees` are no attendees."""
_ROWS = {stem(w) for w in ("a", "an", "the", "one", "row", "rows", "per", "each", "every", "of", "for", "and", "all",
                            "with", "record", "records", "list", "table", "our")}  # fmt: skip
"""Of the description of a table what does not name its rows."""
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
    """name, synonym, description, value, or part: of a figure's name only what it is a figure of."""

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
    if column.kind == "number":
        spelled |= {said for u in tuple(spelled) for said in _MEASURED_IN.get(u, ())}
    if column.kind == "number" and spelled & _LASTING:
        spelled |= _SPANS
    return Named(table, column, needed, frozenset(spelled), _content(column.description))


def column_link(said: list[str], one: Named) -> Link | None:
    weights, covered, seen_column, how = [], set(), False, "name"
    if len(said) > 2 and (*one.needed,) == ("".join(w[0] for w in said),) and not set(said) & _EXTREME:
        return Link(0.95, one.table.name, one.column.name, how="synonym")
    qualified = one.column.kind not in ("date", "boolean")
    for word in said:
        near = [(likeness(word, s), s) for s in one.needed]
        close, which = max(near, default=(0.0, ""))
        in_table = max((likeness(word, s) for s in one.table.stems), default=0.0)
        if close < 0.9 and (which in covered or (len(said) == 1 and word in MONEYS and one.column.kind != "number")):
            close = min(close, 0.5) if which in covered else 0.0
        if word in MONEYS and close < 0.9 and one.optional & _LASTING:
            return None  # `payment_terms_days` is no money
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
        elif word in _VALUED and one.optional & _CURRENT and len(said) > 1:
            weights.append(0.9)
        elif word in MONEYS and one.column.kind == "number" and len(said) > 1 and set(one.column.stems) & MONEYED:
            weights.append(0.8)
        elif (
            word in one.described
            and len(word) > 2
            and word not in FILLER
            and (word not in MONEYS or one.column.kind == "number")
        ):
            weights.append(0.75 if len(one.described) < 4 else 0.65)
            how = "description"
        else:
            return None
    if not covered and not seen_column and how != "description":
        return None
    if not covered and how == "description" and len(said) == 1 and one.column.kind == "number":
        begins = [s for s in stems(_TEXT.findall(one.column.description)[:12]) if s not in FILLER][:3]
        if not set(said) & {*begins, *one.column.stems}:
            return None  # `car` of a price paid for the car
    if one.column.kind == "boolean" and len(covered) < len(one.needed) and all(w in FILLER for w in said):
        return None
    free = [s for s in one.needed if s in one.table.stems]
    share = len(covered | set(free)) / len(one.needed) if covered else 0.35
    if not covered and said and all(word in one.optional for word in said):
        share = 0.6 if one.column.stems[0] in (_LASTING & set(said)) | _POWER else 0.2
    if not covered and how == "description":
        told = len(one.described)
        share = 0.35 + 0.65 * min(1.0, len(said) / max(1, told)) if told < 4 or len(said) > 1 else 0.5
    score = sum(weights) / len(weights) * (0.5 + 0.5 * share)
    first, last = one.column.stems[0], one.column.stems[-1]
    limit = (first in _LIMITS or last == "maximum") and not {first, last} & {*said, *covered} & _LIMITS
    limit = limit and one.column.kind == "number" and len(one.column.stems) > 1
    score *= 0.6 if limit else 1.0
    part = _part(said, one) if one.column.kind == "number" else 1.0
    score, how = score * part, how if part == 1 else "part"
    return Link(round(score, 4), one.table.name, one.column.name, how=how)


def _part(said: list[str], one: Named) -> float:
    """Less than 1 where only a part of a figure is named: `lines` of line_amt, `value` of stock_value."""
    own, plain = set(one.column.stems), set(re.split(r"[^a-z]+", one.column.name.lower()))
    specific = own - _AMOUNTS - _CURRENT - one.optional - set(one.table.stems)
    if own & _AMOUNTS and not set(said) & (_AMOUNTS | MONEYS | MONEYED) and not own & _WORTHY:
        return 0.75
    if one.optional & _WEIGHTS and not set(said) & (one.optional | _WEIGHED) and not own & (_WEIGHED | MONEYED):
        return 0.95
    if own & _ROOM and not set(said) & _ROOM and set(said) != own:
        return 0.8
    lasting = one.optional & _LASTING and not set(said) & (one.optional | _SPANS)
    if lasting and any(w.endswith("ed") and stem(w) in said for w in plain):
        return 0.75  # `bookings` of hrs_booked
    if set(said) <= _AMOUNTS and specific:
        return 0.7
    return 0.7 if plain & {"unit", "per"} and own & MONEYED and not set(said) & _EACH else 1.0


def described_table(said: list[str], table: Table) -> Link | None:
    """A table by what its description calls it: `work orders` of `maintenance work orders`."""
    content = [s for s in stems(_TEXT.findall(table.description)[:12]) if s not in _ROWS]
    if not 0 < len(content) <= 4 or content[-len(said) :] != said or (len(said) < 2 and len(content) > 2):
        return None
    return Link(round(0.7 + 0.2 * len(said) / len(content), 4), table.name, how="description")


def table_link(said: list[str], table: Table, own: tuple[str, ...]) -> Link | None:
    weights, covered = [], set()
    if len(own) > 1 and said == ["".join(s[0] for s in own)] and not set(said) & FILLER:
        return Link(0.95, table.name)
    for word in said:
        close, which = max(((likeness(word, s), s) for s in own), default=(0.0, ""))
        if close < 0.75 or (close < 0.9 and word in MONEYS):
            return None
        weights.append(close)
        covered.add(which)
    rest = [s for s in own if s not in _EVENTS or s in covered]
    share = len(covered) / len(own) if len(rest) == len(own) else 0.9 * len(covered) / len(rest)
    how = "synonym" if min(weights) < 0.9 else "name"
    return Link(round(sum(weights) / len(weights) * (0.5 + 0.5 * share), 4), table.name, how=how)
