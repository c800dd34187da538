"""A request drawn at random for a drawn schema, with its meaning; some ask for what the schema does not have."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from agents.minds.intent.answer import ADVERB, Bindings, ColumnRef, Filter, Grain, Intent, Metric, Order, TimeRange
from agents.minds.intent.drawing.concepts import ABSENT_MEASURES, ABSENT_QUALITIES, ABSENT_VALUES
from agents.minds.intent.drawing.schemas import Drawn, Place, draw_schema
from agents.minds.intent.periods import begin, period, shifted
from agents.minds.intent.schema import Schema
from agents.minds.intent.wording import worded

UNANSWERABLE = 0.2
_TOTAL = ("total {}", "sum of {}", "{}", "overall {}", "total {}")
_SAID = {"avg": ("average {}", "mean {}", "avg {}"), "max": ("highest {}", "maximum {}", "max {}"),
         "min": ("lowest {}", "minimum {}"), "median": ("median {}",)}  # fmt: skip
_COUNT = ("number of {}", "how many {}", "count of {}", "{}", "# of {}", "total number of {}")
_OPENING = ("", "", "", "show me ", "what is the ", "give me ", "I need ", "please list ", "can you show ", "display ")
_BY = (" by {}", " per {}", " for each {}", " broken down by {}", " grouped by {}", " split by {}", " across {}")
_GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A request to a schema on a day, and what it means."""

    schema: Schema
    request: str
    today: date
    intent: Intent


@dataclass
class _Draft:
    head: str = ""
    where: str = ""
    by: str = ""
    when: str = ""
    tail: str = ""


def examples(count: int, seed: int = 0) -> list[Example]:
    """That many examples; the same for the same seed."""
    return [example(seed * 1_000_003 + i) for i in range(count)]


def example(seed: int) -> Example:
    """One example."""
    draw = random.Random(seed)
    today = date(2020, 1, 1) + timedelta(days=draw.randrange(2500))
    return _Drawing(draw, draw_schema(draw), today).example()


def requests_of(drawn: Drawn, draw: random.Random, count: int) -> list[Example]:
    """Several requests to one drawn schema, each on a day of its own."""
    days = (date(2020, 1, 1) + timedelta(days=draw.randrange(2500)) for _ in range(count))
    return [_Drawing(draw, drawn, today).example() for today in days]


