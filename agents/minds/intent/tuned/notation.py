"""An answer as short texts, each of which exists: what the tuned model reads and writes.

    sum amount; count orders; distinct user_id     figures
    by city                                        a group
    status is completed; price above 100           conditions; several of one column are in, not in or between
    desc; top 5                                    the order by the first figure, and the limit
    unknown carbon footprint                       words of the request that the schema does not answer

Days are in none of them: what `last month` means is arithmetic, which `times.py` does.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.minds.intent.answer import (
    Aggregation,
    Bindings,
    ColumnRef,
    Filter,
    Grain,
    Intent,
    Metric,
    Op,
    Order,
    Scalar,
    TimeRange,
)
from agents.minds.intent.parts import Request
from agents.minds.intent.schema import Column, Schema
from agents.minds.intent.wording import time_column, worded

SHOWN = 4
"""So many sample values of a column stand in the prompt."""
_LONGEST = 4
_SPOKEN: dict[Op, str] = {"=": "is", "!=": "not", ">": "above", ">=": "least", "<": "below", "<=": "most"}
_ONE: dict[Op, Op] = {"in": "=", "not in": "!="}
_FIGURES: tuple[Aggregation, ...] = ("sum", "avg", "min", "max", "median")


@dataclass(frozen=True)
class Sorted:
    """An order; by the first figure, or by what it names."""

    desc: bool
    by: str | None = None


@dataclass(frozen=True)
class Limit:
    """How many rows."""

    rows: int


@dataclass(frozen=True)
class Unknown:
    """Words that the schema does not answer."""

    words: str


Meant = Metric | ColumnRef | Filter | Sorted | Limit | Unknown


class Names:
    """Columns by the shortest name that only one has."""

    def __init__(self, schema: Schema) -> None:
        often = Counter(c.name for t in schema.tables for c in t.columns)
        self.of = {
            (t.name, c.name): c.name if often[c.name] == 1 else f"{t.name}.{c.name}"
            for t in schema.tables
            for c in t.columns
        }


def spoken(intent: Intent, names: Names) -> list[str]:
    """An answer as short texts, in the order in which they are learned."""
    bound = intent.bindings
    first = bound.metrics[0].name if bound.metrics else None
    return list(
        dict.fromkeys(
            [
                *(_figure(m, names) for m in bound.metrics),
                *(f"by {names.of[d.table, d.column]}" for d in bound.dimensions),
                *(text for f in bound.filters for text, _ in _conditions(f, names)),
                *(("desc" if o.desc else "asc") + ("" if o.by == first else f" {o.by}") for o in bound.order),
                *([f"top {bound.limit}"] if bound.limit else []),
                *(f"unknown {words}" for words in intent.unknown),
            ]
        )
    )


def catalogue(request: Request, schema: Schema, draft: Intent, names: Names) -> dict[str, Meant]:
    """Everything that may be said of a request, with what it means; `draft` is what the rules read.

    Keys, dates and measures are no groups but where the rules say so: `by hours` is nearly always a slip.
    """
    made: dict[str, Meant] = {}
    timed = {i for p in request.parts if p.when for i in range(p.start, p.end)}
    free = [t for i, t in enumerate(request.tokens) if i not in timed]
    figures = list(dict.fromkeys(t.number for t in free if t.number is not None))
    quoted = [t.text for t in free if t.kind == "quoted"]
    for table in schema.tables:
        for column in table.columns:
            ref = ColumnRef(table=table.name, column=column.name)
            for metric in _metrics(ref, column):
                made[_figure(metric, names)] = metric
            if not (column.is_key or column.is_measure or column.kind == "date"):
                made[f"by {names.of[table.name, column.name]}"] = ref
            for one in _filters(ref, column, figures, quoted):
                made.update(_conditions(one, names))
    for table in schema.tables:
        counted = Metric(name=table.name, aggregation="count", table=table.name, column=None)
        made[_figure(counted, names)] = counted
    made |= {"desc": Sorted(True), "asc": Sorted(False)}
    made |= {f"top {n}": Limit(int(n)) for n in figures if n == int(n) and 0 < n < 1000}
    made |= {f"unknown {words}": Unknown(words) for words in _stretches(request.text)}
    return made | _drafted(draft, names)


def undated(draft: Intent, request: Request) -> Intent:
    """The draft, in which days do not count as unknown: what they mean is known, of whichever table."""
    times = {request.shown(p.start, p.end) for p in request.parts if p.when}
    return draft.model_copy(update={"unknown": [u for u in draft.unknown if u not in times]})


def assembled(said: Sequence[Meant], request: Request, draft: Intent, schema: Schema) -> Intent:
    """The answer that these mean together, with the days that the rules read."""
    called = {(m.aggregation, m.table, m.column): m.name for m in draft.bindings.metrics}
    metrics = [m.model_copy(update={"name": called.get((m.aggregation, m.table, m.column), m.name)})
               for m in said if isinstance(m, Metric)]  # fmt: skip
    dimensions = [m for m in said if isinstance(m, ColumnRef)]
    first = metrics[0].name if metrics else dimensions[0].column if dimensions else None
    order = [Order(by=by, desc=m.desc) for m in said if isinstance(m, Sorted) and (by := m.by or first)]
    unknown = [m.words for m in said if isinstance(m, Unknown)]
    grain, time_range = _days(request, draft)
    bindings = Bindings(
        metrics=metrics, dimensions=dimensions, filters=_joined([m for m in said if isinstance(m, Filter)]),
        grain=grain, time_range=time_range, order=order[:1],
        limit=next((m.rows for m in said if isinstance(m, Limit)), None),
    )  # fmt: skip
    column = time_column(schema, bindings, [t.stem for t in request.tokens])
    if (bindings.grain or bindings.time_range) and column is None:
        unknown.append("time")
        bindings = bindings.model_copy(update={"grain": None, "time_range": None})
    if not metrics and not dimensions and not unknown:
        unknown.append(request.text[:200])
    bindings = bindings.model_copy(update={"time_column": column})
    return worded(bindings, unknown, draft.business_terms)


def _days(request: Request, draft: Intent) -> tuple[Grain | None, TimeRange | None]:
    """Grain and time range, also where the rules found no dates in the tables that they read."""
    whens = [p.when for p in request.parts if p.when]
    grain = draft.bindings.grain or next((w.grain for w in whens if w.grain), None)
    days = [w.days for w in whens if w.days]
    if draft.bindings.time_range or not days:
        return grain, draft.bindings.time_range
    (low, high), *_ = days
    return grain, TimeRange.model_validate({"from": low and low.isoformat(), "to": high and high.isoformat()})


def _figure(metric: Metric, names: Names) -> str:
    if metric.column is None:
        return f"count {metric.table}"
    kind = "distinct" if metric.aggregation in ("count", "count_distinct") else metric.aggregation
    return f"{kind} {names.of[metric.table, metric.column]}"


def _metrics(ref: ColumnRef, column: Column) -> Iterator[Metric]:
    kinds: tuple[Aggregation, ...] = _FIGURES if column.is_measure or column.kind == "unknown" else ("count_distinct",)
    name = column.name.replace("_", " ")
    for kind in kinds:
        yield Metric(name=name, aggregation=kind, table=ref.table, column=ref.column)


def _filters(ref: ColumnRef, column: Column, figures: Sequence[float | int], quoted: Sequence[str]) -> Iterator[Filter]:
    values: list[Scalar] = list(column.values[:SHOWN])
    ops: tuple[Op, ...] = ("=", "!=")
    if column.kind == "boolean":
        values = [True, False]
    elif column.is_measure or (column.kind == "number" and not column.is_key):
        values, ops = [*figures], tuple(_SPOKEN)
    elif not column.values and column.kind in ("text", "unknown"):
        values = [*quoted]
    for value in values:
        for op in ops:
            yield Filter(table=ref.table, column=ref.column, op=op, value=value)


def _conditions(one: Filter, names: Names) -> Iterator[tuple[str, Filter]]:
    """A condition as short texts, each with the plain condition that it means."""
    each = one.value if isinstance(one.value, list) else [one.value]
    ops: tuple[Op, ...] = (">=", "<=") if one.op == "between" else (_ONE.get(one.op, one.op),) * len(each)
    for op, value in zip(ops, each, strict=True):
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        plain = one.model_copy(update={"op": op, "value": value})
        yield f"{names.of[one.table, one.column]} {_SPOKEN[op]} {shown}", plain


def _joined(filters: Sequence[Filter]) -> list[Filter]:
    """Conditions of one column as the one that they are together."""
    groups: dict[tuple[str, str], list[Filter]] = {}
    for one in filters:
        groups.setdefault((one.table, one.column), []).append(one)
    found = []
    for several in groups.values():
        ops = {f.op for f in several}
        values = [f.value for f in several]
        if len(several) > 1 and ops in ({"="}, {"!="}):
            found.append(several[0].model_copy(update={"op": "in" if ops == {"="} else "not in", "value": values}))
        elif ops == {">=", "<="} and len(several) == 2:
            low, high = (next(f.value for f in several if f.op == op) for op in (">=", "<="))
            found.append(several[0].model_copy(update={"op": "between", "value": [low, high]}))
        else:
            found += several
    return found


def _stretches(request: str) -> Iterator[str]:
    words = [w.strip("?!.,;:\"'()") for w in request.split()][:40]
    for size in range(1, _LONGEST + 1):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])


def _drafted(draft: Intent, names: Names) -> dict[str, Meant]:
    """What the rules said, so that it can be said again."""
    bound = draft.bindings
    made: dict[str, Meant] = {_figure(m, names): m for m in bound.metrics}
    made |= {f"by {names.of[d.table, d.column]}": d for d in bound.dimensions}
    for one in bound.filters:
        made.update(_conditions(one, names))
    made |= {f"{'desc' if o.desc else 'asc'} {o.by}": Sorted(o.desc, o.by) for o in bound.order}
    made |= {f"top {bound.limit}": Limit(bound.limit)} if bound.limit else {}
    return made | {f"unknown {words}": Unknown(words) for words in draft.unknown}
