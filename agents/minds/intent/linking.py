"""Phrases of a request -> the tables, columns and sample values that they may mean, each with how well it fits."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from agents.minds.intent.glossary import AGGREGATIONS, FILLER, MONEYS, UNITS, likeness, named_words
from agents.minds.intent.schema import Column, Schema, Table
from agents.minds.intent.tokens import Token, root, stem, stems, tokenise

LEAST = 0.45
_LONGEST = 6
_SKIPPED = {"of", "the", "a", "an", "their", "its", "our", "his", "her"}
_COUNTING = {"number", "count", "quantity"}
_BOUNDARY = {"by", "per", "and", "or", "for", "with", "where", "from", "in", "on", "at", "than", "not", "each", "every",
             "is", "are", "was", "were", "that", "which", "who", "to", "as", "across", "between", "over", "how",
             "many", "much", "what", "did", "do", "does", "we", "i", "me", "us", "it", "but"}  # fmt: skip
_AUXILIARY = {stem(w) for w in ("is", "has", "was", "flag", "of", "the", "at", "on", "in", "per", "date", "timestamp",
                                "identifier", "key", "by", "to", "for", "and", "name", "label",
                                "total", "net", "amount")}  # fmt: skip
_UNITS = {stem(u) for u in UNITS.values()} | {stem(u) for u in UNITS} - {stem("t"), stem("total")}
_LASTING = {stem(w) for w in ("second", "minute", "hour", "day", "millisecond")}
_SPANS = {stem(w) for w in ("time", "duration", "length")}
"""What a figure in seconds may also be called: `wait_sec` is a wait time."""
_LIMITS = {stem(w) for w in ("maximum", "minimum", "planned", "target", "goal", "budget", "forecast", "expected")}
"""A column of such a name is not what its other words alone mean: `max_attendees` are no attendees."""
_TEXT = re.compile(r"[^\W_]+")
_MEANING = (
    r"(?:^|[\s,;(])['\"]?{0}['\"]?\s*(?:=|:|means|for|is|stands for)\s*"
    r"['\"]?([a-zA-Z][\w -]{{1,40}}?)['\"]?\s*(?:[,;.)]|$)"
)
"""How a description says what a value stands for: `F = female`."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a phrase may mean. Without a column it is the table, with a value it is that value of the column."""

    score: float
    table: str
    column: str | None = None
    value: str | int | float | bool | None = None
    negated: bool = False
    how: str = "name"
    """name, synonym, description, or value."""

    @property
    def kind(self) -> str:
        """table, column or value."""
        return "table" if self.column is None else "column" if self.value is None else "value"


@dataclass(slots=True)
class Mention:
    """A stretch of tokens with what it may mean, best first."""

    start: int
    end: int
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Named:
    table: Table
    column: Column
    needed: tuple[str, ...]
    optional: frozenset[str]
    described: frozenset[str]


