"""The rules: from a request's parts to what they mean together. What they cannot place is left as unknown."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from agents.minds.intent.answer import Bindings, ColumnRef, Grain, Intent, Metric, TimeRange
from agents.minds.intent.choosing import Chooser
from agents.minds.intent.conditions import conditions
from agents.minds.intent.confidence import confidence
from agents.minds.intent.figures import main_measure, usual
from agents.minds.intent.glossary import FILLER, GENERIC, INCOME, SPENT
from agents.minds.intent.grouping import Grouping
from agents.minds.intent.linking import index_of
from agents.minds.intent.parts import Part, Request, cut
from agents.minds.intent.periods import Range, begin, period
from agents.minds.intent.schema import Column, Schema, Table
from agents.minds.intent.verbs import settle
from agents.minds.intent.wording import answered

_UNITS: tuple[Grain, ...] = ("year", "quarter", "month", "week", "day")


def read(text: str, schema: Schema, today: date) -> Intent:
    """What a request means, by rules alone."""
    request, chooser, intent = reading(text, schema, today)
    return intent.model_copy(update={"confidence_score": confidence(request, chooser, intent)})


def reading(text: str, schema: Schema, today: date) -> tuple[Request, Chooser, Intent]:
    """The same without a confidence, with what it was read from."""
    index = index_of(schema)
    request = cut(text, index, today)
    chooser = Chooser(request, index)
    return request, chooser, _Reading(request, chooser).done()


class _Reading(Grouping):
    def done(self) -> Intent:
        settle(self.request, self.chooser)
        self._qualifiers()
        self.filters = conditions(self.request, self.chooser)
        self._against()
        self._sorting()
        self._active()
        self._counts()
        self._aggregates()
        self._superlatives()
        self._groups()
        self._leftover()
        self._worth()
        self._rows()
        self._things()
        self._settle_order()
        return answered(self.request, self.chooser, self._bindings())

    def _qualifiers(self) -> None:
        """`claim payment`, `order status`: a table before one of its columns says which column, and nothing else."""
        for i, (one, two) in enumerate(pairwise(self.parts)):
            if (
                one.kind != "mention"
                or two.kind != "mention"
                or one.end != two.start
                or not one.mention
                or not two.mention
            ):
                continue
            counted = i and self.parts[i - 1].says("count", "distinct")
            first, mine = one.links()[0], two.links()
            own = [k for k in mine if k.kind == "column" and k.table == first.table and k.score >= 0.5]
            if (
                own
                and own[0].score < 0.9
                and self.request.tokens[two.start].stem in FILLER
                and two.end - two.start == 1
            ):
                continue  # `trains ran`: a verb
            if first.kind == "table" and first.score > 0.7 and own and mine[0].kind == "column" and not counted:
                one.used = True
                two.mention.links = own
                self.chooser.favour(first.table)
            elif first.kind == "column" and two.end - two.start == 1 and self.request.tokens[two.start].stem in GENERIC:
                two.used = True

    def _side_by_side(self) -> bool:
        return bool({t.lower for t in self.request.tokens} & {"vs", "versus", "compare", "compared", "comparison"})

    def _against(self) -> None:
        """`desktop vs mobile` wants both, side by side."""
        for one in self.filters if self._side_by_side() else ():
            if one.op == "in":
                self.dimensions.append(ColumnRef(table=one.table, column=one.column))

    def _leftover(self) -> None:
        left = [p for p in self.parts if p.kind == "mention" and not p.used]
        for part in left:
            choice = self.chooser.measure(part)
            other = self.chooser.table(part)
            if choice and not (other and self._table_better(part)) and not self._grouped(part):
                if part.links()[0].score > choice.score + 0.05:
                    continue
                if self.metrics and (choice.score < 0.8 or self._participle(part)):
                    continue
                self._metric(part, None)
        asks = self._asks_for_rows()
        for part in left:
            if part.used:
                continue
            if (table := self.chooser.table(part)) is not None:
                part.used = True
                if not self.metrics and self._main(part, None) and self._metric(part, None):
                    continue
                if not self.metrics and not (asks and table.label) and not (self.limit and not self.dimensions):
                    name = self.request.shown(part.start, part.end).lower()
                    self._add(Metric(name=name, aggregation="count", table=table.name, column=None))
                elif not self.metrics and not self.dimensions and table.label:
                    self.dimensions.append(ColumnRef(table=table.name, column=table.label.name))
            elif (dated := self.chooser.date(part)) is not None:
                part.used = True
                self.chooser.time_column = ColumnRef(table=dated.table.name, column=dated.column.name)
                if not self.metrics and not asks:
                    name = self.request.shown(part.start, part.end).lower()
                    self._add(Metric(name=name, aggregation="count", table=dated.table.name, column=None))
            elif (asks or self.wanted or self.metrics) and part.links()[0].score >= 0.8 and self._dimension(part):
                self.chooser.doubt("loose dimension" if not asks else "list")

    def _rows(self) -> None:
        """Conditions without a figure: their rows are counted, if they are of one table."""
        tables = {f.table for f in self.filters}
        if (
            self.metrics
            or not tables
            or self.wanted
            or any(p.says("much") for p in self.parts)
            or (self._asks_for_rows() and self.dimensions)
        ):
            return
        if len(tables) > 1:
            tables = {t for t in tables if self.chooser.refers(t, tables - {t})}
        if len(tables) == 1:
            markers = [p for p in self.parts if p.says("count") and not p.used]
            for part in markers:
                part.used = True
            (table,) = tables
            self._add(Metric(name=table, aggregation="count", table=table, column=None))
            self.chooser.doubt("rows of conditions")

    def _worth(self) -> None:
        """`how much did companies give`, `top sponsor`, `ticket income`: what the only such event was worth."""
        much = any(p.says("much") for p in self.parts)
        ranked = self.wanted is not None and bool(self.dimensions)
        earned = any(
            self.request.tokens[p.start].stem in INCOME for p in self.parts if p.kind != "marker" and not p.used
        )
        if not (much or ranked or earned) or any(m.column for m in self.metrics) or (self.metrics and not much):
            return
        said = {m.table for m in self.metrics} or self._places()
        worth = {t.name: c for t in self.chooser.schema.tables if (c := self._worth_of(t, much and t.name in said))}
        if earned:
            worth = {t: c for t, c in worth.items() if not set(c.stems) & SPENT}
        mine = [t for t in worth if t in said] or [t for t in worth if self.chooser.refers(t, said)]
        self.metrics = []
        for table in mine if len(mine) == 1 else ():
            self._add(Metric(name=worth[table].name, aggregation="sum", table=table, column=worth[table].name))
            self.chooser.doubt("worth")

    def _things(self) -> None:
        """`participants with a severe event` are counted once each, however many such events they had."""
        places = self._places()
        for i, metric in enumerate(self.metrics):
            table = self.chooser.schema.table(metric.table)
            key = self.chooser.schema.key(table) if table else None
            events = [t for t in places - {metric.table} if self.chooser.refers(t, {metric.table})]
            if metric.aggregation == "count" and key and events and not self.chooser.refers(metric.table, places):
                update = {"aggregation": "count_distinct", "column": key.name}
                self.metrics[i] = metric.model_copy(update=update)

    def _places(self) -> set[str]:
        return {d.table for d in self.dimensions} | {f.table for f in self.filters}

    def _worth_of(self, table: Table, whole: bool) -> Column | None:
        """`how much paper was collected`: of a table that is meant also the only thing that can be added up."""
        added = [c for c in table.columns if c.is_measure and usual(c) == "sum"] if whole else []
        return main_measure(table) or (added[0] if len(added) == 1 else None)

    def _grouped(self, part: Part) -> bool:
        at = self.parts.index(part)
        return at > 0 and self.parts[at - 1].says("by")

    def _table_better(self, part: Part) -> bool:
        best = part.links()[0]
        return best.kind == "table" and best.score > 0.95

    def _asks_for_rows(self) -> bool:
        first = " ".join(t.lower for t in self.request.tokens[:3])
        return not any(p.says("count", "aggregate", "by") or p.kind == "grain" for p in self.parts) and any(
            first.startswith(w)
            for w in ("list", "show", "which", "what are the", "who", "give", "find", "names", "name")
        )

    def _bindings(self) -> Bindings:
        times = [p for p in self.parts if p.kind == "time" and p.when and p.when.days]
        grains: list[Grain | None] = [p.when.grain for p in self.parts if p.kind == "grain" and p.when]
        days = sorted((p.when.days for p in times if p.when and p.when.days), key=lambda d: d[0] or date.min)
        time_range = _joined(days)
        for part in times:
            part.used = time_range is not None
        for part in self.parts:
            part.used = part.used or part.kind == "grain"
        if len(times) > 1:
            self.chooser.doubt("several times")
            if not grains and time_range is not None and self._side_by_side():
                grains += [unit for unit in _UNITS if _all_are(days, unit)][:1]
        grain = grains[0] if grains else "day" if self.chooser.grain_needed else None
        return Bindings(metrics=self.metrics, dimensions=self.dimensions, grain=grain, filters=self.filters,
                        time_range=time_range, order=self.order, limit=self.limit)  # fmt: skip


def _joined(days: Sequence[Range]) -> TimeRange | None:
    """Ranges that follow one another as one; None where there is a gap, which one range cannot say."""
    if not days:
        return None
    (start, end), *others = days
    for low, high in others:
        if end is not None and low is not None and low > end + timedelta(days=1):
            return None
        end = None if end is None or high is None else max(end, high)
    return TimeRange.model_validate({"from": start and start.isoformat(), "to": end and end.isoformat()})


def _all_are(days: Sequence[Range], unit: str) -> bool:
    return all(low is not None and begin(low, unit) == low and (low, high) == period(low, unit) for low, high in days)
