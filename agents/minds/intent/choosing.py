"""Which of the things that a phrase may mean it does mean, by what else the request is about; a tie is no choice."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agents.minds.intent.answer import ColumnRef, Metric
from agents.minds.intent.fitting import Link
from agents.minds.intent.glossary import ADJECTIVES, likeness, named_words
from agents.minds.intent.kinds import FEES, NUMBERS, PARTS, PLAIN, VALUES
from agents.minds.intent.linking import Index
from agents.minds.intent.parts import Part, Request
from agents.minds.intent.schema import Column, Table, referred
from agents.minds.intent.tokens import Token, stem, stems
from agents.minds.intent.units import countable, fit

_SUMMED = re.compile(r"(?:^|_)(?:agg|daily|hourly|weekly|monthly|summary|snapshot|snapshots|stats)(?:_|$)")
"""Names of tables that hold sums over time."""
_TIE, _NEAR = 0.02, 0.06
_TELLING = set(stems(("name", "title", "email")))
"""Of several columns of a thing (`customer_email`, `customer_country`) those that say which it is."""
_MEASURE, _DIMENSION, _CLEARLY = 0.5, 0.5, 0.2
_WHOLE = set(stems(("total", "value", "amount", "price", "fare")))
"""Of several columns of money those that are meant by a sum alone."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A column chosen for a phrase."""

    table: Table
    column: Column
    score: float
    how: str = "name"