class Index:
    """The words of a schema, made once for all requests to it."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.columns = [_named(t, c) for t in schema.tables for c in t.columns]
        self.tables = [(t, _names_of(schema, t)) for t in schema.tables]
        self.values: dict[str, list[tuple[tuple[str, ...], Table, Column, str]]] = {}
        self.vocabulary: set[str] = set()
        for table in schema.tables:
            self.vocabulary.update(table.stems, _described(table.description))
            for column in table.columns:
                self.vocabulary.update(column.stems)
                for value in column.values:
                    if isinstance(value, str):
                        self._add(table, column, value)
        described = (_described(c.description) for t in schema.tables for c in t.columns)
        self.words = self.vocabulary.union(*described, *(s for found in self.values.values() for s, *_ in found))
        """Stems that stand anywhere in the schema."""

    def _add(self, table: Table, column: Column, value: str) -> None:
        sequences = {_sequence(value)}
        if column.description and len(value) <= 12:
            for found in re.findall(_MEANING.format(re.escape(value)), column.description, re.IGNORECASE):
                sequences.add(_sequence(found))
        for sequence in sequences:
            if sequence:
                self.values.setdefault(root(sequence[0]), []).append((sequence, table, column, value))

    def phrase(self, said: Sequence[Token], raw: Sequence[Token] | None = None) -> list[Link]:
        """What a phrase may mean as a whole, best first."""
        plain = self._joined([t.stem for t in said if t.lower not in _SKIPPED])
        if not plain:
            return []
        found = [link for one in self.columns if (link := _column_link(plain, one))]
        found += [link for table, names in self.tables for own in names if (link := _table_link(plain, table, own))]
        found += self._value_links([t.stem for t in raw or said], [t.text for t in raw or said])
        return sorted(found, key=lambda k: (-k.score, k.table, k.column or ""))

    def _joined(self, said: list[str]) -> list[str]:
        """`picked up` as `pickup`, where the schema writes it so."""
        for i, (one, two) in enumerate(pairwise(said)):
            if one + two in self.vocabulary:
                return [*said[:i], one + two, *self._joined(said[i + 2 :])]
        return said

    def _value_links(self, said: list[str], raw: list[str]) -> Iterable[Link]:
        for sequence, table, column, value in self.values.get(root(said[0]), ()):
            if len(sequence) == len(said) and all(_as_value(a, b) for a, b in zip(sequence, said, strict=True)):
                common = len(said) == 1 and raw[0].lower() in _BOUNDARY | {"no", "yes", "all", "other"}
                weak = len("".join(said)) < 2 or (common and not (raw[0] == value and value[0].isupper()))
                yield Link(
                    0.5 if weak else 1.02 if sequence == tuple(said) else 1.0,
                    table.name,
                    column.name,
                    value,
                    how="value",
                )

    def _writes_of(self, link: Link) -> bool:
        """`length of stay` is one name where the schema writes it so; `sum of fees` is none."""
        column = self.schema.column(link.table, link.column) if link.column else None
        return column is not None and "of" in column.stems

    def mentions(self, tokens: Sequence[Token], blocked: Sequence[bool]) -> list[Mention]:
        """The best way to cut a request into phrases; blocked tokens belong to none."""
        count = len(tokens)
        best: list[tuple[float, Mention | None]] = [(0.0, None)] * (count + 1)
        best[0] = (0.0, None)
        back = [0] * (count + 1)
        for end in range(1, count + 1):
            best[end], back[end] = (best[end - 1][0], None), end - 1
            for start in range(max(0, end - _LONGEST), end):
                links = self._span(tokens, blocked, start, end)
                if not links:
                    continue
                size = sum(t.lower not in _SKIPPED for t in tokens[start:end])
                gain = best[start][0] + links[0].score * size + 0.15 * (size - 1)
                if gain > best[end][0]:
                    best[end], back[end] = (gain, Mention(start, end, links)), start
        found, at = [], count
        while at:
            if mention := best[at][1]:
                found.append(mention)
            at = back[at]
        return found[::-1]

    def _span(self, tokens: Sequence[Token], blocked: Sequence[bool], start: int, end: int) -> list[Link]:
        part = tokens[start:end]
        if any(blocked[start:end]) or any(t.kind not in ("word", "number") for t in part):
            return []
        edges = part[0].lower in _SKIPPED or part[-1].lower in _SKIPPED
        if any(t.kind == "number" or t.lower in _BOUNDARY for t in part) or edges:
            sequence = [t.stem or stem(t.text) for t in part]
            found = [k for k in self._value_links(sequence, [t.text for t in part]) if len(part) > 1 or k.score > 1]
            if not any(t.kind == "number" for t in part) and len(part) > 2 and not edges:
                found += [k for k in self.phrase(part) if k.kind == "column" and k.score > 0.97]
            return [k for k in found if k.score >= LEAST]
        links = self.phrase([t for t in part if t.lower not in _SKIPPED], part)
        if any(t.lower in _SKIPPED for t in part):
            links = [k for k in links if k.kind == "value" or self._writes_of(k)]
        if len(part) == 1 and part[0].lower in AGGREGATIONS and end < len(tokens):
            after = next((t for t in tokens[end:] if t.lower not in _SKIPPED), None)
            if after and after.kind == "word" and (after.lower in _COUNTING or self.phrase([after])):
                return []
        if len(part) == 1 and part[0].lower in _COUNTING and end < len(tokens) and tokens[end].lower == "of":
            return []
        if len(part) == 1 and end < len(tokens) and tokens[end].lower == "than":
            return []
        return [k for k in links if k.score >= LEAST]


@lru_cache(maxsize=16)
def index_of(schema: Schema) -> Index:
    """The index of a schema; the last ones are kept."""
    return Index(schema)


def _as_value(value: str, said: str) -> bool:
    """Whether a word says a value: `foggy` and fog, `cancellation` and cancelled, but no `waiter` who waits."""
    return said in (value, value + "s") or (
        root(value) == root(said) and not value.endswith(("er", "or")) and not said.endswith(("er", "or"))
    )


def _content(text: str) -> frozenset[str]:
    """What a description says of the thing itself: without filler and units."""
    return frozenset(s for s in _described(text) if s not in FILLER and s not in _UNITS) or _described(text)


def _sequence(text: str) -> tuple[str, ...]:
    """The stems of a value as a request's tokens have them."""
    return tuple(t.stem or stem(t.text) for t in tokenise(text)[:_LONGEST] if t.kind != "sign")


