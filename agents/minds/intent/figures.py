"""What figures a request asks for: counts, sums, averages, of columns or of rows."""

import re
from typing import cast

from agents.minds.intent.answer import Aggregation, ColumnRef, Filter, Metric, Order
from agents.minds.intent.choosing import Choice, Chooser
from agents.minds.intent.glossary import ADJECTIVES, INCOME, MONEYS, OUTLAY
from agents.minds.intent.kinds import (
    ADDED,
    AIMED,
    AVERAGED,
    EXTREMES,
    INTENSIVE,
    MASS,
    MONEYED,
    NUMBERS,
    PACES,
    PARTS,
    PLAIN,
    QUANTITIES,
    SPENT,
    THINGS,
    TOTALS,
    TRADED,
    WORTH,
)
from agents.minds.intent.parts import Part, Request
from agents.minds.intent.schema import Column, Table
from agents.minds.intent.tokens import stems
from agents.minds.intent.units import lasts, waits


class Figures:
    """A request being read: what was found so far, and the figures it asks for."""

    def __init__(self, request: Request, chooser: Chooser) -> None:
        self.request, self.parts, self.chooser = request, request.parts, chooser
        self.metrics: list[Metric] = []
        self.dimensions: list[ColumnRef] = []
        self.filters: list[Filter] = []
        self.order: list[Order] = []
        self.limit: int | None = None
        self.wanted: tuple[bool, Part] | None = None
        """Direction and place of a `top` or `most` whose figure is not found yet."""
        self.sorted_by: tuple[Part, bool, bool] | None = None
        """What `sorted by` names, whether downward, and whether that was said."""
        self.direction: bool | None = None
        self.nobody = False
        """Whether people are to be counted whom nothing tells apart."""

    def _add(self, metric: Metric) -> Metric:
        same = next((m for m in self.metrics if (m.aggregation, m.table, m.column)
                     == (metric.aggregation, metric.table, metric.column)), None)  # fmt: skip
        if same is None:
            self.metrics.append(metric)
            self.chooser.favour(metric.table)
        return same or metric

    def _metric(self, part: Part, aggregation: str | None) -> Metric | None:
        """A figure of a name: of a measure as asked or as is usual for it, of a table or a key by counting."""
        name = self.request.name(part)
        choice = self.chooser.measure(part)
        if choice and choice.how == "part" and aggregation is None and not any(p.says("much") for p in self.parts):
            choice = None  # `lines` are not what they amount to
        if aggregation in (None, "sum") and self.chooser.table_better(part):
            choice = None
            if (table := self.chooser.table(part)) and (only := mass(table, aggregation)):
                choice = Choice(table, only, 0.7)
        valued = self.request.word(part.end) in ("value", "amount", "worth")
        choice = (self._main(part, aggregation) if valued else None) or choice or self._main(part, aggregation)
        before = self.request.word(part.start - 1)
        if choice is None and aggregation in ("max", "min") and before not in ADJECTIVES:
            choice = self.chooser.date(part)
        rate = choice and aggregation == "sum" and usual(choice.column) == "avg"
        if choice and rate and not self.request.stems(part) & set(choice.column.stems):
            choice = None  # `total cost` is no sum of prices
        if choice is not None:
            part.used = True
            after = self.request.tokens[part.end].stem if part.end < len(self.request.tokens) else ""
            stems_said = {*self.request.stems(part), after}  # `net sales` of a column price_net
            ranked = self.wanted[1].marker if self.wanted and aggregation is None else None
            if ranked and ranked.end == part.start and ranked.says.rpartition(" ")[2] in PACES and lasts(choice.column):
                aggregation = "avg"
            said = aggregation or ("sum" if stems_said & (INCOME | OUTLAY) else usual(choice.column))
            return self._add(
                Metric(
                    name=name, aggregation=cast(Aggregation, said), table=choice.table.name, column=choice.column.name
                )
            )
        acted = aggregation == "sum" and self._participle(part)  # `total billed` is no number of bills
        if aggregation in (None, "sum") and not acted and (table := self.chooser.table(part)):
            part.used = True
            return self._add(self._sold_or_rows(table, name, part))
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

    def _sold_or_rows(self, table: Table, name: str, part: Part, *, said: bool = False) -> Metric:
        """The rows of a table; `tickets sold` of a table of sales with a quantity are as many as that says."""
        words = self.request.stems(part)
        ahead = {self.request.word(k) for k in range(part.end, part.end + 4)}
        asked = ahead & {"sell", "buy", "ship", "order"} and ahead & {"we", "they", "did"}
        sold = said or asked or {self.request.word(part.end), self.request.word(part.end - 1)} & TRADED
        amounts = [c for c in table.columns if c.is_measure and self._how_many_of(c, words)]
        if sold and not amounts:
            others = [t for t in self.chooser.schema.tables if self.chooser.refers(t.name, {table.name})]
            held = [(t, c) for t in others for c in t.columns if c.is_measure and set(c.stems) & QUANTITIES]
            if len(held) == 1:
                return Metric(name=name, aggregation="sum", table=held[0][0].name, column=held[0][1].name)
            dated = [t for t in others if t.dates and not table.dates]
            if len(dated) == 1:  # `houses sold`: every row is one of them
                return Metric(name=name, aggregation="count", table=dated[0].name, column=None)
        if len(amounts) == 1 and (sold or words & MASS or set(amounts[0].stems) <= words):
            return Metric(name=name, aggregation="sum", table=table.name, column=amounts[0].name)
        worth = main_measure(table) if self.request.word(part.end - 1) == "sales" else None
        if worth and not any(p.says("count") for p in self.parts):
            return Metric(name=name, aggregation="sum", table=table.name, column=worth.name)
        if numbered := self._numbered(part, table):
            column = numbered.column.name
            return Metric(name=name, aggregation="count_distinct", table=table.name, column=column)
        return Metric(name=name, aggregation="count", table=table.name, column=None)

    def _how_many_of(self, column: Column, words: set[str]) -> bool:
        return bool(set(column.stems) & QUANTITIES or (set(column.stems) & words and set(column.stems) & PLAIN))

    def _numbered(self, part: Part, table: Table | None) -> Choice | None:
        """`POs` of a table of their lines, by `po_number`: they have a number, and the rows are parts of them."""
        said = self.request.stems(part)
        if table is not None and (said >= set(table.stems) or not said & set(table.stems)):
            return None
        keys = self.chooser.schema.keys
        tables = [table] if table else [t for t in self.chooser.schema.tables if said & set(t.stems)]
        others = [(t, c) for t in tables for c in t.columns if c is not keys.get(t.name)]
        named = [(t, c) for t, c in others if set(c.stems) - NUMBERS == said and set(c.stems) & NUMBERS]
        return Choice(*named[0], 0.9) if len(named) == 1 else None

    def _of_whom(self, part: Part, after: Part) -> bool:
        """`average customer satisfaction`, `median time to resolve`: what stands before the figure itself."""
        lasts_to = self.request.word(part.start) == "time" and self.request.word(part.end) == "to"
        whom = lasts_to or part.links()[0].kind == "table" or self.request.tokens[part.start].stem in THINGS
        next_ = after.kind == "mention" and after.start == part.end + lasts_to and not after.used
        return whom and next_ and self._measured(after)

    def _figure(self, marker: Part, part: Part) -> bool:
        """An aggregation of a name; of a row the figure that the word is about: `cheapest and priciest visit`."""
        assert marker.marker
        word = self.request.word(marker.end - 1)
        about = self.chooser.about(word, None) if word in ADJECTIVES and not self._measured(part) else None
        if about and self.chooser.table(part):
            part.used = True
            self._add_as(about, marker.marker.says)
            return True
        table = None if self._measured(part) else self.chooser.table(part)
        meant = self._meant_of(marker, part, table) if table else None
        if table and meant:
            part.used = True
            self._add_as(Choice(table, meant, 0.7), marker.marker.says)
            return True
        return self._metric(part, marker.marker.says) is not None

    def _meant_of(self, marker: Part, part: Part, table: Table) -> Column | None:
        """`total of unpaid invoices` is what they are worth, `average session length` how long they lasted."""
        assert marker.marker
        if marker.marker.says == "sum" and self.request.word(marker.end) == "of":
            return main_measure(table)
        if self.request.word(part.end) not in ("length", "duration", "time"):
            return None
        spans = [c for c in table.columns if c.is_measure and lasts(c) and not waits(c)]
        return spans[0] if len(spans) == 1 else None

    def _again(self, part: Part, aggregation: str) -> None:
        part.used = False
        self._metric(part, aggregation)

    def _before(self, at: int) -> Part | None:
        """`revenue total`, `temperature: average and max`."""
        found = next((p for p in reversed(self.parts[:at]) if p.kind == "mention" and not p.used), None)
        return found if found and self.chooser.measure(found) else None

    def _told_before(self, at: int) -> Part | None:
        """The name that the aggregations of a list before this one are of."""
        while at > 0 and self.parts[at].says("aggregate", "and"):
            at -= 1
        found = self.parts[at]
        return found if found.kind == "mention" and found.used and self.chooser.was_measure(found) else None

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
    worth = [c for c in worth if not set(c.stems) & (PARTS | AIMED) and not lasts(c)]
    totals = [c for c in worth if set(c.stems) & TOTALS]
    return worth[0] if len(worth) == 1 else totals[0] if len(totals) == 1 else None
