"""What a request asks for without saying so: names that are left over, and rows of which only conditions are named."""

from agents.minds.intent.answer import ColumnRef, Metric
from agents.minds.intent.choosing import Choice
from agents.minds.intent.figures import main_measure, usual
from agents.minds.intent.glossary import INCOME, OUTLAY
from agents.minds.intent.kinds import EACH, FEES, MASS, PARTS, PRICES, SPENT, TRADED, WORTH
from agents.minds.intent.parts import Part
from agents.minds.intent.ranking import Ranking
from agents.minds.intent.schema import Column, Table
from agents.minds.intent.tokens import stems
from agents.minds.intent.units import countable, weighed

_CHARGES = set(stems(("fees", "charges", "fines", "tips")))


class Leftovers(Ranking):
    """Reads what no word announces."""

    def _leftover(self) -> None:
        left = [p for p in self.parts if p.kind == "mention" and not p.used]
        uncounted = any(p.says("count") and not p.used for p in self.parts)
        for part in left:
            if self.metrics and self._qualified(part):
                part.used = True
                continue
            if self._said_already(part):
                part.used = True
                continue
            choice = self.chooser.measure(part)
            choice = None if choice and choice.how == "part" and not any(p.says("much") for p in self.parts) else choice
            if choice and choice.how != "name" and choice.score < 0.8 and self._headed(part, left):
                continue
            if choice and self._spoken_of(choice):
                part.used = True
                continue
            if choice and (
                self._attribute(part)
                or self._after_group(part)
                or (uncounted and not countable(choice.column, self.request.words(part)))
            ):
                continue
            other = self.chooser.table(part)
            if choice and not (other and self._table_better(part)) and not self._grouped(part):
                if part.links()[0].score > choice.score + 0.05:
                    continue
                least = 0.5 if self._joined_to_figure(part) else 0.8
                if self.metrics and (choice.score < least or self._participle(part)):
                    continue
                self._metric(part, None)
        asks = self._asks_for_rows()
        for part in left:
            if part.used:
                continue
            if self._owner(part) or (not self.metrics and self._doers(part)):
                part.used = True
                continue
            if (table := self.chooser.table(part)) is not None:
                at = self.parts.index(part)
                summed = at and self.parts[at - 1].says("aggregate") and self.parts[at - 1].end == part.start
                before = self.request.before(part)
                done = before is not None and before.kind == "mention" and not before.used
                if self.nobody or ((summed or done) and self._participle(part)):
                    continue  # `total billed` is no number of bills, `honey harvested` none of harvests
                if self.metrics and self._beside_figure(part):
                    made = self._sold_or_rows(table, self.request.name(part), part)
                    if made.column is None:
                        continue  # it was asked for beside a figure, and is none
                    part.used = True
                    self._add(made)
                    continue
                part.used = True
                if not self.metrics and self._main(part, None) and self._metric(part, None):
                    continue
                if not self.metrics and not (asks and table.label) and not (self.limit and not self.dimensions):
                    name = self.request.name(part)
                    self._add(self._sold_or_rows(table, name, part))
                elif not self.metrics and not self.dimensions and table.label:
                    self.dimensions.append(ColumnRef(table=table.name, column=table.label.name))
            elif (
                not self.metrics
                and not asks
                and self._several(part)
                and (key := self._numbered(part, None) or self.chooser.numbered(part))
            ):
                part.used = True
                name = self.request.name(part)
                self._add(Metric(name=name, aggregation="count_distinct", table=key.table.name, column=key.column.name))
            elif (dated := self.chooser.date(part)) is not None:
                part.used = True
                self.chooser.time_column = ColumnRef(table=dated.table.name, column=dated.column.name)
                if not self.metrics and not asks and not self.nobody and not self._charged():
                    name = self.request.name(part)
                    self._add(Metric(name=name, aggregation="count", table=dated.table.name, column=None))
            elif (asks or self.wanted or self.metrics) and part.links()[0].score >= 0.8 and self._dimension(part):
                self.chooser.doubt("loose dimension" if not asks else "list")

    def _rows(self) -> None:
        """Conditions without a figure: their rows are counted, if they are of one table."""
        tables = {f.table for f in self.filters}
        if (
            self.metrics
            or self.nobody
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
            rows = self.chooser.schema.table(table)
            of = [p for p in self.parts if p.says("aggregate") and not p.used and self.request.word(p.end) == "of"]
            if rows and of and (worth := main_measure(rows)):
                of[0].used = True  # `total of unpaid invoices`
                self._add(Metric(name=table, aggregation="sum", table=table, column=worth.name))
                return
            traded = any(t.lower in TRADED for t in self.request.tokens)
            if rows and not markers and self._charged():
                worth = main_measure(rows) or self._due(rows)
                if worth:  # `late fees by month`, of a charge's type
                    self._add(Metric(name=worth.name, aggregation="sum", table=table, column=worth.name))
                return
            if rows:
                self._add(self._sold_or_rows(rows, table, self.parts[0], said=traded))
            self.chooser.doubt("rows of conditions")

    def _charged(self) -> bool:
        """Whether a condition is a kind of charge: `late fees` are money before they are rows."""
        said = {s for f in self.filters if isinstance(f.value, str) for s in stems(f.value.lower().split())}
        return bool(said & (FEES | _CHARGES)) and not any(p.says("count") for p in self.parts)

    def _due(self, table: Table) -> Column | None:
        """Of several sums of money the one that a word of the request tells: `charges due`, `fees paid`."""
        said = {t.stem for t in self.request.tokens}
        found = [c for c in table.columns if c.is_measure and set(c.stems) & WORTH and set(c.stems) & said - WORTH]
        return found[0] if len(found) == 1 else None

    def _most_rows(self) -> None:
        """`which home had the most medication errors`, of a value that rows have: most of these rows."""
        if self.wanted is None or self.metrics:
            return
        part = self.wanted[1]
        after = self.request.after(part)
        value = after.value() if after and after.used else None
        if value is None and after and after.used and after.links():
            best = after.links()[0]
            value = best if self.chooser.schema.kind(best.table, best.column) == "boolean" else None
        word = part.marker.says.rpartition(" ")[2] if part.marker else ""
        rows = self.chooser.schema.table(value.table) if value else None
        thing = self.request.tokens[after.end].stem if after and after.end < len(self.request.tokens) else ""
        if thing in MASS:
            return  # `the least bulky waste` is no number of rows
        if rows and after and word in ("most", "fewest", "least"):
            traded = any(t.lower in TRADED for t in self.request.tokens)
            self._add(self._sold_or_rows(rows, rows.name, after, said=traded))
            self.chooser.doubt("rows of conditions")

    def _on_average(self) -> None:
        """`how long do residents stay on average`: said at the end, of the only figure."""
        for part in self.parts:
            said = part.says("aggregate") and not part.used and part.marker and part.marker.says == "avg"
            late = said and part.start and self.request.word(part.start - 1) == "on"
            if late and len(self.metrics) == 1 and self.metrics[0].aggregation in ("sum", "avg"):
                part.used = True
                self.metrics[0] = self.metrics[0].model_copy(update={"aggregation": "avg"})

    def _rows_counted(self) -> None:
        """`by number of card payments`, of a value that rows have: these rows."""
        for part in self.parts:
            after = self.request.after(part)
            if part.marker is None or not part.says("count") or part.used or self.metrics:
                continue
            tables = {d.table for d in self.dimensions} | {f.table for f in self.filters}
            ends = part.end == len(self.request.tokens)
            if len(tables) == 1 and (ends or (after and (after.says("by") or after.kind in ("time", "grain")))):
                part.used = True  # `headcount by department`
                self._add(Metric(name="count", aggregation="count", table=min(tables), column=None))
                continue
            if after is None or not after.used:
                continue
            if value := after.value():
                table = self.chooser.schema.table(value.table)
                part.used = True
                if table:
                    self._add(self._sold_or_rows(table, value.table, after, said="quantity" in part.marker.says))

    def _worth(self) -> None:
        """`how much did companies give`, `top sponsor`, `ticket income`: what the only such event was worth."""
        much = any(p.says("much") for p in self.parts)
        ranked = self.wanted is not None and bool(self.dimensions)
        open_ = [self.request.tokens[p.start].stem for p in self.parts if p.kind != "marker" and not p.used]
        earned, spent = (any(s in said for s in open_) for said in (INCOME, OUTLAY))
        if not (much or ranked or earned or spent) or any(m.column for m in self.metrics):
            return
        joined = any(p.says("and") for p in self.parts)
        counted = self.metrics if joined and (earned or spent) else []
        if self.metrics and not (much or counted):
            return
        said = {m.table for m in self.metrics} or self._places() | self.chooser.acted
        worth = {t.name: c for t in self.chooser.schema.tables if (c := self._worth_of(t, much and t.name in said))}
        if much and not worth:
            worth = {t.name: c for t in self.chooser.schema.tables if t.name in said and (c := weighed(t))}
        if not (earned or spent or much):
            worth = {t: c for t, c in worth.items() if not set(c.stems) & (PARTS | FEES)}
        if earned:
            for table in self.chooser.schema.tables:
                prices = [
                    c for c in table.columns if c.is_measure and set(c.stems) & PRICES and not set(c.stems) & EACH
                ]
                if table.name not in worth and len(prices) == 1:
                    worth[table.name] = prices[0]
        if earned or spent:
            barred = PARTS | (INCOME | FEES if spent else SPENT)
            worth = {t: c for t, c in worth.items() if not set(c.stems) & barred}
        mine = [t for t in worth if t in said]
        if not mine and (much or earned or spent):
            mine = [t for t in worth if self.chooser.refers(t, said)]
        self.metrics = list(counted)
        for name in mine if len(mine) == 1 else ():
            for part in self.parts:
                part.used = part.used or self.request.tokens[part.start].stem in INCOME | OUTLAY
            self._add(Metric(name=worth[name].name, aggregation="sum", table=name, column=worth[name].name))
            self.chooser.doubt("worth")

    def _things(self) -> None:
        """`participants with a severe event` are counted once each, however many such events they had."""
        places = self._places()
        for i, metric in enumerate(self.metrics):
            table = self.chooser.schema.table(metric.table)
            key = self.chooser.schema.key(table) if table else None
            events = [t for t in places - {metric.table} if self.chooser.refers(t, {metric.table})]
            if metric.aggregation == "count" and key and events and not self.chooser.refers(metric.table, places):
                held = [t for t in events if self.chooser.schema.column(t, key.name)]
                place = held[0] if len(events) == len(held) == 1 else metric.table
                update = {"aggregation": "count_distinct", "table": place, "column": key.name}
                self.metrics[i] = metric.model_copy(update=update)

    def _said_already(self, part: Part) -> bool:
        """`spoiled sheets` of a column waste_sheets: the second word is of the first one's name."""
        before = self.request.before(part)
        held = self.chooser.chosen.get(before.start) if before and before.used else None
        asked = held and any((m.table, m.column) == (held.table.name, held.column.name) for m in self.metrics)
        return bool(held and asked and self.request.stems(part) <= set(held.column.stems))

    def _headed(self, part: Part, left: list[Part]) -> bool:
        """`moves of 40ft boxes`: rows that are named outright come before what a later word may stand for."""
        head = left[0]
        outright = any(k.kind == "table" and k.score >= 0.95 and k.how == "name" for k in head.links())
        return outright and head.end < part.start  # but `drug spend` is a spend

    def _places(self) -> set[str]:
        return {d.table for d in self.dimensions} | {f.table for f in self.filters}

    def _worth_of(self, table: Table, whole: bool) -> Column | None:
        """`how much paper was collected`: of a table that is meant also the only thing that can be added up."""
        added = [c for c in table.columns if c.is_measure and usual(c) == "sum"] if whole else []
        return main_measure(table) or (added[0] if len(added) == 1 else None)

    def _spoken_of(self, choice: Choice) -> bool:
        """Whether a figure or a comparison is of it already: `incidents that took over 60 minutes to close`."""
        place = choice.table.name, choice.column.name
        compared = [(f.table, f.column) for f in self.filters if f.op in (">", ">=", "<", "<=", "between")]
        return place in compared or place in [(m.table, m.column) for m in self.metrics]

    def _after_group(self, part: Part) -> bool:
        """Whether it stands right behind what is grouped by: `by bottle size` is no bottle."""
        at = self.parts.index(part)
        before = self.parts[at - 1] if at else None
        held = self.chooser.chosen.get(before.start) if before and before.used and before.end == part.start else None
        return held is not None and ColumnRef(table=held.table.name, column=held.column.name) in self.dimensions

    def _beside_figure(self, part: Part) -> bool:
        at = self.parts.index(part)
        other = self._at(at + 2) if self._next(at, "and") else None
        return self._joined_to_figure(part) or (
            other is not None and other.used and other.kind == "mention" and self.chooser.was_measure(other)
        )

    def _joined_to_figure(self, part: Part) -> bool:
        """`revenue and margin`: what is joined to a figure is one."""
        at = self.parts.index(part)
        before = self.parts[at - 2] if at > 1 and self.parts[at - 1].says("and") else None
        return before is not None and before.used and self.chooser.was_measure(before)

    def _attribute(self, part: Part) -> bool:
        """`sessions with a full battery`: what rows have is not what is asked for."""
        at = part.start - 1
        while at > 0 and (self.request.word(at) in ("a", "an", "the", "any") or self._is_value(at)):
            at -= 1
        counted = any(p.kind == "mention" and p.end <= at and self.chooser.table(p) for p in self.parts)
        return counted and self.request.word(at) in ("with", "without", "having")

    def _is_value(self, at: int) -> bool:
        part = next((p for p in self.parts if p.start <= at < p.end), None)
        return bool(part and part.used and part.links() and part.links()[0].kind == "value")

    def _doers(self, part: Part) -> bool:
        """`renewals and upgrades from iOS users`: events are asked for, and these are whose they were."""
        mine = part.links()[0]
        others = {f.table for f in self.filters if f.table != mine.table}
        own = any(f.table == mine.table for f in self.filters)
        return own and self._qualified(part) and any(self.chooser.refers(t, {mine.table}) for t in others)

    def _qualified(self, part: Part) -> bool:
        """Whether it only names whose condition stands before it: `made by healthcare companies`."""
        if self._owner(part):
            return True
        before = self.request.before(part)
        value = before.value() if before and before.used else None
        mine = part.links()[0]
        named = mine.kind == "table" or self.chooser.is_label(mine)
        return bool(value and named and mine.table == value.table and self._several(part))

    def _grouped(self, part: Part) -> bool:
        at = self.parts.index(part)
        return at > 0 and self.parts[at - 1].says("by")

    def _table_better(self, part: Part) -> bool:
        best = part.links()[0]
        table = max((k.score for k in part.links() if k.kind == "table"), default=0.0)
        choice = self.chooser.measure(part)
        return table > 0.95 and (best.kind == "table" or (choice is not None and choice.score < table - 0.1))

    def _asks_for_rows(self) -> bool:
        first = " ".join(t.lower for t in self.request.tokens[:3])
        return not any(p.says("count", "aggregate", "by") or p.kind == "grain" for p in self.parts) and any(
            first.startswith(w)
            for w in ("list", "show", "which", "what are the", "who", "give", "find", "names", "name")
        )
