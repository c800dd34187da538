"""What a request groups by, ranks by and sorts by."""

from agents.minds.intent.answer import ColumnRef
from agents.minds.intent.choosing import Choice
from agents.minds.intent.counting import Counting
from agents.minds.intent.figures import usual
from agents.minds.intent.glossary import UNITS
from agents.minds.intent.kinds import ASKED, EACH, PRICES, SPANS
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
            beside = part.kind == "grain" and self._beside_grain(i)  # `per month and reason`
            if not (part.says("by") or beside) or self.request.word(part.end) in ASKED:
                continue
            at, first, placed = i + 1, True, False
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
                if first and self._between(part, target):
                    break  # `price per kg for grade A`
                if placed and not self.parts[at - 1].says("and", "by"):
                    break  # `by kg of honey`
                found = len(self.dimensions) + len(self.metrics)
                if not self._group(part, target, first):
                    break
                part.used = True
                at, first = at + 1, False
                placed = len(self.dimensions) + len(self.metrics) > found

    def _between(self, by: Part, target: Part) -> bool:
        """Whether something else is said between a `by` and a name."""
        inner = [t for t in self.request.tokens[by.end : target.start] if t.kind == "word"]
        return any(t.lower in UNITS and t.lower not in SPANS for t in inner)

    def _beside_grain(self, at: int) -> bool:
        target = self._at(at + 2)
        if not self._next(at, "and") or target is None or target.kind != "mention" or target.used:
            return False
        free = not self._measured(target) and self.chooser.table(target) is None
        found = self.chooser.dimension(target) if free and self.parts[at + 1].end == target.start else None
        return found is not None and found.column.kind != "date" and found.score >= 0.7 and not self._several(target)

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
            if ranking and first:
                self._yield_to(by)
            if (ranking and first) or (choice and choice.score > 0.9 and not first and ranking):
                return self._metric(target, "sum" if choice and self._paid(choice) else None) is not None
            if not first and self.chooser.dimension(target) is None:
                return False
        if per and self._ratio(target):
            return False
        if per and (table := self.chooser.table(target)) and self._own(table):
            target.used = by.used = True
            return True
        if (
            ranking
            and first
            and not self.dimensions
            and not self.metrics
            and (rows := self.chooser.table(target))
            and rows.dates
        ):
            return False  # `top start stations by rides`, where nothing is known of what is ranked
        if ranking and first and self.dimensions and (table := self.chooser.table(target)) and not self.metrics:
            return self._metric(target, None) is not None
        return self._dimension(target, grouped=True)

    def _yield_to(self, by: Part) -> None:
        """`the least freight by weight`: a figure that was only guessed gives way to the one that is said."""
        begun = self.wanted[1].end if self.wanted else by.start
        named = [p for p in self.parts if p.used and begun <= p.start < by.start and self.chooser.was_measure(p)]
        guessed = [self.chooser.chosen[p.start] for p in named]
        if len(guessed) == len(self.metrics) == 1 and guessed[0].score < 0.9:
            self.metrics = [m for m in self.metrics if m.column != guessed[0].column.name]

    def _paid(self, choice: Choice) -> bool:
        """`top customers by price`: what each event cost adds up; the price of the thing ranked itself does not."""
        own = {self.chooser.schema.key(choice.table), choice.table.label}
        ranked = any(d.table == choice.table.name and choice.table.column(d.column) in own for d in self.dimensions)
        words = set(choice.column.stems)
        return bool(words & PRICES) and not words & EACH and bool(choice.table.dates) and not ranked

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
        after = self.request.after(part)
        beside = after is not None and after.kind == "mention"  # `start stations`
        if found.column.kind == "date" and not grouped and (found.how == "description" or beside):
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
