"""Whatever an engine says, only what exists in the schema comes back."""

import re
from datetime import date

from agents.minds.intent.answer import Bindings, Filter, Intent, Scalar
from agents.minds.intent.glossary import UNITS
from agents.minds.intent.schema import Column, Schema
from agents.minds.intent.tokens import tokenise
from agents.minds.intent.units import converted
from agents.minds.intent.wording import worded

_MEASURED = re.compile(r"(\d[\d,]*(?:\.\d+)?) ?([A-Za-z]+)")


def checked(intent: Intent, schema: Schema, request: str) -> Intent:
    """The intent without what the schema does not have; what is taken out is told in `unknown`.

    A text value must be one of the column's sample values (it comes back as it is written there); of a column without
    samples, and where it was quoted, it must stand in the request. A figure must stand in the request or the samples.
    """
    given, unknown = intent.bindings, list(intent.unknown)
    metrics = [m for m in given.metrics if _metric_exists(m.table, m.column, m.aggregation, schema)]
    unknown += [m.name for m in given.metrics if m not in metrics]
    dimensions = [d for d in given.dimensions if schema.column(d.table, d.column)]
    unknown += [d.column for d in given.dimensions if d not in dimensions]
    filters = []
    for one in given.filters:
        kept = _filter(one, schema.column(one.table, one.column), request)
        if kept is None:
            unknown.append(_told(one.value))
        else:
            filters.append(kept)
    names = {m.name for m in metrics} | {d.column for d in dimensions} | ({given.grain} if given.grain else set())
    dates = {c.name for t in schema.tables for c in t.dates}
    order = [o for o in given.order if o.by in names | dates]
    timed = given.time_range
    if timed is not None and not (_day(timed.from_) and _day(timed.to)):
        unknown.append("time range")
        timed = None
    column = given.time_column
    bindings = Bindings(
        metrics=metrics, dimensions=dimensions, grain=given.grain, filters=filters, time_range=timed, order=order,
        limit=given.limit, time_column=column if column and schema.column(column.table, column.column) else None,
    )  # fmt: skip
    return worded(bindings, unknown, intent.business_terms, intent.confidence_score)


def _metric_exists(table: str, column: str | None, aggregation: str, schema: Schema) -> bool:
    if column is None:
        return aggregation == "count" and schema.table(table) is not None
    found = schema.column(table, column)
    if found is None:
        return False
    if aggregation in ("sum", "avg", "median"):
        return found.kind in ("number", "unknown") and not found.is_key
    return True


def _filter(one: Filter, column: Column | None, request: str) -> Filter | None:
    if column is None or isinstance(one.value, list) != (one.op in ("in", "not in", "between")):
        return None
    given = one.value if isinstance(one.value, list) else [one.value]
    kept = [_value(v, column, request) for v in given]
    if not kept or None in kept or (one.op == "between" and len(kept) != 2):
        return None
    values = [v for v in kept if v is not None]
    return one.model_copy(update={"value": values if isinstance(one.value, list) else values[0]})


def _value(value: Scalar, column: Column, request: str) -> Scalar | None:
    """The value as the samples write it; None where it is not to be had."""
    if isinstance(value, bool):
        return value if column.kind in ("boolean", "unknown") else None
    if isinstance(value, int | float):
        stated = str(value) in request.replace(",", "") or any(t.number == value for t in tokenise(request))
        return value if value in column.values or stated or _converted(value, column, request) else None
    same = next((v for v in column.values if isinstance(v, str) and v.lower() == value.lower()), None)
    if same is not None:
        return same
    if column.kind == "boolean":
        return None
    quoted = any(f"{a}{value}{b}" in request for a, b in (('"', '"'), ("'", "'"), ("\u201c", "\u201d")))
    free = quoted or not column.values or value.replace(".", "", 1).isdigit() or _iso(value)
    return value if free and value.lower() in request.lower() else None


def _converted(value: float, column: Column, request: str) -> bool:
    """Whether a figure and a unit stand in the request that together are this in the column's unit."""
    numbers = [t.number for t in tokenise(request) if t.number is not None]
    numbers += [float(n.replace(",", "")) for n, _ in _MEASURED.findall(request)]
    units = {UNITS[w] for w in re.findall(r"[a-z]+", request.lower()) if w in UNITS}
    return any(converted(column, number, unit) == value for number in numbers for unit in units)


def _iso(text: str) -> bool:
    return _day(text) and bool(text)


def _day(text: str | None) -> bool:
    if text is None:
        return True
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _told(value: object) -> str:
    return ", ".join(str(v) for v in value) if isinstance(value, list) else str(value)
