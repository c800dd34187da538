"""What a request counts: rows, things, and columns that hold counts."""

from typing import cast

from agents.minds.intent.answer import Aggregation, Metric
from agents.minds.intent.choosing import countable
from agents.minds.intent.figures import Figures
from agents.minds.intent.kinds import CLASSES, NUMBERS, PEOPLE, PERSONS
from agents.minds.intent.parts import Part
from agents.minds.intent.schema import Column


class Counting(Figures):
    """Reads `how many` and `number of`, after what is asked for was found."""

    def _counts(self) -> None:
        for i, part in enumerate(self.parts):
            if part.says("count", "distinct") and not part.used:
                distinct = part.says("distinct") or self._next(i, "distinct")
                at = self._following(i)
                if at is None:
                    self.nobody = self.nobody or self.request.word(part.end) in PEOPLE
                    continue
                if part.says("distinct") and ((i and self.parts[i - 1].says("by")) or not self._asked_alone(i)):
                    part.used = True
                    continue
                said = self.parts[i - 1].marker if i and self.parts[i - 1].says("aggregate") else None
                if said and said.says != "sum":
                    if self.chooser.measure(self.parts[at]) and self._metric(self.parts[at], said.says):
                        part.used = self.parts[i - 1].used = True
                    continue
                told = self.parts[at - 1]
                apart = told.used and told.kind == "mention" and self.parts[at].start > told.end
                person = any(self.request.tokens[k].stem in PERSONS for k in range(told.start, told.end))
                if apart and (distinct or person) and self._truth(told):
                    self.nobody = True  # `how many members bought a ticket`, of a truth: nothing tells them apart
                    continue
                if self.request.word(part.end) in PEOPLE and self._people(part, self.parts[at]):
                    continue
                if not distinct and self._did(i, at):
                    part.used = True
                    continue
                if self._count(self.parts[at], distinct, part):
                    part.used = True
                    for between in self.parts[i:at]:
                        between.used = between.used or between.says("distinct")
                    self._more(at, "count distinct" if distinct else "count")

    def _truth(self, part: Part) -> bool:
        best = part.links()[0]
        column = self.chooser.schema.column(best.table, best.column) if best.column else None
        return column is not None and column.kind == "boolean"

    def _people(self, marker: Part, part: Part) -> bool:
        """`how many people placed a bet`: those who did, once each, by the only key that tells them apart."""
        if part.start == marker.end or (table := self.chooser.table(part)) is None:
            return False
        keys = [c for c in table.columns if set(c.stems) & PERSONS and set(c.stems) & NUMBERS]
        if len(keys) == 1:
            marker.used = part.used = True
            name = self.request.word(marker.end)
            self._add(Metric(name=name, aggregation="count_distinct", table=table.name, column=keys[0].name))
        self.nobody = len(keys) != 1
        return True

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
        if numbered := self._numbered(part, self.chooser.table(part)):
            part.used = True
            self._add(Metric(name=name, aggregation="count_distinct", table=numbered.table.name,
                             column=numbered.column.name))  # fmt: skip
            return True
        rows = any(k.kind == "table" and k.score >= 0.95 for k in part.links())
        if not distinct and not rows and (choice := self.chooser.counted(part)):
            part.used = True
            self._add(Metric(name=name, aggregation="sum", table=choice.table.name, column=choice.column.name))
            return True
        table = self.chooser.table(part)
        if table and not distinct:
            part.used = True
            self._add(self._sold_or_rows(table, name, part))
            return True
        found = self.chooser.thing(part)
        timed = any(p.kind in ("time", "grain") for p in self.parts)
        if distinct and table and timed:
            found = self.chooser.event_key(table) or found
        if found is not None and self._only_class(part, found.column):
            return False
        if found is not None and found.how == "description" and found.score < 0.7:
            return False
        if found is not None:
            part.used = True
            whole = found.column in (found.table.label, self.chooser.schema.key(found.table)) and not distinct
            said = "count" if whole else "count_distinct"
            column = None if whole else found.column.name
            self._add(Metric(name=name, aggregation=cast(Aggregation, said), table=found.table.name, column=column))
            return True
        choice = None if distinct else self.chooser.measure(part)
        words = [self.request.word(k) for k in range(part.start, part.end)]
        if choice and countable(choice.column, words) and choice.how != "description":
            part.used = True
            self._add(Metric(name=name, aggregation="sum", table=choice.table.name, column=choice.column.name))
            return True
        return False

    def _only_class(self, part: Part, column: Column) -> bool:
        """`unique vehicles` are not as many as there are vehicle classes."""
        said = {t.stem for t in self.request.tokens[part.start : part.end]}
        return bool(set(column.stems) & CLASSES - said) and bool(said & set(column.stems))

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
            if at is not None and self._figure(part, self.parts[at]):
                part.used = True
                for between in self.parts[i + 1 : at]:
                    if between.says("aggregate") and between.marker:
                        between.used = True
                        self.parts[at].used = False
                        self._figure(between, self.parts[at])
                self._more(at, part.marker.says)
            elif at is not None and (after := self._at(at + 1)) and self._of_whom(self.parts[at], after):
                part.used = self.parts[at].used = self._metric(after, part.marker.says) is not None
            elif at is None and (before := self._before(i)) is not None:
                part.used = self._metric(before, part.marker.says) is not None
            elif at is None and (told := self._told_before(i)) is not None:
                part.used = True  # `crew hours: min, avg, max`
                self._again(told, part.marker.says)
