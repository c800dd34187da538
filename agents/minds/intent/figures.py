"""What figures a request asks for: counts, sums, averages, of columns or of rows."""

import re
from typing import cast

from agents.minds.intent.answer import Aggregation, ColumnRef, Metric, Order
from agents.minds.intent.choosing import Choice, Chooser
from agents.minds.intent.glossary import (
    ADDED,
    AVERAGED,
    EXTREMES,
    INTENSIVE,
    MASS,
    MONEYED,
    MONEYS,
    SPENT,
    TOTALS,
    WORTH,
)
from agents.minds.intent.parts import Part, Request
from agents.minds.intent.schema import Column, Table
from agents.minds.intent.tokens import stems


class Figures:
    """A request being read: what was found so far, and the figures it asks for."""

    def __init__(self, request: Request, chooser: Chooser) -> None:
        self.request, self.parts, self.chooser = request, request.parts, chooser
        self.metrics: list[Metric] = []
        self.dimensions: list[ColumnRef] = []
        self.order: list[Order] = []
        self.limit: int | None = None
        self.wanted: tuple[bool, Part] | None = None
        """Direction and place of a `top` or `most` whose figure is not found yet."""
        self.sorted_by: tuple[Part, bool, bool] | None = None
        """What `sorted by` names, whether downward, and whether that was said."""
        self.direction: bool | None = None

    def _add(self, metric: Metric) -> Metric:
        same = next((m for m in self.metrics if (m.aggregation, m.table, m.column)
                     == (metric.aggregation, metric.table, metric.column)), None)  # fmt: skip
        if same is None:
            self.metrics.append(metric)
            self.chooser.favour(metric.table)
        return same or metric

    def _metric(self, part: Part, aggregation: str | None) -> Metric | None:
        """A figure of a name: of a measure as asked or as is usual for it, of a table or a key by counting."""
        name = self.request.shown(part.start, part.end).lower()
        choice = self.chooser.measure(part)
        if aggregation in (None, "sum") and self.chooser.table_better(part):
            choice = None
            if (table := self.chooser.table(part)) and (only := mass(table, aggregation)):
                choice = Choice(table, only, 0.7)
        choice = choice or self._main(part, aggregation)
        if choice is None and aggregation in ("max", "min"):
            choice = self.chooser.date(part)
        if choice is not None:
            part.used = True
            said = aggregation or usual(choice.column)
            return self._add(
                Metric(
                    name=name, aggregation=cast(Aggregation, said), table=choice.table.name, column=choice.column.name
                )
            )
        if aggregation in (None, "sum") and (table := self.chooser.table(part)):
            part.used = True
            return self._add(Metric(name=name, aggregation="count", table=table.name, column=None))
        return None

    def _main(self, part: Part, aggregation: str | None) -> Choice | None:
        """`average order`, `highest invoice`, `total donated`: what a row of the table amounts to."""
        table = self.chooser.table(part)
        valued = self.request.word(part.end) in ("value", "amount", "worth")
        if table is None or (
            not valued and (aggregation is None or (aggregation == "sum" and not self._participle(part)))
        ):
            return None
        column = main_measure(table)
        if column:
            self.chooser.doubt("main measure")
        return Choice(table, column, 0.7) if column else None

    def _participle(self, part: Part) -> bool:
        """Whether a name is a verb here, as in `how many matches were played`."""
        return part.end - part.start == 1 and self.request.word(part.start).endswith("ed")

    def _counts(self) -> None:
        for i, part in enumerate(self.parts):
            if part.says("count", "distinct") and not part.used:
                distinct = part.says("distinct") or self._next(i, "distinct")
                at = self._following(i)
                if at is None:
                    continue
                if part.says("distinct") and ((i and self.parts[i - 1].says("by")) or not self._asked_alone(i)):
                    part.used = True
                    continue
                said = self.parts[i - 1].marker if i and self.parts[i - 1].says("aggregate") else None
                if said and said.says != "sum":
                    if self.chooser.measure(self.parts[at]) and self._metric(self.parts[at], said.says):
                        part.used = self.parts[i - 1].used = True
                    continue
                if not distinct and self._did(i, at):
                    part.used = True
                    continue
                if self._count(self.parts[at], distinct, part):
                    part.used = True
                    for between in self.parts[i:at]:
                        between.used = between.used or between.says("distinct")
                    self._more(at, "count distinct" if distinct else "count")

    def _did(self, marker: int, at: int) -> bool:
        """`how many exports did teams run`: rows are counted of which a value is named, not those who did it."""
        part, doer = self.parts[marker + 1], self.chooser.table(self.parts[at])
        if own := self._rows_of(part):
            name = self.request.shown(part.start, part.end).lower()
            self._add(Metric(name=name, aggregation="count", table=own, column=None))
            return True
        value = next((k for k in part.links() if k.kind == "value"), None)
        between = {self.request.word(k) for k in range(part.end, self.parts[at].start)}
        if value is None or not part.used or doer is None or not between & {"did", "do", "does", "have", "has"}:
            return False
        if not self.chooser.refers(value.table, {doer.name}):
            return False
        name = self.request.shown(part.start, part.end).lower()
        self._add(Metric(name=name, aggregation="count", table=value.table, column=None))
        self.parts[at].used = True
        return True

    def _rows_of(self, part: Part) -> str | None:
        """The table whose name ends a phrase that is a condition of it: `hazardous consignments`."""
        best = part.links()[0] if part.used and part.links() else None
        table = self.chooser.schema.table(best.table) if best and best.column else None
        last = self.request.tokens[part.end - 1].stem
        return table.name if table and part.end - part.start > 1 and last == table.stems[-1] else None

    def _active(self) -> None:
        """`active users`, where no column says who is active: those of whom the only events tell."""
        for i, part in enumerate(self.parts):
            after = self._at(i + 1)
            if part.kind != "word" or self.request.word(part.start) != "active" or not after or after.used:
                continue
            thing = self.chooser.thing(after) if after.kind == "mention" and after.start == part.end else None
            own = thing and self.chooser.schema.key(thing.table)
            found = self.chooser.event_key(thing.table) if thing and own and own.name == thing.column.name else thing
            if found and found.column.is_key and found.table.dates:
                part.used = after.used = True
                name = f"active {self.request.shown(after.start, after.end).lower()}"
                table, column = found.table.name, found.column.name
                self._add(Metric(name=name, aggregation="count_distinct", table=table, column=column))
                self.chooser.doubt("active")

    def _asked_alone(self, at: int) -> bool:
        return not any(p.says("count") for p in self.parts[:at])

    def _count(self, part: Part, distinct: bool, marker: Part) -> bool:
        name = self.request.shown(part.start, part.end).lower()
        if not distinct and (choice := self.chooser.counted(part)):
            part.used = True
            self._add(Metric(name=name, aggregation="sum", table=choice.table.name, column=choice.column.name))
            return True
        table = self.chooser.table(part)
        if table and not distinct:
            part.used = True
            self._add(Metric(name=name, aggregation="count", table=table.name, column=None))
            return True
        found = self.chooser.thing(part)
        timed = any(p.kind in ("time", "grain") for p in self.parts)
        if distinct and table and timed:
            found = self.chooser.event_key(table) or found
        if found is not None:
            part.used = True
            whole = found.column in (found.table.label, self.chooser.schema.key(found.table)) and not distinct
            said = "count" if whole else "count_distinct"
            column = None if whole else found.column.name
            self._add(Metric(name=name, aggregation=cast(Aggregation, said), table=found.table.name, column=column))
            return True
        if choice := self.chooser.measure(part):
            part.used = True
            said = "count_distinct" if distinct else "sum"
            self._add(
                Metric(
                    name=name, aggregation=cast(Aggregation, said), table=choice.table.name, column=choice.column.name
                )
            )
            return True
        return False

    def _more(self, at: int, said: str) -> None:
        """`number of orders and customers`: what goes for the first goes for what is joined to it."""
        while at + 2 < len(self.parts) and self.parts[at + 1].says("and"):
            part = self.parts[at + 2]
            if part.kind != "mention" or part.used:
                return
            if said.startswith("count"):
                if not (self.chooser.table(part) or self.chooser.thing(part)) or self.chooser.measure(part):
                    return
                self._count(part, said.endswith("distinct"), part)
            elif self.chooser.measure(part) is None or self._metric(part, said) is None:
                return
            at += 2

    def _aggregates(self) -> None:
        for i, part in enumerate(self.parts):
            if not part.says("aggregate") or part.used:
                continue
            at = self._following(i, aggregates=True)
            assert part.marker
            if at is not None and self._metric(self.parts[at], part.marker.says):
                part.used = True
                for between in self.parts[i + 1 : at]:
                    if between.says("aggregate") and between.marker:
                        between.used = True
                        self._again(self.parts[at], between.marker.says)
                self._more(at, part.marker.says)
            elif at is None and (before := self._before(i)) is not None:
                part.used = self._metric(before, part.marker.says) is not None

    def _again(self, part: Part, aggregation: str) -> None:
        part.used = False
        self._metric(part, aggregation)

    def _before(self, at: int) -> Part | None:
        """`revenue total`, `temperature: average and max`."""
        found = next((p for p in reversed(self.parts[:at]) if p.kind == "mention" and not p.used), None)
        return found if found and self.chooser.measure(found) else None

    def _add_as(self, choice: Choice, aggregation: str) -> None:
        self._add(Metric(name=choice.column.name, aggregation=cast(Aggregation, aggregation), table=choice.table.name,
                         column=choice.column.name))  # fmt: skip

    def _measured(self, part: Part) -> bool:
        return self.chooser.measure(part) is not None

    def _at(self, at: int) -> Part | None:
        return self.parts[at] if at < len(self.parts) else None

    def _next(self, at: int, kind: str) -> bool:
        found = self._at(at + 1)
        return bool(found and found.says(kind))

    def _following(self, at: int, *, aggregates: bool = False) -> int | None:
        """The next name that is free, over conditions, `distinct` and, if wanted, further aggregations."""
        for i in range(at + 1, len(self.parts)):
            part = self.parts[i]
            if part.kind == "mention" and not part.used:
                return i
            over = (part.used and part.kind != "marker") or part.says("distinct", "only", "not", "count")
            if not over and not (aggregates and part.says("aggregate", "and")):
                return None
        return None