def _described(text: str) -> frozenset[str]:
    return frozenset(stems(_TEXT.findall(text)[:60]))


def _named(table: Table, column: Column) -> _Named:
    own = tuple(dict.fromkeys(s for s in column.stems if s not in _AUXILIARY)) or column.stems[-1:]
    unit = [s for s in own if s in _UNITS]
    needed = tuple(s for s in own if s not in unit) or own
    spelled = {stem(UNITS[w]) for w in named_words(column.name) if w in UNITS} | set(unit)
    if column.kind == "number" and spelled & _LASTING:
        spelled |= _SPANS
    return _Named(table, column, needed, frozenset(spelled), _content(column.description))


def _column_link(said: list[str], one: _Named) -> Link | None:
    weights, covered, seen_column, how = [], set(), False, "name"
    if len(said) > 2 and (*one.needed,) == ("".join(w[0] for w in said),):
        return Link(0.95, one.table.name, one.column.name, how="synonym")
    qualified = one.column.kind not in ("date", "boolean")
    for word in said:
        near = [(likeness(word, s), s) for s in one.needed]
        close, which = max(near, default=(0.0, ""))
        in_table = max((likeness(word, s) for s in one.table.stems), default=0.0)
        if close < 0.9 and (which in covered or (word in MONEYS and one.column.kind != "number")):
            close = min(close, 0.5) if which in covered else 0.0
        if close >= 0.5:
            covered.add(which)
            seen_column = True
            weights.append(close)
            how = "synonym" if close < 0.9 else how
        elif word in one.optional:
            weights.append(0.9)
            seen_column = True
        elif word in one.column.stems:
            weights.append(1.0)
            seen_column = True
        elif in_table >= 0.9 and not seen_column and qualified:
            weights.append(0.95 * in_table)
        elif word in one.described and len(word) > 2:
            weights.append(0.75 if len(one.described) < 4 else 0.65)
            how = "description"
        else:
            return None
    if not covered and not seen_column and how != "description":
        return None
    if one.column.kind == "boolean" and len(covered) < len(one.needed) and all(w in FILLER for w in said):
        return None
    free = [s for s in one.needed if s in one.table.stems]
    share = len(covered | set(free)) / len(one.needed) if covered else 0.35
    if not covered and said and all(word in one.optional for word in said):
        share = 0.2
    if not covered and how == "description":
        told = len(one.described)
        share = 0.35 + 0.65 * min(1.0, len(said) / max(1, told)) if told < 4 or len(said) > 1 else 0.5
    score = sum(weights) / len(weights) * (0.5 + 0.5 * share)
    limit = _LIMITS & set(one.needed) and not _LIMITS & {*said, *covered} and one.column.kind == "number"
    return Link(round(score * (0.6 if limit else 1), 4), one.table.name, one.column.name, how=how)


def _names_of(schema: Schema, table: Table) -> list[tuple[str, ...]]:
    """What a table is called: by its name, and where that says nothing by its key (`call_id` of cdr)."""
    key = schema.key(table)
    base = tuple(s for s in key.stems if s not in _AUXILIARY) if key else ()
    others = {s for t in schema.tables if t.name != table.name for s in t.stems}
    return [table.stems, *([base] if base and base != table.stems and not set(base) & others else [])]


def _table_link(said: list[str], table: Table, own: tuple[str, ...]) -> Link | None:
    weights, covered = [], set()
    if len(own) > 1 and said == ["".join(s[0] for s in own)]:
        return Link(0.95, table.name)
    for word in said:
        close, which = max(((likeness(word, s), s) for s in own), default=(0.0, ""))
        if close < 0.75 or (close < 0.9 and word in MONEYS):
            return None
        weights.append(close)
        covered.add(which)
    share = len(covered) / len(own)
    how = "synonym" if min(weights) < 0.9 else "name"
    return Link(round(sum(weights) / len(weights) * (0.5 + 0.5 * share), 4), table.name, how=how)


def negative(word: str) -> str | None:
    """What `inactive`, `unpaid` or `nonstop` deny."""
    found = re.match(r"(?:in|un|non|dis)-?(\w{4,})$", word)
    return stem(found[1]) if found else None


def alike(one: str, other: str) -> bool:
    """Whether two stems have the same root."""
    return one == other or root(one) == root(other)
