"""What a request groups by, ranks by and sorts by."""

from agents.minds.intent.answer import ColumnRef
from agents.minds.intent.choosing import Choice
from agents.minds.intent.counting import Counting
from agents.minds.intent.figures import usual
from agents.minds.intent.parts import Part, doer
from agents.minds.intent.schema import Table


class Grouping(Counting):
    """Reads groups, superlatives and order, after the figures that are named as such."""

    sorted_by: tuple[Part, bool, bool] | None = None
    direction: bool | None = None

    def _several(self, part: Part) -> bool:
        last = self.request.word(part.end - 1).removesuffix("'s").removesuffix("\u2019s")
        return (last.endswith("s") and not last.endswith(("ss", "us", "is"))) or last in ("people", "children")

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
                after = self._at(at + 1)
                names = after is not None and after.kind == "mention" and after.start == target.end and not after.used
                if names and target.used and target.links() and target.links()[0].kind == "table":
                    at += 1  # `by ticket type`: the table only says whose type
                    continue
                if target.kind != "mention" or target.used or (not first and self._owner(target)):
                    break
                if not self._group(part, target, first):
                    break
                part.used = True
                at, first = at + 1, False

    def _owner(self, part: Part) -> bool:
        """`by role of the provider`: whose column it is that is grouped by."""
        at = part.start
        while self.request.word(at - 1) in ("the", "a", "an", "our", "each", "of", "for"):
            at -= 1
        owned = next((p for p in self.parts if p.end == at and p.kind == "mention" and p.used), None)
        held = self.chooser.chosen.get(owned.start) if owned and self.request.word(at) in ("of", "for") else None
        if held is None or at == part.start or part.links()[0].kind == "value":
            return False
        place = ColumnRef(table=held.table.name, column=held.column.name)
        mine = {k.table for k in part.links() if k.kind == "table" or self.chooser.is_label(k)}
        return held.table.name in mine and place in self.dimensions

    def _agent(self, by: Part, target: Part) -> bool:
        """`bought by loyalty members`, `placed by customers in Rome`: who did it, and no group."""
        return doer(self.request, by) and self._several(target)

    def _group(self, by: Part, target: Part, first: bool) -> bool:
        if first and self._agent(by, target) and target.links()[0].kind != "value":
            target.used = True
            return True
        counted = {m.table for m in self.metrics if m.aggregation == "count"}
        if first and self.wanted and (rows := self.chooser.table(target)) and rows.name in counted:
            target.used = True  # `busiest locations by bookings`
            return True
        per = self.request.word(by.start) in ("per", "each", "every", "for")
        ranking = self.wanted is not None or any(p.says("top", "most") for p in self.parts)
        after = self._at(self.parts.index(target) + 1)
        if after and after.kind == "mention" and not after.used and after.start == target.end:
            one, two = self.chooser.dimension(target), self.chooser.dimension(after)
            named = self.chooser.is_label(target.links()[0]) or self._measured(target)
            if two and not two.column.is_measure and (one is None or one.table is two.table) and named:
                target.used = True  # `by company size`
                return True
        if self._measured(target) and not per:
            choice = self.chooser.measure(target)
            if (ranking and first) or (choice and choice.score > 0.9 and not first and ranking):
                return self._metric(target, None) is not None
            if not first and self.chooser.dimension(target) is None:
                return False
        if per and self._ratio(target):
            return False
        if per and (table := self.chooser.table(target)) and self._own(table):
            target.used = by.used = True
            return True
        if ranking and first and self.dimensions and (table := self.chooser.table(target)) and not self.metrics:
            return self._metric(target, None) is not None
        return self._dimension(target, grouped=True)

    def _ratio(self, target: Part) -> bool:
        """`cost per click`, where clicks are added up: no group."""
        found = self.chooser.measure(target)
        return bool(found and found.score >= 0.7 and usual(found.column) == "sum" and not self.chooser.table(target))

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
        elif reference(found) not in self.dimensions:
            self.dimensions.append(reference(found))
        return True


def reference(choice: Choice) -> ColumnRef:
    return ColumnRef(table=choice.table.name, column=choice.column.name)