class Chooser:
    """Chooses, and keeps count of how sure that was."""

    def __init__(self, request: Request, index: Index) -> None:
        self.request, self.index, self.schema = request, index, index.schema
        self.favoured: Counter[str] = Counter()
        self.doubts: Counter[str] = Counter()
        self.chosen: dict[int, Choice] = {}
        self.tied: dict[int, list[str]] = {}
        self.time_column: ColumnRef | None = None
        self.grain_needed = False
        self.acted: set[str] = set()
        """Tables that a verb named: `which company was invoiced the most`."""
        self.support = self._support()

    def _support(self) -> dict[str, float]:
        """How much of the request each table explains: small amounts, that only break near ties."""
        found: Counter[str] = Counter()
        for part in self.request.parts:
            best: dict[str, float] = {}
            top = part.links()[0].score if part.links() else 0.0
            for link in part.links():
                if link.score >= top - 0.05:
                    weight = 0.1 if link.kind == "table" and link.score > 0.7 else 0.03
                    best[link.table] = max(best.get(link.table, 0.0), weight * link.score)
            found.update(best)
        return {k: min(float(v), 0.2) for k, v in found.items()}

    def favour(self, table: str) -> None:
        """Later choices prefer this table."""
        self.favoured[table] += 1

    def doubt(self, why: str) -> None:
        """Something was less than clear."""
        self.doubts[why] += 1

    def _bonus(self, table: str) -> float:
        return self.support.get(table, 0.0) + (0.12 if self.favoured[table] else 0.0)

    def _best(
        self, part: Part, accept: Callable[[Table, Column], bool], least: float, links: Iterable[Link] | None = None
    ) -> Choice | None:
        """The best column that is acceptable; None where none is, or where two are as good."""
        found: list[tuple[float, Choice]] = []
        for link in part.links() if links is None else links:
            table = self.schema.table(link.table)
            column = table.column(link.column) if table else None
            if table and column and link.kind == "column" and link.score >= least and accept(table, column):
                found.append((link.score + self._bonus(table.name), Choice(table, column, link.score, link.how)))
        if not found:
            return None
        clearest = max(c.score for _, c in found)
        found = sorted((p for p in found if p[1].score >= clearest - _NEAR), key=lambda pair: -pair[0])
        tied = [c for s, c in found if s > found[0][0] - _TIE]
        if tied[0].how != "name":  # what is called so comes before what means the same
            held = self._bonus(tied[0].table.name) - (0.03 if tied[0].column.is_measure else 0.2)
            tied = [
                c
                for _, c in found
                if c.how == "name" and c.score >= tied[0].score - 0.001 and self._bonus(c.table.name) >= held
            ] or tied
        named = [c for c in tied if c.how == "name"]
        best = (named or tied)[0]
        rivals = [c for c in (named or tied)[1:] if not _same(best, c)]
        if rivals and (telling := [c for c in (best, *rivals) if c.column.stems[-1] in _TELLING]) and len(telling) == 1:
            best, rivals = telling[0], []
            self.doubt("near tie")
        if rivals:
            self.tied[part.start] = [f"{c.table.name}.{c.column.name}" for c in (best, *rivals)]
            return None
        if len(found) > 1 and found[1][0] > found[0][0] - 0.08:
            self.doubt("near tie")
        self.tied.pop(part.start, None)
        return best

    def measure(self, part: Part) -> Choice | None:
        """A column that can be added up or averaged."""
        found = self._best(part, lambda t, c: c.is_measure, _MEASURE)
        if found is None and part.start in self.tied:
            said = self.request.stems(part)
            found = self._best(part, lambda t, c: c.is_measure and _is_figure_of(said, t, c), _MEASURE)
            if found is None and any(p.kind in ("time", "grain") for p in self.request.parts):
                found = self._best(part, lambda t, c: c.is_measure and bool(t.dates), _MEASURE)
        best = part.links()[0] if part.links() else None
        if found and best and best.kind == "column" and best.score > found.score + _CLEARLY:
            return None
        return self._noted(part, found)

    def was_measure(self, part: Part) -> bool:
        """Whether the part was understood as a figure."""
        return part.start in self.chosen and self.chosen[part.start].column.is_measure

    def date(self, part: Part) -> Choice | None:
        """A date column, if nothing else fits better."""
        best = part.links()[0].score if part.links() else 0.0
        return self._best(part, lambda t, c: c.kind == "date", max(_MEASURE, best - 0.05))

    def boolean(self, part: Part, least: float = 0.7) -> Choice | None:
        """A column that is true or false."""
        table = any(k.kind == "table" and k.score > 0.7 for k in part.links())
        return self._noted(part, self._best(part, lambda t, c: c.kind == "boolean", 0.85 if table else least))

    def numbered(self, part: Part) -> Choice | None:
        """The key that tells such things apart, where no table is named after them: `employees` of emp_no."""
        best = part.links()[0]
        found = self._best(part, lambda t, c: c.is_key or bool(set(c.stems) & NUMBERS), 0.7)
        return found if found and found.score >= best.score - 0.01 else None

    def event_key(self, table: Table, named: Iterable[str] = ()) -> Choice | None:
        """The column by which the only table of events refers to this one, for `unique visitors per day`.

        Of several the only one that is named.
        """
        key = self.schema.key(table)
        found = [t for t in self.schema.tables if key and t.dates and table in referred(self.schema, t)]
        found = [t for t in found if t.name in named] or found
        columns = [c for t in found for c in t.columns if key and c.is_key and c.name == key.name]
        return Choice(found[0], columns[0], 0.9) if len(found) == 1 and len(columns) == 1 else None

    def table(self, part: Part) -> Table | None:
        """A table, if the phrase says a table rather than one of its columns."""
        best = max((k.score for k in part.links() if not self._dates(k)), default=0.0)
        found = [k for k in part.links() if k.kind == "table" and k.score >= max(0.6, best - 0.1)]
        if not found:
            return None
        found = [k for i, k in enumerate(found) if k.table not in {o.table for o in found[:i]}]
        if len(found) > 1:  # what is summed up by the day is not the thing itself
            found = [k for k in found if not _SUMMED.search(k.table)] or found
        ranked = sorted(found, key=lambda k: -(k.score + 0.3 * self._bonus(k.table)))
        if len(ranked) > 1 and ranked[1].score + 0.3 * self._bonus(ranked[1].table) > (
            ranked[0].score + 0.3 * self._bonus(ranked[0].table) - 0.005
        ):
            self.tied[part.start] = [k.table for k in ranked]
            return None
        return self.schema.table(ranked[0].table)

    def _dates(self, link: Link) -> bool:
        """Whether it is the date of what is meant: `gift_date` of donations."""
        return self.schema.kind(link.table, link.column) == "date"

    def table_better(self, part: Part) -> bool:
        """Whether a phrase says a table more surely than any of its measures."""
        links = part.links()
        table = max((k.score for k in links if k.kind == "table"), default=0.0)
        column = self._best(part, lambda t, c: c.is_measure, _MEASURE)
        return table >= 0.7 and table > (column.score if column else 0.0) + 0.05

    def counted(self, part: Part) -> Choice | None:
        """A column that holds a count of the thing: `passenger_count`, `units_sold`, `passengers`."""
        said = [t for t in self.request.tokens[part.start : part.end] if t.kind == "word"]
        words = [t.lower for t in said]
        for word in ("count", "number", "quantity"):
            asked = [*said, Token(word, "word", 0, stem=stem(word))]
            links = [k for k in self.index.phrase(asked) if k.score > 0.9 and self._names_all(k, asked)]
            if found := self._best(part, lambda t, c: c.is_measure and countable(c, words), 0.9, links):
                return self._noted(part, found)
        best = part.links()[0]
        if best.kind == "column" and (self.table(part) is None or best.score >= 1.0):
            found = self.measure(part)
            return found if found and countable(found.column, words) and found.how != "description" else None
        return None

    def _names_all(self, link: Link, said: list[Token]) -> bool:
        column = self.schema.column(link.table, link.column)
        raw = set(named_words(column.name)) if column else set()
        if any(f"{t.stem}ed" in raw or f"{t.stem}d" in raw for t in said):
            return False  # orders are not as many as `qty_ordered` says
        least = 1.0 if any(k.kind == "table" and k.score >= 0.75 for k in self.index.phrase(said[:-1])) else 0.75
        return bool(column) and all(any(likeness(t.stem, s) >= least for s in column.stems) for t in said if column)

    def thing(self, part: Part) -> Choice | None:
        """What tells one thing from another: a table's key, or a column of texts."""
        table = self.table(part)
        said = next((k for k in part.links() if table and k.kind == "table" and k.table == table.name), None)
        if table and said and said.how == "synonym":  # a column that is called so comes first
            named = self._best(part, lambda t, c: not c.is_measure and c.kind != "date", 0.6)
            if named and named.how == "name":
                return self._noted(part, named)
        if table:
            if key := self.schema.key(table):
                return Choice(table, key, 1.0)
            if table.label:
                return Choice(table, table.label, 0.9)
        found = self._best(part, lambda t, c: c.is_key, 0.8)
        found = found or self._best(part, lambda t, c: not c.is_measure and c.kind != "date", _DIMENSION)
        return self._noted(part, found)

    def dimension(self, part: Part, *, grouped: bool = False) -> Choice | None:
        """A column to group by: of a table its name or key; never a tie."""
        keyed = _says_key(self.request, part)
        column = self._best(part, lambda t, c: (not c.is_key or keyed) and not c.is_measure, _DIMENSION)
        if column and column.column.kind == "boolean" and column.how == "synonym":  # a session is no `first_visit`
            said = ("text", "date", "unknown")
            column = self._best(part, lambda t, c: (not c.is_key or keyed) and c.kind in said, _DIMENSION)
        if grouped and part.start not in self.tied and (column is None or column.how != "name"):
            figure = self._best(part, lambda t, c: c.is_measure, _DIMENSION)
            named = figure is not None and figure.score >= max(0.7, column.score if column else 0.0)
            column = figure if figure and named and figure.how == "name" else column
        table = self.table(part)
        if table and (column is None or column.score < part.links()[0].score + 0.001 or column.how != "name"):
            best = next(k for k in part.links() if k.kind == "table")
            named = column is not None and column.how == "name" and best.how != "name"
            better = column is not None and column.score > best.score - (0.05 if named else 0.0)
            if not better:
                return self._noted(part, self._label(table))
        if column is None and part.start not in self.tied:
            column = self._best(part, lambda t, c: c.is_key, _DIMENSION)
        if column and column.how == "description" and table is None:  # what is called so comes first
            key = self._best(part, lambda t, c: c.is_key, 0.95)
            column = key if key and key.how == "name" else column
        return self._noted(part, column)

    def _label(self, table: Table) -> Choice | None:
        found = table.label or self.schema.key(table)
        return Choice(table, found, 0.95) if found else None

    def about(self, word: str, unit: str | None) -> Choice | None:
        """The measure that a comparative or a unit is about (`older than`, `over 10 kg`, `over $5`)."""
        wanted = [stem(w) for w in ADJECTIVES.get(word, ())]
        scored = [(t, c, fit(c, wanted, unit)) for t in self.schema.tables for c in t.columns if c.is_measure]
        candidates = [
            (score + self._bonus(t.name), Choice(t, c, min(score, 1.0), "unit")) for t, c, score in scored if score
        ]
        named = [c for c in candidates if self._bonus(c[1].table.name) > 0.05]
        candidates = named or candidates
        if unit == "money":
            candidates = [c for c in candidates if not set(c[1].column.stems) & (PARTS | FEES)] or candidates
            best = max((score for score, _ in candidates), default=0.0)
            sure = _WHOLE | set(wanted)
            if len(candidates) > 1 and not any(s == best and set(c.column.stems) & sure for s, c in candidates):
                return None
        candidates.sort(key=lambda pair: -pair[0])
        tied = [c for score, c in candidates if score > candidates[0][0] - _TIE]
        if len(tied) > 1 and unit == "money":  # what a row is worth, and not a part of it
            tied = [c for c in tied if set(c.column.stems) & VALUES]
        return tied[0] if len(tied) == 1 else None

    def refers(self, table: str, others: Iterable[str]) -> bool:
        """Whether a table has a column that is the key of another one of these."""
        found = self.schema.table(table)
        known = {t.name for t in referred(self.schema, found)} if found else set()
        return any(o in known for o in others)

    def figures(self, metrics: Iterable[Metric]) -> list[Column]:
        """The columns that are added up, averaged or counted."""
        return [c for m in metrics if (c := self.schema.column(m.table, m.column))]

    def is_label(self, link: Link) -> bool:
        """Whether a link is the name or the key of its table's rows."""
        table = self.schema.table(link.table)
        column = table.column(link.column) if table else None
        if table is None or column is None:
            return link.kind == "table"
        return column in (table.label, self.schema.key(table)) or column.is_key or column.stems[-1] in _TELLING

    def values(self, part: Part) -> list[Link]:
        """The sample values that a phrase is, best context first."""
        best = part.links()[0].score if part.links() else 0.0
        found = [k for k in part.links() if k.kind == "value" and (k.score >= 1.0 or k.score >= best - 0.05)]
        plural = self.request.word(part.end - 1).endswith("s")
        if any(k.kind == "table" and (k.how == "name" or plural) and k.score >= 0.75 for k in part.links()):
            found = [k for k in found if k.score > 1.0]  # `repairs` are rows, though a status is `repaired`
        return sorted(found, key=lambda k: (k.score <= 1.0, -self._bonus(k.table)))

    def _noted(self, part: Part, choice: Choice | None) -> Choice | None:
        if choice is not None:
            self.chosen[part.start] = choice
        return choice


def _is_figure_of(said: set[str], table: Table, column: Column) -> bool:
    """Whether a column's name says what was said, how many of it, and no more: `msg_cnt` the messages."""
    return said <= set(column.stems) and set(column.stems) - said - set(table.stems) <= PLAIN


def _same(one: Choice, other: Choice) -> bool:
    """Whether two choices come to the same: a key and what refers to it."""
    return one.column.name == other.column.name and one.column.is_key


def _says_key(request: Request, part: Part) -> bool:
    last = request.word(part.end - 1)
    return last in ("id", "ids", "key", "identifier", "code", "number")
