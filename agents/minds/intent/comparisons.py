"""Comparisons with figures: `over 10 kg`, `between 50 and 100 euros`, `lines with 10 or more units`."""

from agents.minds.intent.answer import Filter, Op, Scalar
from agents.minds.intent.choosing import Choice, Chooser
from agents.minds.intent.glossary import ADJECTIVES, CURRENCIES, UNITS
from agents.minds.intent.kinds import PERSONS, VALUES
from agents.minds.intent.parts import Part, Request
from agents.minds.intent.schema import Table
from agents.minds.intent.units import contradicts, converted, waits

_COMPARING: dict[str, Op] = {">": ">", "<": "<", ">=": ">=", "<=": "<=", "=": "=", "!=": "!="}


class Comparisons:
    """Reads comparisons, and keeps what conditions were found."""

    def __init__(self, request: Request, chooser: Chooser) -> None:
        self.request, self.parts, self.chooser = request, request.parts, chooser
        self.filters: list[Filter] = []
        self.equal: dict[tuple[str, str, bool], list[Scalar]] = {}

    def comparisons(self) -> None:
        """Every comparison of the request."""
        for i, part in enumerate(self.parts):
            marker = part.marker
            if part.used or marker is None:
                continue
            figure = self._at(i + 1)
            if marker.kind == "between" and figure and figure.kind == "figure":
                self._between(i)
            elif marker.kind in _COMPARING and marker.says == "after":
                before = self._at(i - 1)
                at = i - 1
                if before and (before.kind == "mention" or self.request.word(before.start) in UNITS):
                    before, at = self._at(i - 2), i - 2
                if before and before.kind == "figure" and not before.used:
                    self._compare(i, at, _COMPARING[marker.kind], at - 1)
            elif marker.kind in _COMPARING and figure and figure.kind == "mention" and self._levelled(i):
                continue
            elif marker.kind in _COMPARING and figure and figure.kind == "figure":
                op: Op = _COMPARING[marker.kind]
                if i and self.parts[i - 1].says("not") and op in (">", "<"):
                    op = "<=" if op == ">" else ">="
                    self.parts[i - 1].used = True
                self._compare(i, i + 1, op, i - 1)

    def _compare(self, marker: int, figure: int, op: Op, before: int) -> None:
        choice, taken = self._subject(marker, figure, before)
        number = self.request.tokens[self.parts[figure].start].number
        unit = self._unit(figure, self.parts[max(marker, figure)].end)
        if choice is None or number is None or contradicts(choice.column, unit):
            return
        if (number := converted(choice.column, number, unit)) is None:
            return
        self.filters.append(Filter(table=choice.table.name, column=choice.column.name, op=op, value=number))
        for part in (self.parts[marker], self.parts[figure], *taken):
            part.used = True

    def _levelled(self, at: int) -> bool:
        """`above level 50`: the name stands before the figure."""
        marker, named, figure = self.parts[at].marker, self.parts[at + 1], self._at(at + 2)
        if marker is None or figure is None or figure.kind != "figure" or figure.start != named.end or named.used:
            return False
        choice, number = self.chooser.measure(named), self.request.tokens[figure.start].number
        if choice is None or choice.score < 0.7 or number is None:
            return False
        place = {"table": choice.table.name, "column": choice.column.name}
        self.filters.append(Filter(**place, op=_COMPARING[marker.kind], value=number))
        self.parts[at].used = named.used = figure.used = True
        return True

    def _between(self, at: int) -> None:
        low, joint, high = self._at(at + 1), self._at(at + 2), self._at(at + 3)
        if not (low and joint and high and joint.says("and") and high.kind == "figure"):
            return
        choice, taken = self._subject(at, at + 3, at - 1)
        numbers = [self.request.tokens[p.start].number for p in (low, high)]
        unit = self._unit(at + 3, high.end)
        if choice is None or None in numbers:
            return
        value = [c for n in numbers if n is not None and (c := converted(choice.column, n, unit)) is not None]
        if len(value) < 2:
            return
        self.filters.append(Filter(table=choice.table.name, column=choice.column.name, op="between", value=list(value)))
        for part in (self.parts[at], low, joint, high, *taken):
            part.used = True

    def _subject(self, marker: int, figure: int, before: int) -> tuple[Choice | None, list[Part]]:
        """The measure that is compared: named before, named or measured after, by the adjective, or the only one."""
        last = max(marker, figure)
        left, right = self._at(before), self._at(last + 1)
        if left and left.says("by") and self.request.word(left.start) == "by":
            left.used = True  # `delayed by more than an hour`
        while left and (left.says("only") or (left.used and left.kind != "mention")):
            before -= 1
            left = self._at(before)
        begun_at = min(self.parts[marker].start, self.parts[figure].start)
        if left and {self.request.word(k) for k in range(left.end, begun_at)} & {"from", "for", "in", "among", "per"}:
            left = None  # `late fees from groups of more than 6`
        unit = self._unit(figure, self.parts[figure if marker > figure else last].end)
        close = bool(right and right.kind == "mention" and right.start == self.parts[last].end and not right.used)
        after = right and right.start == self.parts[last].end and not right.used
        unit_part = [right] if right and unit and after else []
        counted = (self.chooser.counted(right) or self.chooser.measure(right)) if close and right and not unit else None
        begun = min(self.parts[marker].start, self.parts[figure].start)
        if counted and counted.score >= 0.9 and right and left and left.end < begun:
            return counted, [right]  # `lines with 10 or more units`
        exact = counted and counted.score >= 0.95 and counted.how == "name" and right
        if exact and counted and right and not (left and left.kind == "mention" and self.chooser.measure(left)):
            return counted, [right]  # `bigger than 1200 sqft`
        named = self.chooser.measure(left) if left and left.kind == "mention" and not left.used else None
        if left and named and (named.score >= 0.7 or not unit) and not self.chooser.table_better(left):
            return named, [left, *unit_part]
        if left and left.kind == "word" and (found := self.chooser.about(self.request.word(left.start), unit)):
            return found, [left, *unit_part]
        says = self.parts[marker].marker
        for word in (says.says if says else "").split() + self.request.words(self.parts[marker]):
            if word in ADJECTIVES and (found := self.chooser.about(word, unit)):
                return found, unit_part
        told = any(word in ADJECTIVES for word in self.request.words(self.parts[marker]))
        near = right and right.kind == "mention" and not right.used and right.start <= self.parts[last].end + 1
        if right and near:
            counted = self.chooser.counted(right) or self.chooser.measure(right)
            if counted is not None and not (told and unit and waits(counted.column)):
                return counted, [right]
            if unit is None:
                return None, []
        if unit and not told and (found := self.chooser.about("", unit)):
            return found, unit_part
        number = self.request.tokens[self.parts[figure].start].number
        person = left is not None and self.request.tokens[left.start].stem in PERSONS
        aged = self.chooser.about("older", None) if person and unit is None and number and 1 < number < 120 else None
        if aged:
            return aged, []  # `drivers under 25`
        if left and left.kind == "mention" and (table := self.chooser.table(left)) and unit is None:
            measures = [c for c in table.columns if c.is_measure]
            if (said := self._only_measure(table)) is not None:
                return said, []
            telling = [c for c in measures if set(c.stems) & VALUES]
            measures = telling if len(measures) > 1 and telling else measures
            if len(measures) == 1:
                return Choice(table, measures[0], 0.6), []
        if left and left.kind == "mention" and left.used is False and (choice := self.chooser.measure(left)):
            return choice, [left, *unit_part]
        return None, []

    def _only_measure(self, table: Table) -> Choice | None:
        """`notional of trades above 100k`: the one figure of that table that the request names anyway."""
        found = [c for p in self.parts if p.kind == "mention" and not p.used and not self.chooser.table_better(p)
                 if (c := self.chooser.measure(p)) and c.table is table and c.score >= 0.7]  # fmt: skip
        return found[0] if len({c.column.name for c in found}) == 1 else None

    def _unit(self, figure: int, end: int) -> str | None:
        part = self.parts[figure]
        token = self.request.tokens[part.start]
        if any(sign in token.text for sign in "$€£"):
            return "money"
        if token.text.endswith("%"):
            return "percent"
        said = UNITS.get(self.request.word(end))
        return "money" if said in CURRENCIES else said

    def _at(self, at: int) -> Part | None:
        return self.parts[at] if 0 <= at < len(self.parts) else None
