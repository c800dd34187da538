"""The rules: from a request's parts to what they mean together. What they cannot place is left as unknown."""

from datetime import date
from itertools import pairwise

from agents.minds.intent.answer import Bindings, ColumnRef, Filter, Intent, Metric, Order, Scalar, TimeRange
from agents.minds.intent.choosing import Choice, Chooser
from agents.minds.intent.conditions import conditions
from agents.minds.intent.confidence import confidence
from agents.minds.intent.glossary import ADJECTIVES, AVERAGED, GENERIC, INTENSIVE, MASS, MONEYED, MONEYS
from agents.minds.intent.linking import index_of
from agents.minds.intent.parts import Part, Request, cut
from agents.minds.intent.schema import Column, Schema, Table
from agents.minds.intent.tokens import stems
from agents.minds.intent.wording import answered


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


class _Reading:
    def __init__(self, request: Request, chooser: Chooser) -> None:
        self.request, self.parts, self.chooser = request, request.parts, chooser
        self.metrics: list[Metric] = []
        self.dimensions: list[ColumnRef] = []
        self.order: list[Order] = []
        self.limit: int | None = None
        self.wanted: tuple[bool, Part] | None = None
        """Direction and place of a `top` or `most` whose figure is not found yet."""

    def done(self) -> Intent:
        self._qualifiers()
        self.filters = conditions(self.request, self.chooser)
        self._against()
        self._sorting()
        self._counts()
        self._aggregates()
        self._superlatives()
        self._groups()
        self._leftover()
        self._rows()
        self._settle_order()
        return answered(self.request, self.chooser, self._bindings())

    def _qualifiers(self) -> None:
        """`claim payment`, `order status`: a table before one of its columns says which column, and nothing else."""
        for i, (one, two) in enumerate(pairwise(self.parts)):
            if one.kind != "mention" or two.kind != "mention" or one.end != two.start or not one.mention or not two.mention:
                continue
            counted = i and self.parts[i - 1].says("count", "distinct")
            first, mine = one.links()[0], two.links()
            own = [k for k in mine if k.kind == "column" and k.table == first.table and k.score >= 0.5]
            if first.kind == "table" and first.score > 0.7 and own and mine[0].kind == "column" and not counted:
                one.used = True
                two.mention.links = own
                self.chooser.favour(first.table)
            elif first.kind == "column" and two.end - two.start == 1 and self.request.tokens[two.start].stem in GENERIC:
                two.used = True

    def _against(self) -> None:
        """`desktop vs mobile` wants both, side by side."""
        said = {t.lower for t in self.request.tokens} & {"vs", "versus", "compare", "compared", "comparison"}
        for one in self.filters if said else ():
            if one.op == "in":
                self.dimensions.append(ColumnRef(table=one.table, column=one.column))

    # figures

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
            if (table := self.chooser.table(part)) and (mass := _mass(table, aggregation)):
                choice = Choice(table, mass, 0.7)
        if choice is None and aggregation in ("max", "min"):
            choice = self.chooser.date(part)
        if choice is not None:
            part.used = True
            said = aggregation or _usual(choice.column)
            return self._add(Metric(name=name, aggregation=said, table=choice.table.name, column=choice.column.name))
        if aggregation in (None, "sum") and (table := self.chooser.table(part)):
            part.used = True
            return self._add(Metric(name=name, aggregation="count", table=table.name, column=None))
        return None

    def _counts(self) -> None:
        for i, part in enumerate(self.parts):
            if part.says("count", "distinct") and not part.used:
                distinct = part.says("distinct") or self._next(i, "distinct")
                at = self._following(i)
                if at is None:
                    continue
                if part.says("distinct") and (i and self.parts[i - 1].says("by") or not self._asked_alone(i)):
                    part.used = True
                    continue
                said = self.parts[i - 1].marker if i and self.parts[i - 1].says("aggregate") else None
                if said and said.says != "sum":
                    if self.chooser.measure(self.parts[at]) and self._metric(self.parts[at], said.says):
                        part.used = self.parts[i - 1].used = True
                    continue
                if self._count(self.parts[at], distinct, part):
                    part.used = True
                    for between in self.parts[i:at]:
                        between.used = between.used or between.says("distinct")
                    self._more(at, "count distinct" if distinct else "count")

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
            self._add(Metric(name=name, aggregation=said, table=found.table.name, column=column))
            return True
        if choice := self.chooser.measure(part):
            part.used = True
            said = "count_distinct" if distinct else "sum"
            self._add(Metric(name=name, aggregation=said, table=choice.table.name, column=choice.column.name))
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

    # groups and order

    def _sorting(self) -> None:
        for i, part in enumerate(self.parts):
            if part.says("sort"):
                part.used = True
                target = self._at(i + 1)
                if target and target.kind in ("mention", "grain", "marker"):
                    direction = next((p for p in self.parts[i + 1 :] if p.says("direction")), None)
                    if direction:
                        direction.used = True
                    desc = bool(direction and direction.marker and direction.marker.says == "desc")
                    self.sorted_by = (target, desc, direction is not None)
        for i, part in enumerate(self.parts):
            if part.says("direction") and not part.used:
                part.used = True
                self.direction = bool(part.marker and part.marker.says == "desc")

    sorted_by: tuple[Part, bool, bool] | None = None
    direction: bool | None = None

    def _superlatives(self) -> None:
        for i, part in enumerate(self.parts):
            if not part.says("top", "most") or part.used or part.marker is None:
                continue
            says, _, word = part.marker.says.partition(" ")
            desc, number = says == "desc", part.marker.number
            target = self._at(i + 1)
            while target and (target.used or target.says("aggregate", "count", "distinct") or target.kind == "figure"):
                if target.kind == "figure":
                    target.used = True
                elif target.kind == "mention" and self.chooser.was_measure(target):
                    break
                target = self._at(self.parts.index(target) + 1)
            subject = self._subject(i)
            if part.says("most") and number is None and subject is None and target and not target.used:
                extreme = "max" if desc else "min"
                if word not in ("most", "fewest", "least", "best", "worst") and self._measured(target) and self._metric(target, extreme):
                    part.used = True
                    continue
            part.used = True
            if number is None and subject is None and target and not target.used and word in ADJECTIVES:
                thing = self.chooser.table(target)
                if thing and (found := self.chooser.about(word, None)):
                    self._add_as(found, "max" if desc else "min")
                    if found.table != thing and self._dimension(target):
                        self.limit, self.wanted = self._one(target), (desc, part)
                    target.used = True
                    continue
            if word == "most" and target and not target.used and (dated := self.chooser.date(target)):
                target.used = True
                self._add(Metric(name=self.request.shown(part.start, target.end).lower(), aggregation="count",
                                 table=dated.table.name, column=None))  # fmt: skip
                target = self._at(self.parts.index(target) + 1)
            self.limit = self.limit or (int(number) if number else self._one(subject))
            self.wanted = (desc, part)
            if subject is not None and not subject.used:
                self._dimension(subject)
            if target and target.kind == "mention" and not target.used:
                if part.says("most") and (subject or not self.chooser.dimension(target) or self._measured(target)):
                    if not self._metric(target, None) and word in ("most", "fewest", "least"):
                        self._count(target, False, part)
                elif not self._measured(target) or self._has_by(target):
                    self._dimension(target)
                else:
                    self._metric(target, None)
            if word and word not in ("most", "fewest", "least", "best", "worst") and not self.metrics:
                found = self.chooser.about(word, None)
                said = next((p for p in self.parts if p.says("aggregate") and not p.used), None)
                if found:
                    self._add_as(found, said.marker.says if said and said.marker else _usual(found.column))
                    self.limit = self.limit or (self._one(target) if target and not number else None)

    def _add_as(self, choice: Choice, aggregation: str) -> None:
        self._add(Metric(name=choice.column.name, aggregation=aggregation, table=choice.table.name,
                         column=choice.column.name))  # fmt: skip

    def _has_by(self, part: Part) -> bool:
        at = self.parts.index(part)
        return any(p.says("by") for p in self.parts[at + 1 :]) and self.chooser.dimension(part) is not None

    def _measured(self, part: Part) -> bool:
        return self.chooser.measure(part) is not None

    def _subject(self, at: int) -> Part | None:
        """What a superlative ranks: the name before it, as in `which stores had the highest`, `stores with the most`."""
        for part in reversed(self.parts[:at]):
            if part.says("by"):
                return None
            if part.kind == "mention" and (not part.used or self._dimension_already(part)):
                before = self.request.word(part.start - 1)
                asked = before in ("which", "what", "whose", "the", "") or self.request.word(part.end) in ("with", "by")
                asked = asked or any(self.request.word(k) in ("which", "what", "who") for k in range(part.start))
                after = self.request.word(part.end) in ("with", "that", "which", "had", "has", "have", "having")
                if (asked or after) and self.chooser.dimension(part) is not None:
                    return part
        return None

    def _dimension_already(self, part: Part) -> bool:
        found = self.chooser.dimension(part)
        return found is not None and _ref(found) in self.dimensions

    def _one(self, subject: Part | None) -> int | None:
        """`which store had the most` wants one; `which stores had the most` does not say how many."""
        if subject is None:
            return None
        last = self.request.word(subject.end - 1)
        plural = last.endswith("s") and not last.endswith(("ss", "us", "is")) or last in ("people", "children")
        return None if plural else 1

    def _groups(self) -> None:
        for i, part in enumerate(self.parts):
            if not part.says("by"):
                continue
            at, first = i + 1, True
            while (target := self._at(at)) is not None:
                if target.says("and") or (target.says("by", "distinct") and not first):
                    at += 1
                    continue
                if target.kind == "grain":
                    at, first = at + 1, False
                    continue
                if target.kind != "mention" or target.used or not self._group(part, target, first):
                    break
                part.used = True
                at, first = at + 1, False

    def _group(self, by: Part, target: Part, first: bool) -> bool:
        per = self.request.word(by.start) in ("per", "each", "every", "for")
        ranking = self.wanted is not None or any(p.says("top", "most") for p in self.parts)
        if self._measured(target) and not per:
            choice = self.chooser.measure(target)
            if ranking and first or (choice and choice.score > 0.9 and not first and ranking):
                return self._metric(target, None) is not None
            if not first and self.chooser.dimension(target) is None:
                return False
        if per and (table := self.chooser.table(target)) and self._own(table):
            target.used = by.used = True
            return True
        if ranking and first and self.dimensions and (table := self.chooser.table(target)) and not self.metrics:
            return self._metric(target, None) is not None
        return self._dimension(target, grouped=True)

    def _own(self, table: Table) -> bool:
        """`average amount per order`, where an order is a row: nothing to group by."""
        return any(m.table == table.name and m.aggregation in ("avg", "median") for m in self.metrics)

    def _dimension(self, part: Part, *, grouped: bool = False) -> bool:
        found = self.chooser.dimension(part, grouped=grouped)
        if found is None:
            return False
        part.used = True
        if found.column.kind == "date":
            self.chooser.time_column = ColumnRef(table=found.table.name, column=found.column.name)
            self.chooser.grain_needed = True
        elif _ref(found) not in self.dimensions:
            self.dimensions.append(_ref(found))
        return True

    # what is left

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

    def _participle(self, part: Part) -> bool:
        """Whether a name is a verb here, as in `how many matches were played`."""
        return part.end - part.start == 1 and self.request.word(part.start).endswith("ed")

    def _rows(self) -> None:
        """Conditions without a figure: their rows are counted, if they are of one table."""
        tables = {f.table for f in self.filters}
        if self.metrics or not tables or (self._asks_for_rows() and self.dimensions):
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

    def _grouped(self, part: Part) -> bool:
        at = self.parts.index(part)
        return at > 0 and self.parts[at - 1].says("by")

    def _table_better(self, part: Part) -> bool:
        best = part.links()[0]
        return best.kind == "table" and best.score > 0.95

    def _asks_for_rows(self) -> bool:
        first = " ".join(t.lower for t in self.request.tokens[:3])
        return not any(p.says("count", "aggregate", "by") or p.kind == "grain" for p in self.parts) and any(
            first.startswith(w) for w in ("list", "show", "which", "what are the", "who", "give", "find", "names", "name")
        )

    def _settle_order(self) -> None:
        if self.wanted and self.metrics:
            self.order.append(Order(by=self.metrics[-1].name if len(self.metrics) == 1 else self._ranked().name,
                                    desc=self.wanted[0]))  # fmt: skip
        elif self.wanted:
            self.wanted[1].used = False
        target, desc, stated = self.sorted_by or (None, False, False)
        if target is not None:
            self._sort_by(target, desc, stated)
        elif self.direction is not None and not self.order and self.metrics:
            self.order.append(Order(by=self.metrics[0].name, desc=self.direction))

    def _ranked(self) -> Metric:
        """Of several figures the one that the superlative's `by` or its own name says: the last read after it."""
        assert self.wanted
        after = [p for p in self.parts if p.start >= self.wanted[1].start and p.kind == "mention"]
        names = [self.request.shown(p.start, p.end).lower() for p in after]
        return next((m for m in self.metrics if m.name in names), self.metrics[0])

    def _sort_by(self, target: Part, desc: bool, stated: bool) -> None:
        if target.kind == "grain":
            self.order.append(Order(by=target.when.grain if target.when and target.when.grain else "", desc=desc))
            return
        if target.kind == "marker":
            found = [m for m in self.metrics if m.aggregation.startswith("count")]
            self.order += [Order(by=m.name, desc=desc if stated else True) for m in found[:1]]
            target.used = bool(found)
            return
        name = self.request.shown(target.start, target.end).lower()
        choice = self.chooser.measure(target)
        for metric in self.metrics:
            if metric.name == name or (choice and (metric.table, metric.column) == (choice.table.name, choice.column.name)):
                self.order.append(Order(by=metric.name, desc=desc if stated else True))
                target.used = True
                return
        found = self.chooser.dimension(target)
        if found and _ref(found) in self.dimensions:
            self.order.append(Order(by=found.column.name, desc=desc))
        elif found and found.column.kind == "date":
            self.order.append(Order(by=found.column.name, desc=desc))
        elif made := self._metric(target, None):
            self.order.append(Order(by=made.name, desc=desc if stated else True))
        target.used = True

    # helpers of the above

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
            over = part.used and part.kind != "marker" or part.says("distinct", "only", "not", "count")
            if not over and not (aggregates and part.says("aggregate", "and")):
                return None
        return None

    def _bindings(self) -> Bindings:
        times = [p for p in self.parts if p.kind == "time" and p.when and p.when.days]
        grains = [p.when.grain for p in self.parts if p.kind == "grain" and p.when]
        time_range = None
        if times:
            days = [p.when.days for p in times if p.when and p.when.days]
            low = [d[0] for d in days]
            high = [d[1] for d in days]
            start = None if None in low else min(d for d in low if d)
            end = None if None in high else max(d for d in high if d)
            time_range = TimeRange.model_validate({"from": start and start.isoformat(), "to": end and end.isoformat()})
        for part in times:
            part.used = True
        for part in self.parts:
            part.used = part.used or part.kind == "grain"
        if len(times) > 1:
            self.chooser.doubt("several times")
        grain = grains[0] if grains else "day" if self.chooser.grain_needed else None
        return Bindings(metrics=self.metrics, dimensions=self.dimensions, grain=grain, filters=self.filters,
                        time_range=time_range, order=self.order, limit=self.limit)  # fmt: skip


def _usual(column: Column) -> str:
    """What is done with a measure where the request does not say."""
    described = stems(column.description.lower().replace("-", " ").split()[:12])
    rate = any(s in INTENSIVE for s in column.stems) or any(s in AVERAGED for s in described)
    return "avg" if rate else "sum"


def _mass(table: Table, aggregation: str | None) -> Column | None:
    """Of a table that is named for what cannot be counted (`data usage`) its only measure; `total payments`: the money."""
    measures = [c for c in table.columns if c.is_measure]
    if aggregation == "sum" and table.stems[-1] in MONEYS:
        measures = [c for c in measures if set(c.stems) & MONEYED]
    elif table.stems[-1] not in MASS:
        return None
    return measures[0] if len(measures) == 1 else None


def _ref(choice: Choice) -> ColumnRef:
    return ColumnRef(table=choice.table.name, column=choice.column.name)


__all__ = ["Filter", "Scalar", "read"]
