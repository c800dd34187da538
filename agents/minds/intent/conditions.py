"""What rows a request is about: values that the samples have, truths, comparisons, quoted texts and plain figures."""

from agents.minds.intent.answer import Filter, Op, Scalar
from agents.minds.intent.choosing import Choice, Chooser
from agents.minds.intent.comparisons import Comparisons
from agents.minds.intent.fitting import Link
from agents.minds.intent.glossary import FROM, ORIGIN, TARGET, TO
from agents.minds.intent.linking import negative
from agents.minds.intent.parts import Part, Request
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
            if not links:
                continue
            if any(k.kind == "column" and k.score > 0.9 and self._column(k.table, k.column or "").kind == "boolean"
                   for k in part.links()):  # fmt: skip
                continue
            link, beside = self._which(i, links)
            if link is None or link.column is None or link.value is None:
                continue
            if link.score < 1.0 and beside is None:
                continue
            part.used = True
            if i and self.parts[i - 1].says("by"):
                self.parts[i - 1].used = True
            if beside is not None:
                beside.used = True
            negated = self._negated(i, (link.table, link.column))
            self.equal.setdefault((link.table, link.column, negated), []).append(link.value)
            if len(links) > 1:
                self.chooser.doubt("value of several columns")

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
        named = self.request.word(self.parts[at].end) in ("name", "names", "id", "type", "group", "category")
        return at > 0 and self.parts[at - 1].says("by") and bool(links) and (links[0].kind != "value" or named)

    # truths

    def truths(self) -> None:
        for i, part in enumerate(self.parts):
            if part.used or self._grouped(i):
                continue
            choice = self.chooser.boolean(part) if part.kind == "mention" else None
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
            if (self.request.word(part.start - 2), self.request.word(part.start - 1)) == ("out", "of"):
                denied = not denied  # `out of service`
            part.used = True
            value = not denied
            self.filters.append(Filter(table=choice.table.name, column=choice.column.name, op="=", value=value))

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
            for near in (i - 1, i + 1):
                beside = self._at(near)
                if beside is None or beside.kind != "mention" or beside.used or (near > i and part.kind == "figure"):
                    continue
                far = part.start - beside.end if near < i else beside.start - part.end
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
            else:
                self._quoted_sample(i, part, token.text)

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
