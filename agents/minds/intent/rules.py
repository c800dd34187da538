"""The rules: from a request's parts to what they mean together. What they cannot place is left as unknown."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from agents.minds.intent.answer import Bindings, ColumnRef, Grain, Intent, TimeRange
from agents.minds.intent.choosing import Chooser
from agents.minds.intent.conditions import conditions
from agents.minds.intent.confidence import confidence
from agents.minds.intent.glossary import FILLER
from agents.minds.intent.kinds import GENERIC, TRADED
from agents.minds.intent.leftovers import Leftovers
from agents.minds.intent.linking import index_of
from agents.minds.intent.parts import Request, cut
from agents.minds.intent.periods import Range, begin, period
from agents.minds.intent.schema import Schema
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


class _Reading(Leftovers):
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
        self._on_average()
        self._most_rows()
        self._rows_counted()
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
            owner = self.request.word(one.end - 1).endswith(("'s", "\u2019s")) and one.links()[0].kind != "value"
            if owner and self.chooser.is_label(two.links()[0]):
                two.used = True  # `which manager's customers`: the manager is asked for
                continue
            if self.request.word(two.start) in TRADED:
                continue  # `tickets sold`
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
            truth = bool(own) and self.chooser.schema.kind(own[0].table, own[0].column) == "boolean"
            if truth and mine[0].kind == "column":
                continue  # `leases allowing pets` are leases
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
        self.filters = [f for f in self.filters if f.value != [True, False]]

    def _bindings(self) -> Bindings:
        times = [p for p in self.parts if p.kind == "time" and p.when and p.when.days]
        grains: list[Grain | None] = [p.when.grain for p in self.parts if p.kind == "grain" and p.when]
        days = sorted((p.when.days for p in times if p.when and p.when.days), key=lambda d: d[0] or date.min)
        time_range = _joined(days)
        for part in times:
            part.used = time_range is not None
        if len(set(grains)) > 1:  # `yearly vs monthly billing`: not both can be the grain
            for part in self.parts:
                part.kind = "word" if part.kind == "grain" else part.kind
            grains = []
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
