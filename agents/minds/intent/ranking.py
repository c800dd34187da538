"""What a request ranks and sorts by: superlatives, and the order."""

from collections.abc import Iterable

from agents.minds.intent.answer import Aggregation, ColumnRef, Metric, Order
from agents.minds.intent.figures import usual
from agents.minds.intent.glossary import ADJECTIVES, AGGREGATIONS, BAD, UNITS
from agents.minds.intent.grouping import Grouping, reference
from agents.minds.intent.parts import Part
from agents.minds.intent.schema import Column
from agents.minds.intent.tokens import stems
from agents.minds.intent.units import lasts

_OFTEN = ("most common", "most frequent", "most popular", "most used", "busiest")


class Ranking(Grouping):
    """Reads superlatives and order, beside the groups."""

    def _sorting(self) -> None:
        for i, part in enumerate(self.parts):
            if part.says("sort"):
                part.used = True
                target = self._at(i + 1)
                ranked = self._at(i - 1) if i else None
                if target and target.says("count") and ranked and ranked.kind == "mention" and self._several(ranked):
                    self._dimension(ranked)  # `crews ranked by number of work orders`
                if target and target.kind in ("mention", "grain", "marker"):
                    direction = next((p for p in self.parts[i + 1 :] if p.says("direction")), None)
                    if direction:
                        direction.used = True
                    desc = bool(direction and direction.marker and direction.marker.says == "desc")
                    self.sorted_by = (target, desc, direction is not None)
        for part in self.parts:
            if part.says("direction") and not part.used:
                part.used = True
                self.direction = bool(part.marker and part.marker.says == "desc") or self._worst(part)

    def _often(self, part: Part) -> bool:
        """`most common reason`, `which station is busiest`: by how many rows there are of it."""
        at = self.parts.index(part)
        after = self._at(at + 1)
        target = after if after and after.kind == "mention" and not after.used else self._subject(at)
        found = self.chooser.dimension(target) if target else None
        if target is not None and found is not None and len(self.metrics) == 1 and self._dimension(target):
            counted = self.metrics[0].aggregation == "count"  # `busiest marinas by number of rentals`
            self.limit, self.wanted = self._number_of(part) or self._one(target), (True, part)
            return counted
        if target is None or found is None or self.metrics:
            return False
        tables = [t for t in self.chooser.schema.tables if t.dates and self.chooser.refers(t.name, {found.table.name})]
        filtered = {f.table for f in self.filters}
        if tables and filtered and not filtered & {t.name for t in tables}:
            tables = [t for t in self.chooser.schema.tables if t.name in filtered and t.dates]
        own = found.table.dates and found.column is not found.table.label
        tables = tables or ([found.table] if own else [])
        if len(tables) != 1 or not self._dimension(target):
            return False
        top = next((p for p in self.parts[:at] if p.says("top") and p.end == part.start and p.marker), None)
        number = (top.marker.number if top and top.marker else None) or (part.marker.number if part.marker else None)
        if top:
            top.used = True
        self.limit = int(number) if number else self._one(target)
        self._add(Metric(name=tables[0].name, aggregation="count", table=tables[0].name, column=None))
        self.wanted = (True, part)
        self.chooser.doubt("most common")
        return True

    def _number_of(self, part: Part) -> int | None:
        number = part.marker.number if part.marker else None
        return int(number) if number else None

    def _unit(self) -> str | None:
        """`longest ride in km`."""
        said = [self.request.word(k + 1) for k, t in enumerate(self.request.tokens) if t.lower == "in"]
        return next((UNITS[w] for w in said if w in UNITS), None)

    def _worst(self, part: Part) -> bool:
        """Whether the worst is the most: of delays, failures, costs."""
        words = set(self.request.words(part))
        return words <= {"the", "worst", "first"} and any(t.stem in BAD for t in self.request.tokens)

    def _superlatives(self) -> None:
        for i, part in enumerate(self.parts):
            if not part.says("top", "most") or part.used or part.marker is None:
                continue
            says, _, word = part.marker.says.partition(" ")
            if word.startswith(_OFTEN):
                part.used = self._often(part)
                continue
            desc, number = says == "desc", part.marker.number
            target = self._at(i + 1)
            while target and (target.used or target.says("aggregate", "count", "distinct") or target.kind == "figure"):
                if target.kind == "figure":
                    target.used = True
                elif target.kind == "mention" and self.chooser.was_measure(target):
                    break
                target = self._at(self.parts.index(target) + 1)
            subject = self._subject(i)
            number = number or self._how_many(subject)
            if part.says("most") and number is None and subject is None and target and not target.used:
                told = self.chooser.measure(target)
                extreme = "max" if _much_first(word, desc, [told.column] if told else []) else "min"
                loose = told is not None and told.how != "name" and word in ADJECTIVES and self.chooser.table(target)
                if loose and self.chooser.about(word, self._unit()) is None:
                    continue  # `cheapest car`, of two prices
                if (
                    not loose
                    and word not in ("most", "fewest", "least", "best", "worst")
                    and self._measured(target)
                    and self._metric(target, extreme)
                ):
                    part.used = True
                    continue
            part.used = True
            if part.says("top") and subject is None and (whose := self._at(i + 1)) and whose.used and self._role(whose):
                self.limit, self.wanted = (int(number) if number else None), (desc, part)
                continue
            if number is None and subject is None and target and not target.used and word in ADJECTIVES:
                thing = self.chooser.table(target)
                if thing and (found := self.chooser.about(word, self._unit())):
                    self._add_as(found, "max" if desc else "min")
                    if found.table != thing and self._dimension(target):
                        self.limit, self.wanted = self._one(target), (desc, part)
                    target.used = True
                    continue
            if number is None and subject is None and word in AGGREGATIONS and self._of_value(part, AGGREGATIONS[word]):
                continue
            alone = number is None and subject is None and word in AGGREGATIONS
            if alone and target and not target.used and self._extreme_row(target, AGGREGATIONS[word]):
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
                    if self._dimension(target) and part.says("top") and not number and not self._several(target):
                        self.limit = self.limit or 1
                else:
                    self._metric(target, None)
            if word and word not in ("most", "fewest", "least", "best", "worst") and not self.metrics:
                found = self.chooser.about(word, self._unit())
                said = next((p for p in self.parts if p.says("aggregate") and not p.used), None)
                if found:
                    self._add_as(found, said.marker.says if said and said.marker else usual(found.column))
                    self.limit = self.limit or (self._one(target) if target and not number else None)

    def _role(self, part: Part) -> bool:
        """`top 5 dentists`, of people whose role is dentist: these people are ranked."""
        value = part.value()
        table = self.chooser.schema.table(value.table) if value and self._several(part) else None
        named = [c for c in table.columns if c.stems[-1] in stems(("name", "title"))] if table else []
        label = table.label or (named[0] if len(named) == 1 else None) if table else None
        if table is None or label is None:
            return False
        self.dimensions.append(ColumnRef(table=table.name, column=label.name))
        return True

    def _extreme_row(self, part: Part, extreme: str) -> bool:
        """`highest invoice`: the most that one row amounts to."""
        row = self.chooser.table(part) is not None and not self._several(part)
        return row and self._metric(part, extreme) is not None

    def _how_many(self, subject: Part | None) -> int | float | None:
        """`the 5 buyers with the lowest total`: the number stands before what is ranked."""
        at = self.parts.index(subject) if subject and self._several(subject) else 0
        before = self.parts[at - 1] if at else None
        if before is None or subject is None or before.kind != "figure" or before.used or before.end != subject.start:
            return None
        number = self.request.tokens[before.start].number
        before.used = isinstance(number, int)
        return number if before.used else None

    def _has_by(self, part: Part) -> bool:
        at = self.parts.index(part)
        return any(p.says("by") for p in self.parts[at + 1 :]) and self.chooser.dimension(part) is not None

    def _subject(self, at: int) -> Part | None:
        """What a superlative ranks: the name before it (`which stores had the highest`, `stores with the most`)."""
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
        return found is not None and reference(found) in self.dimensions

    def _one(self, subject: Part | None) -> int | None:
        """`which store had the most` wants one; `which stores had the most` does not say how many."""
        if subject is None:
            return None
        return None if self._several(subject) else 1

    def _settle_order(self) -> None:
        if self.wanted and self.metrics:
            self._paced()
        if self.wanted and self.metrics and not self._orderable():
            self._extreme()
        elif self.wanted and self.metrics:
            self.order.append(Order(by=self.metrics[-1].name if len(self.metrics) == 1 else self._ranked().name,
                                    desc=self.wanted[0]))  # fmt: skip
        elif self.wanted:
            self.wanted[1].used = False
        target, desc, stated = self.sorted_by or (None, False, False)
        if target is not None:
            self._sort_by(target, desc, stated)
        elif self.direction is not None and not self.order and self.metrics:
            self.order.append(Order(by=self.metrics[0].name, desc=self.direction))

    def _paced(self) -> None:
        """The slowest take the longest: of a duration, slow is much."""
        assert self.wanted
        part = self.wanted[1]
        word = part.marker.says.rpartition(" ")[2] if part.marker else ""
        self.wanted = (_much_first(word, self.wanted[0], self.chooser.figures(self.metrics)), part)

    def _orderable(self) -> bool:
        """Whether there will be more than one row."""
        return bool(self.dimensions) or self.chooser.grain_needed or any(p.kind == "grain" for p in self.parts)

    def _extreme(self) -> None:
        """`runtime of the longest comedy`: one figure of nothing to rank is the extreme itself, or not understood."""
        assert self.wanted
        (desc, part), metric = self.wanted, self.metrics[0]
        if (
            len(self.metrics) == 1
            and metric.column
            and metric.aggregation in ("sum", "avg")
            and self.limit in (None, 1)
        ):
            extreme: Aggregation = "max" if desc else "min"
            self.metrics[0], self.limit = metric.model_copy(update={"aggregation": extreme}), None
        else:
            part.used = False

    def _ranked(self) -> Metric:
        """Of several figures the one that the superlative's `by` or its own name says: the last read after it."""
        assert self.wanted
        after = [p for p in self.parts if p.start >= self.wanted[1].start and p.kind == "mention"]
        names = [self.request.name(p) for p in after]
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
        name = self.request.name(target)
        choice = self.chooser.measure(target)
        for metric in self.metrics:
            if metric.name == name or (
                choice and (metric.table, metric.column) == (choice.table.name, choice.column.name)
            ):
                self.order.append(Order(by=metric.name, desc=desc if stated else True))
                target.used = True
                return
        group = self.chooser.dimension(target)
        if (group and reference(group) in self.dimensions) or (group and group.column.kind == "date"):
            self.order.append(Order(by=group.column.name, desc=desc))
        elif made := self._metric(target, None):
            self.order.append(Order(by=made.name, desc=desc if stated else True))
        target.used = True


def _much_first(word: str, desc: bool, figures: Iterable[Column]) -> bool:
    """Whether the most comes first: of a duration, the slowest take the longest and the fastest the least."""
    paced = word in ("slowest", "fastest", "quickest") and any(lasts(c) for c in figures)
    return word == "slowest" if paced else desc