def usual(column: Column) -> str:
    """What is done with a measure where the request does not say."""
    first, last = column.stems[0], column.stems[-1]
    if first in EXTREMES or last == "maximum":  # but `duration_min` is in minutes
        return EXTREMES.get(first, "max")
    described = stems(column.description.lower().replace("-", " ").split()[:12])
    rate = any(s in INTENSIVE for s in column.stems) or any(s in AVERAGED for s in described)
    scale = re.search(r"\b(?:from )?[01] ?(?:to|-|\u2013) ?(?:5|10|100)\b|\bout of (?:5|10|100)\b", column.description)
    return "avg" if scale or (rate and not set(column.stems) & ADDED) else "sum"


def mass(table: Table, aggregation: str | None) -> Column | None:
    """Of a table named for what cannot be counted (`data usage`) its only measure; `total payments`: the money."""
    measures = [c for c in table.columns if c.is_measure]
    if aggregation == "sum" and table.stems[-1] in MONEYS:
        measures = [c for c in measures if set(c.stems) & MONEYED]
    elif table.stems[-1] not in MASS:
        return None
    return measures[0] if len(measures) == 1 else None


def main_measure(table: Table) -> Column | None:
    """What a row amounts to: the only column of money that can be added up, or of several the only total."""
    worth = [c for c in table.columns if c.is_measure and set(c.stems) & WORTH and usual(c) == "sum"]
    worth = [c for c in worth if not set(c.stems) & SPENT] or worth
    totals = [c for c in worth if set(c.stems) & TOTALS]
    return worth[0] if len(worth) == 1 else totals[0] if len(totals) == 1 else None
