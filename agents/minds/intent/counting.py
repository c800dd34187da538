"""What a request counts: rows, things, and columns that hold counts."""

from typing import cast

from agents.minds.intent.answer import Aggregation, Metric
from agents.minds.intent.choosing import Choice
from agents.minds.intent.figures import Figures
from agents.minds.intent.kinds import CLASSES, JOINED, NUMBERS, PAST, PEOPLE, PERSONS, READ, STAFF, VALUES
from agents.minds.intent.linking import alike
from agents.minds.intent.parts import Part
from agents.minds.intent.schema import Column, Table
from agents.minds.intent.tokens import stem, stems
from agents.minds.intent.units import countable


def _reads(table: Table) -> bool:
    """Whether a row is one reading of something: its figure is named a value, a reading or a result."""
    return any(c.is_measure and c.stems[-1] in READ for c in table.columns)


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
                    if figure := self.chooser.counted(self.parts[at]):
                        self._add_as(figure, said.says)
                        part.used = self.parts[at].used = self.parts[i - 1].used = True
                    else:
                        self.parts[at].used = self.nobody = True  # nothing says how many there are in a row
                    continue
                told = self.parts[at - 1]
                apart = told.used and told.kind == "mention" and self.parts[at].start > told.end
                person = any(self.request.tokens[k].stem in PERSONS for k in range(told.start, told.end))
                if apart and (distinct or person) and self._truth(told):
                    self.nobody = True  # `how many members bought a ticket`, of a truth: nothing tells them apart
                    continue
                if self.request.word(part.end) in PEOPLE and self._people(part, at):
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
        return self.chooser.schema.kind(best.table, best.column) == "boolean"

    def _people(self, marker: Part, at: int) -> bool:
        """`how many people placed a bet`: those who did, once each, by the only key that tells them apart."""
        if self.parts[at].start == marker.end:
            return False
        named = [p for p in self.parts[at:] if p.kind == "mention" and not p.used]
        part = next((p for p in named if self.chooser.table(p)), None)
        table = self.chooser.table(part) if part else None
        if part is None or table is None:
            placed = [t for t in {f.table for f in self.filters} if self._are_people(t)]
            self.nobody = len(placed) != 1
            if placed and not self.nobody:  # `how many people work in Ghent`, of a table of agents
                marker.used = True
                self._add(Metric(name=self.request.word(marker.end), aggregation="count", table=placed[0], column=None))
            return True
        keys = [c for c in table.columns if set(c.stems) & PERSONS and set(c.stems) & NUMBERS]
        if len(keys) == 1:
            marker.used = part.used = True
            name = self.request.word(marker.end)
            self._add(Metric(name=name, aggregation="count_distinct", table=table.name, column=keys[0].name))
        self.nobody = len(keys) != 1
        return True

    def _are_people(self, name: str) -> bool:
        table = self.chooser.schema.table(name)
        return table is not None and table.stems[-1] in PERSONS | STAFF

    def _did(self, marker: int, at: int) -> bool:
        """`how many exports did teams run`: rows are counted of which a value is named, not those who did it."""
        part, doer = self.parts[marker + 1], self.chooser.table(self.parts[at])
        if own := self._rows_of(part):
            name = self.request.name(part)
            self._add(Metric(name=name, aggregation="count", table=own, column=None))
            return True
        value = part.value()
        between = {self.request.word(k) for k in range(part.end, self.parts[at].start)}
        if value is None or not part.used or doer is None or not between & {"did", "do", "does", "have", "has"}:
            return False
        if not self.chooser.refers(value.table, {doer.name}):
            return False
        name = self.request.name(part)
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
                name = f"active {self.request.name(after)}"
                table, column = found.table.name, found.column.name
                self._add(Metric(name=name, aggregation="count_distinct", table=table, column=column))
                self.chooser.doubt("active")

    def _asked_alone(self, at: int) -> bool:
        return not any(p.says("count") for p in self.parts[:at])

    def _count(self, part: Part, distinct: bool, marker: Part) -> bool:
        name = self.request.name(part)
        if numbered := self._numbered(part, self.chooser.table(part)):
            part.used = True
            self._add(Metric(name=name, aggregation="count_distinct", table=numbered.table.name,
                             column=numbered.column.name))  # fmt: skip
            return True
        words = self.request.stems(part)
        exact = [self.chooser.schema.table(k.table) for k in part.links() if k.kind == "table" and k.score >= 0.95]
        rows = any(t and t.stems[-1] in words for t in exact)  # tickets are not the ticket orders
        if not distinct and not rows and (choice := self.chooser.counted(part)):
            part.used = True
            self._add(Metric(name=name, aggregation="sum", table=choice.table.name, column=choice.column.name))
            return True
        table = self.chooser.table(part)
        timed = any(p.kind in ("time", "grain") for p in self.parts)
        if table and not distinct and timed and self._does(part, table):
            others = {p.links()[0].table for p in self.parts if p is not part and p.links()}
            if doers := self.chooser.event_key(table, others):
                part.used = True
                self._add(Metric(name=name, aggregation="count_distinct", table=doers.table.name,
                                 column=doers.column.name))  # fmt: skip
            else:
                self.nobody = True
            return True
        if table and not distinct:
            part.used = True
            self._add(self._sold_or_rows(table, name, part))
            return True
        found = self.chooser.thing(part)
        if distinct and table and timed:
            found = self.chooser.event_key(table) or found
        if found is not None and self._only_class(part, found.column):
            return False
        if found is not None and found.score < (0.7 if found.how == "description" else 0.6):
            return False
        if found is not None:
            part.used = True
            whole = found.column in (found.table.label, self.chooser.schema.key(found.table)) and not distinct
            said = "count" if whole else "count_distinct"
            column = None if whole else found.column.name
            self._add(Metric(name=name, aggregation=cast(Aggregation, said), table=found.table.name, column=column))
            return True
        choice = None if distinct else self.chooser.measure(part)
        if choice and countable(choice.column, self.request.words(part)) and choice.how != "description":
            part.used = True
            self._add(Metric(name=name, aggregation="sum", table=choice.table.name, column=choice.column.name))
            return True
        return False

    def _does(self, part: Part, table: Table) -> bool:
        """`how many donors gave in May`: the time is of what they did, not of when they came to be there."""
        at = part.end
        while self.request.word(at) in ("who", "that", "have", "has", "had", "also", "actually"):
            at += 1
        word = self.request.word(at)
        if not set(table.stems) & (PERSONS | STAFF) or word in JOINED or not (word.endswith("ed") or word in PAST):
            return False
        own = {s for c in table.columns for s in (*c.stems, *stems(c.description.lower().split()))}
        return not any(alike(stem(word), s) for s in own)

    def _of_value(self, part: Part, aggregation: str) -> bool:
        """`average nitrate`, of rows that each hold one reading and say which: the column of readings."""
        after = self.request.after(part)
        value = after.value() if after and after.used else None
        table = self.chooser.schema.table(value.table) if value else None
        read = [c for c in table.columns if c.is_measure and set(c.stems) & VALUES] if table else []
        measures = [p for p in self.parts if p.kind == "mention" and not p.used and self.chooser.measure(p)]
        if table is None or len(read) != 1 or measures or not _reads(table):
            return False
        part.used = True
        self._add_as(Choice(table, read[0], 0.8), aggregation)
        return True

    def _only_class(self, part: Part, column: Column) -> bool:
        """`unique vehicles` are not as many as there are vehicle classes."""
        said = self.request.stems(part)
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
            if self._of_value(part, part.marker.says):
                continue
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