class _Drawing:
    def __init__(self, draw: random.Random, drawn: Drawn, today: date) -> None:
        self.draw, self.drawn, self.today = draw, drawn, today
        self.draft = _Draft()
        self.metrics: list[Metric] = []
        self.dimensions: list[ColumnRef] = []
        self.filters: list[Filter] = []
        self.grain: Grain | None = None
        self.time: TimeRange | None = None
        self.order: list[Order] = []
        self.limit: int | None = None
        self.unknown: list[str] = []

    def example(self) -> Example:
        missing = self.draw.choice(("measure", "quality", "value")) if self.draw.random() < UNANSWERABLE else ""
        top = not missing and bool(self.drawn.labels) and self.draw.random() < 0.2
        self._figure(missing == "measure")
        if top:
            self._top()
        else:
            self._group(missing == "quality")
        self._conditions(missing == "value")
        self._when()
        d = self.draft
        rest = [d.by, d.where, d.when]
        text = " ".join((self.draw.choice(_OPENING) + d.head + "".join(rest) + d.tail).split())
        if self.draw.random() < 0.4:
            text = text[0].upper() + text[1:]
        text += self.draw.choice(("", "", "", "?", "."))
        bindings = Bindings(metrics=self.metrics, dimensions=self.dimensions, grain=self.grain, filters=self.filters,
                            time_range=self.time, order=self.order, limit=self.limit)  # fmt: skip
        return Example(self.drawn.schema, text, self.today, worded(bindings, self.unknown, confidence=1.0))

    def _figure(self, missing: bool) -> None:
        if missing:
            said = self.draw.choice(self._absent(ABSENT_MEASURES))
            self.unknown.append(said)
            self.draft.head = self.draw.choice(_TOTAL).format(said)
            return
        if self.draw.random() < 0.35:
            said = _plural(self.draw.choice(self.drawn.event.said))
            self.metrics.append(Metric(name=said, aggregation="count", table=self.drawn.fact, column=None))
            self.draft.head = self.draw.choice(_COUNT).format(said)
            return
        place = self.draw.choice(self.drawn.measures)
        said = self.draw.choice(place.concept.said)
        usual = place.concept.kind
        asked = self.draw.choice((usual, usual, "avg", "max", "min", "median"))
        pattern = self.draw.choice(_TOTAL if asked == "sum" else _SAID[asked])
        if pattern == "{}" and usual != "sum":
            pattern = "average {}"
        self.metrics.append(
            Metric.model_validate({"name": said, "aggregation": asked, "table": place.table, "column": place.column})
        )
        self.draft.head = pattern.format(said)

    def _absent(self, words: tuple[str, ...]) -> list[str]:
        """Of these, what no word of the schema could be taken for."""
        told = " ".join(
            f"{t.name} {c.name} {c.description} {c.values}" for t in self.drawn.schema.tables for c in t.columns
        ).lower()
        return [w for w in words if not any(part[:4] in told for part in w.lower().split())] or [words[0]]

    def _top(self) -> None:
        said, place = self.draw.choice(self.drawn.labels)
        n, desc = self.draw.choice((3, 5, 10, 20)), self.draw.random() < 0.75
        figure = self.draft.head
        self.draft.head = f"{'top' if desc else 'bottom'} {n} {_plural(said)} by {figure.removeprefix('how many ')}"
        self.dimensions.append(ColumnRef(table=place.table, column=place.column))
        self.order.append(Order(by=self.metrics[0].name, desc=desc))
        self.limit = n

    def _group(self, missing: bool) -> None:
        if missing:
            said = self.draw.choice(self._absent(ABSENT_QUALITIES))
            self.unknown.append(said)
            self.draft.by = self.draw.choice(_BY).format(said)
            return
        spoken = []
        for place in self.draw.sample(self.drawn.qualities, k=self.draw.choice((0, 1, 1, 2))):
            self.dimensions.append(ColumnRef(table=place.table, column=place.column))
            spoken.append(self.draw.choice(place.concept.said))
        if not spoken and self.drawn.labels and self.draw.random() < 0.4:
            said, label = self.draw.choice(self.drawn.labels)
            self.dimensions.append(ColumnRef(table=label.table, column=label.column))
            spoken.append(said)
        if spoken:
            self.draft.by = self.draw.choice(_BY).format(" and ".join(spoken))
        if self.draw.random() < 0.3:
            grain: Grain = self.draw.choice(_GRAINS)
            self.grain = grain
            if not self.draft.head.startswith("how many") and self.draw.random() < 0.4:
                self.draft.head = f"{ADVERB[grain]} {self.draft.head}"
            else:
                self.draft.by += f" {self.draw.choice(('by', 'per', 'each'))} {self.grain}"
        if self.dimensions and self.metrics and self.draw.random() < 0.12:
            desc = self.draw.random() < 0.7
            self.order.append(Order(by=self.metrics[0].name, desc=desc))
            self.draft.tail = self.draw.choice(
                (", highest first", ", sorted descending") if desc else (", lowest first", ", ascending")
            )

    def _conditions(self, missing: bool) -> None:
        if missing:
            said = self.draw.choice(self._absent(ABSENT_VALUES))
            self.unknown.append(said)
            self.draft.where = self.draw.choice(
                (f" for {said} {_plural(self.drawn.event.said[0])}", f" where status is {said}")
            )
            return
        taken = {(d.table, d.column) for d in self.dimensions}
        free = [p for p in self.drawn.qualities if (p.table, p.column) not in taken and self._plain(p)]
        chance = self.draw.random()
        if chance < 0.3 and free:
            self._equal(self.draw.choice(free))
        elif chance < 0.4 and self.drawn.flags:
            self._flag(self.draw.choice(self.drawn.flags))
        elif chance < 0.5:
            self._compare(self.draw.choice(self.drawn.measures))

    def _plain(self, place: Place) -> bool:
        """Whether its values are no other column's: else a request would have to say which."""
        others = [
            v
            for t in self.drawn.schema.tables
            for c in t.columns
            if (t.name, c.name) != (place.table, place.column)
            for v in c.values
        ]
        return not set(place.concept.values) & set(others)

    def _equal(self, place: Place) -> None:
        values = self.draw.sample(place.concept.values, k=self.draw.choice((1, 1, 1, 2)))
        denied = self.draw.random() < 0.2
        if len(values) == 1:
            op = "!=" if denied else "="
            said = self.draw.choice((f"{place.concept.said[0]} is {values[0]}", f"{place.concept.said[0]} {values[0]}"))
            self.draft.where = (
                f" excluding {values[0]}"
                if denied
                else self.draw.choice((f" where {said}", f" for {values[0]}", f" with {said}"))
            )
        else:
            op = "not in" if denied else "in"
            joint = f"{values[0]} {'and' if denied else self.draw.choice(('and', 'or'))} {values[1]}"
            self.draft.where = f" excluding {joint}" if denied else f" for {joint}"
        value = values if len(values) > 1 else values[0]
        self.filters.append(
            Filter.model_validate({"table": place.table, "column": place.column, "op": op, "value": value})
        )

    def _flag(self, place: Place) -> None:
        said, denied = " ".join(place.concept.words), self.draw.random() < 0.3
        self.draft.where = (
            f" {'not ' if denied else 'only '}{said}"
            if self.draw.random() < 0.5
            else f" that are {'not ' if denied else ''}{said}"
        )
        self.filters.append(Filter(table=place.table, column=place.column, op="=", value=not denied))

    def _compare(self, place: Place) -> None:
        n = self.draw.choice((5, 10, 25, 100, 250, 1000, 2500))
        said = self.draw.choice(place.concept.said)
        op, words = self.draw.choice(((">", "over"), (">", "more than"), (">=", "at least"), ("<", "under"),
                                      ("<", "less than"),
                                      ("<=", "at most"), (">", "above"), ("<", "below")))  # fmt: skip
        self.draft.where = self.draw.choice((" with {} {} {}", " where {} is {} {}", " having {} {} {}")).format(
            said, words, n
        )
        self.filters.append(Filter.model_validate({"table": place.table, "column": place.column, "op": op, "value": n}))

    def _when(self) -> None:
        if self.draw.random() < 0.5:
            return
        unit = self.draw.choice(("week", "month", "quarter", "year"))
        start = begin(self.today, unit)
        back = {"week": 7, "month": 1, "quarter": 3, "year": 12}[unit]
        before = start - timedelta(days=7) if unit == "week" else shifted(start, -back)
        n = self.draw.choice((7, 14, 30, 90))
        month = self.draw.randrange(1, 13)
        year = self.draw.randrange(self.today.year - 3, self.today.year + 1)
        quarter = self.draw.randrange(1, 5)
        named = date(year, month, 1)
        choices = (
            (f" last {unit}", *period(before, unit)), (f" this {unit}", *period(start, unit)),
            (f" in the past {n} days", self.today - timedelta(days=n - 1), self.today),
            (f" over the last {n} days", self.today - timedelta(days=n - 1), self.today),
            (f" in {_MONTHS[month - 1]} {year}", *period(named, "month")),
            (f" in {year}", *period(date(year, 1, 1), "year")),
            (f" since {_MONTHS[month - 1]} {year}", named, None), (f" before {year}", None, date(year - 1, 12, 31)),
            (f" in Q{quarter} {year}", *period(date(year, quarter * 3 - 2, 1), "quarter")),
            (" yesterday", self.today - timedelta(days=1), self.today - timedelta(days=1)),
            (" year to date", begin(self.today, "year"), self.today),
            (f" between {named.isoformat()} and {shifted(named, 2).isoformat()}", named, shifted(named, 2)),
        )  # fmt: skip
        self.draft.when, low, high = self.draw.choice(choices)
        self.time = TimeRange.model_validate({"from": low and low.isoformat(), "to": high and high.isoformat()})


def _plural(said: str) -> str:
    if said.endswith("y") and said[-2] not in "aeiou":
        return said[:-1] + "ies"
    return said if said == "aircraft" else said + ("es" if said.endswith(("s", "ch", "sh")) else "s")
