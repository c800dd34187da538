"""What rows a request is about: values that the samples have, truths, comparisons, quoted texts and plain figures."""

from agents.minds.intent.answer import Filter, Op, Scalar
from agents.minds.intent.choosing import Choice, Chooser
from agents.minds.intent.comparisons import Comparisons
from agents.minds.intent.fitting import Link
from agents.minds.intent.glossary import FILLER, FROM, ORIGIN, TARGET, TO
from agents.minds.intent.kinds import SPANS
from agents.minds.intent.linking import negative
from agents.minds.intent.parts import Part, Request, doer
from agents.minds.intent.schema import Column


def conditions(request: Request, chooser: Chooser) -> list[Filter]:
    """Every condition of a request; what it takes is marked as used."""
    found = _Conditions(request, chooser)
    found.comparisons()
    found.values()
    found.truths()
    found.figures()
    return found.merged()


class _Conditions(Comparisons):
    def values(self) -> None:
        for i, part in enumerate(self.parts):
            if part.used or part.kind != "mention" or self._grouped(i):
                continue
            links = self.chooser.values(part)
            if self.request.word(part.start - 1) == "to" and part.end - part.start == 1:
                said = self.request.word(part.start)  # an infinitive is no value: `days to close`
                links = [k for k in links if str(k.value).lower() in (said, said.removesuffix("s"))]
            summed = i and self.parts[i - 1].says("aggregate") and self.parts[i - 1].end == part.start
            at_end = not (
                i + 1 < len(self.parts) and self.parts[i + 1].kind == "mention" and self.parts[i + 1].start == part.end
            )
            if summed and at_end and (named := self.chooser.measure(part)) and named.score >= 0.6:
                continue  # `total quoted` of a column quoted_amt
            if not links or self._only_verb(part):
                continue
            if any(k.kind == "column" and k.score > 0.9 and self.chooser.schema.kind(k.table, k.column) == "boolean"
                   for k in part.links()):  # fmt: skip
                continue
            counted = i and self.parts[i - 1].says("count") and self.parts[i - 1].end == part.start
            if counted and part.end - part.start == 1 and self.request.word(part.start) in SPANS:
                continue  # `how many days`, though a ticket is for a `day`
            link, beside = self._which(i, links)
            if link is None or link.column is None or link.value is None:
                continue
            if str(link.value).endswith("ing") and self._happened(i):
                continue  # `sheets printed on P1`, though a job is `printing`
            if link.score < 1.0 and beside is None and not self._fellow(i, link):
                continue
            part.used = True
            if i and self.parts[i - 1].says("by"):
                self.parts[i - 1].used = True
            if beside is not None:
                beside.used = True
            after = self._at(i + 1)
            if after and after.says(">=") and str(link.value).endswith("+") and after.start == part.end:
                after.used = True  # `75 or older` of a value 75+
            if self._denies_doer(i, link):
                continue
            negated = self._negated(i, (link.table, link.column))
            self.equal.setdefault((link.table, link.column, negated), []).append(link.value)
            if len(links) > 1:
                self.chooser.doubt("value of several columns")

    def _happened(self, at: int) -> bool:
        part, before = self.parts[at], self._at(at - 1)
        after = self.request.word(part.end) in ("on", "at", "by", "in", "with", "for", "from", "to")
        done = part.end - part.start == 1 and self.request.word(part.start).endswith("ed") and after
        return bool(done and before and before.kind == "mention" and before.end == part.start)

    def _only_verb(self, part: Part) -> bool:
        """`orders that were placed in October` says nothing of a status."""
        before, after = self.request.word(part.start - 1), self.request.word(part.end)
        said = self.request.tokens[part.start]
        plain = part.end - part.start == 1 and said.stem in FILLER and said.lower.endswith("ed")
        verb = plain and before in ("was", "were", "been", "got") and after in ("in", "on", "since", "last", "this")
        part.used = part.used or verb
        return verb

    def _denies_doer(self, at: int, link: Link) -> bool:
        """`not delivered by FedEx`: who did it is denied, and that somebody did is no condition."""
        by, who = self._at(at + 1), self._at(at + 2)
        if not (at and self.parts[at - 1].says("not") and by and by.says("by") and who and doer(self.request, by)):
            return False
        return any(k.kind == "value" and k.column != link.column for k in who.links()[:1])

    def _fellow(self, at: int, link: Link) -> bool:
        """Whether another value of the column stands beside it: `airport vs street` of a value on_street."""
        near = [self._at(k) for k in (at - 2, at - 1, at + 1, at + 2)]
        others = [k for p in near if p for k in p.links()[:2] if k.kind == "value" and k.score >= 1.0]
        return any((k.table, k.column) == (link.table, link.column) and k.value != link.value for k in others)

    def _which(self, at: int, links: list[Link]) -> tuple[Link | None, Part | None]:
        """The column of a value: the one named beside it, the one that `from` or `to` says, or the only one."""
        denied = at - 2 if at > 1 and self.parts[at - 1].says("not") and not self._listed(at - 2) else at - 1
        for near in (denied, at + 1):
            beside = self._at(near)
            if beside and beside.kind == "mention" and not beside.used:
                for link in links:
                    top = beside.links()[0].score
                    if any((k.table, k.column) == (link.table, link.column) and k.kind == "column"
                           and k.score >= top - 0.15 for k in beside.links()):  # fmt: skip
                        return link, beside
        if len({(k.table, k.column) for k in links}) == 1:
            return links[0], None
        beside = self._at(at - 1)
        if beside and beside.kind == "mention" and self.parts[at].start - beside.end <= 2:
            near_it = {(k.table, k.column) for k in beside.links() if k.kind == "column"}
            close = [k for k in links if (k.table, k.column) in near_it]
            if len(close) == 1:
                return close[0], None
        before = self.request.word(self.parts[at].start - 1)
        sided = ORIGIN if before in FROM else TARGET if before in TO else set()
        columns = {(k.table, k.column): k for k in links}
        said = [k for (t, c), k in columns.items() if c and sided & set(self._column(t, c).stems)]
        if len(said) == 1:
            return said[0], None
        before_it = [k for k in links if k.column and any(key[:2] == (k.table, k.column) for key in self.equal)]
        if before_it:
            return before_it[0], None
        one, two = self.chooser.support.get(links[0].table, 0), self.chooser.support.get(links[1].table, 0)
        if one > two + 0.005:
            return links[0], None
        self.chooser.tied[self.parts[at].start] = [f"{k.table}.{k.column}" for k in links]
        return None, None

    def _listed(self, at: int) -> bool:
        """Whether a name is grouped by, itself or in a list: `by region and status, without new ones`."""
        while at > 0 and (self.parts[at].kind in ("mention", "grain") or self.parts[at].says("and")):
            at -= 1
        return self.parts[at].says("by")

    def _column(self, table: str, column: str) -> Column:
        found = self.chooser.schema.column(table, column)
        assert found
        return found

    def _negated(self, at: int, column: tuple[str, str]) -> bool:
        before = self._at(at - 1)
        if before and before.kind == "mention" and before.used:
            before = self._at(at - 2)
        if before and before.says("by") and doer(self.request, before):  # `not paid by voucher`
            denial = next((p for p in self.parts if p.says("not") and p.end == before.start - 1), None)
            before = denial or before
        if before and before.says("not"):
            before.used = True
            return True
        if before and before.says("and"):
            other = self._at(at - 2)
            denied = (*column, True) in self.equal and (*column, False) not in self.equal
            return bool(other and other.used and denied)
        return False

    def _grouped(self, at: int) -> bool:
        """Whether it is grouped by; `paid by card` names a value and groups by nothing."""
        links = self.parts[at].links()
        last = self.request.word(self.parts[at].end - 1)
        if at and self.parts[at - 1].says("by") and doer(self.request, self.parts[at - 1]) and last.endswith("s"):
            return False
        named = self.request.word(self.parts[at].end) in ("name", "names", "id", "type", "group", "category")
        named = named or any(k.kind != "value" and k.how == "name" and k.score >= 0.75 for k in links)
        return at > 0 and self.parts[at - 1].says("by") and bool(links) and (links[0].kind != "value" or named)

    # truths

    def truths(self) -> None:
        for i, part in enumerate(self.parts):
            if part.used or self._grouped(i):
                continue
            choice = self.chooser.boolean(part) if part.kind == "mention" else None
            if choice is None and part.kind == "mention" and self._versus(part):
                choice = self.chooser.boolean(part, least=0.6)
            denied = False
            if part.kind == "mention" and part.links()[0].score > 0.9 and part.links()[0].kind != "column":
                choice = None
            if choice is not None and choice.score < part.links()[0].score - 0.05:
                choice = None
            if choice is None and part.kind == "word" and (base := negative(self.request.word(part.start))):
                choice, denied = self._truth_of(base), True
            if choice is None:
                continue
            if i and self.parts[i - 1].says("not"):
                self.parts[i - 1].used = True
                denied = not denied
            if self._against(i, choice):
                continue
            denied = denied or self._denied_within(i, choice)
            if (self.request.word(part.start - 2), self.request.word(part.start - 1)) == ("out", "of"):
                denied = not denied  # `out of service`
            if self.request.word(part.start - 1) == "off":
                denied = not denied  # `off-contract`
            part.used = True
            value = not denied
            self.filters.append(Filter(table=choice.table.name, column=choice.column.name, op="=", value=value))

    def _versus(self, part: Part) -> bool:
        """Whether it stands against what follows: `external vs own crews`."""
        return self.request.word(part.end) in ("vs", "versus") or (
            self.request.word(part.end) == "and" and self.request.word(part.end + 1) == "non"
        )

    def _against(self, at: int, choice: Choice) -> bool:
        """Both sides of a truth, one against the other: what is not the one is the other, whatever it is called."""
        part, other = self.parts[at], self._at(at + 1)
        if not self._versus(part):
            return False
        while other and other.says("not", "and"):
            other.used = True
            other = self._at(self.parts.index(other) + 1)
        if other and other.kind in ("word", "mention") and not other.used and other.start <= part.end + 3:
            other.used = True
            thing = self._at(self.parts.index(other) + 1)  # `e-bikes vs normal bikes`
            if thing and thing.start == other.end and self.request.stems(thing) <= self.request.stems(part):
                thing.used = True
        part.used = True
        self.equal[choice.table.name, choice.column.name, False] = [True, False]
        return True

    def _denied_within(self, at: int, choice: Choice) -> bool:
        """`gift aid was not claimed`, of a column that says both."""
        denial, rest = self._at(at + 1), self._at(at + 2)
        if not denial or not rest or not denial.says("not") or denial.start > self.parts[at].end + 1:
            return False
        same = any((k.table, k.column) == (choice.table.name, choice.column.name) for k in rest.links())
        denial.used = rest.used = same
        return same

    def _truth_of(self, base: str) -> Choice | None:
        found = [(t, c) for t in self.chooser.schema.tables for c in t.columns
                 if c.kind == "boolean" and base in c.stems]  # fmt: skip
        return Choice(*found[0], 0.9) if len(found) == 1 else None

    # quoted texts and plain figures beside a name

    def figures(self) -> None:
        for i, part in enumerate(self.parts):
            if part.used or part.kind not in ("figure", "quoted"):
                continue
            token = self.request.tokens[part.start]
            if part.kind == "figure" and self._many(i):
                continue
            self._quoted_sample(i, part, token.text)
            if part.used:
                continue
            for near in (i - 1, i + 1):
                beside = self._at(near)
                if beside is None or beside.kind != "mention" or beside.used or (near > i and part.kind == "figure"):
                    continue
                far = part.start - beside.end if near < i else beside.start - part.end
                between = {self.request.word(k) for k in range(beside.end, part.start)}
                if part.kind == "figure" and between & {"for", "in", "of", "with", "and", "by"}:
                    continue
                column = self._holder(beside, part.kind == "quoted")
                if column is None or far > 2:
                    continue
                value: Scalar | None = token.text if part.kind == "quoted" else token.number
                if value is None:
                    continue
                if column.column.kind == "text" and part.kind == "figure":
                    value = str(value)
                part.used = beside.used = True
                negated = self._negated(min(i, near), (column.table.name, column.column.name))
                self.equal.setdefault((column.table.name, column.column.name, negated), []).append(value)
                break

    def _many(self, at: int) -> bool:
        """`2 bedroom units`, `1 star reviews`: how many of what a thing has."""
        part, what, thing = self.parts[at], self._at(at + 1), self._at(at + 2)
        number = self.request.tokens[part.start].number
        if not what or not thing or what.kind != "mention" or thing.kind != "mention" or what.used or number is None:
            return False
        found = self.chooser.measure(what)
        if found is None or found.score < 0.9 or what.start != part.end or thing.start != what.end:
            return False
        part.used = what.used = True
        self.filters.append(Filter(table=found.table.name, column=found.column.name, op="=", value=number))
        return True

    def _quoted_sample(self, at: int, part: Part, text: str) -> None:
        if part.kind != "quoted":
            return
        found = [(t.name, c.name, v) for t in self.chooser.schema.tables for c in t.columns for v in c.values
                 if isinstance(v, str) and v.lower() == text.lower()]  # fmt: skip
        if len({f[:2] for f in found}) == 1:
            table, column, value = found[0]
            part.used = True
            self.equal.setdefault((table, column, self._negated(at, (table, column))), []).append(value)

    def _holder(self, part: Part, quoted: bool) -> Choice | None:
        """The column that a quoted text or a figure beside a name is of."""
        if table := self.chooser.table(part):
            found = table.label if quoted else self.chooser.schema.key(table)
            return Choice(table, found, 0.8) if found else None
        choice = self.chooser.thing(part) or (None if quoted else self.chooser.measure(part))
        if choice is None or (quoted and choice.column.kind not in ("text", "unknown")):
            return None
        return choice

    def merged(self) -> list[Filter]:
        """Equalities of one column together."""
        for (table, column, negated), values in self.equal.items():
            unique = list(dict.fromkeys(values))
            op: Op = ("not in" if negated else "in") if len(unique) > 1 else ("!=" if negated else "=")
            value = unique if len(unique) > 1 else unique[0]
            self.filters.append(Filter(table=table, column=column, op=op, value=value))
        return self.filters
