"""Phrases of a request -> the tables, columns and sample values that they may mean, each with how well it fits."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from agents.minds.intent.fitting import (
    AUXILIARY,
    Link,
    column_link,
    described_table,
    described_words,
    named,
    table_link,
)
from agents.minds.intent.glossary import AGGREGATIONS, FILLER, UNITS, named_words
from agents.minds.intent.kinds import TRADED
from agents.minds.intent.places import called
from agents.minds.intent.schema import Column, Schema, Table
from agents.minds.intent.tokens import Token, root, stem, stems, tokenise

_ODD = r"[a-z]-[a-z]*-?\d|^\d+ ?- ?\d+$|^\d+\+$"
LEAST = 0.45
_NO_SHOW = re.compile(r"no[-_ ]?show", re.IGNORECASE)
_UNITS = {stem(u) for u in UNITS}
_LONGEST = 6
_SKIPPED = {"of", "the", "a", "an", "their", "its", "our", "his", "her"}
_COUNTING = {"number", "count", "quantity"}
_BOUNDARY = {"by", "per", "and", "or", "for", "with", "where", "from", "in", "on", "at", "than", "not", "each", "every",
             "is", "are", "was", "were", "that", "which", "who", "to", "as", "across", "between", "over", "how",
             "many", "much", "what", "did", "do", "does", "we", "i", "me", "us", "it", "but"}  # fmt: skip
_MEANING = (
    r"(?:^|[\s,;(])['\"]?{0}['\"]?\s*(?:=|:|means|for|is|stands for)\s*"
    r"['\"]?([a-zA-Z][\w -]{{1,40}}?)['\"]?\s*(?:[,;.)]|$)"
)
"""How a description says what a value stands for: `F = female`."""


@dataclass(slots=True)
class Mention:
    """A stretch of tokens with what it may mean, best first."""

    start: int
    end: int
    links: list[Link] = field(default_factory=list)


class Index:
    """The words of a schema, made once for all requests to it."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.columns = [named(t, c) for t in schema.tables for c in t.columns]
        self.tables = [(t, _names_of(schema, t)) for t in schema.tables]
        self.values: dict[str, list[tuple[tuple[str, ...], Table, Column, str]]] = {}
        self.vocabulary: set[str] = set()
        for table in schema.tables:
            self.vocabulary.update(table.stems, described_words(table.description))
            for column in table.columns:
                self.vocabulary.update(column.stems)
                names = called(column)
                for value in column.values:
                    if isinstance(value, str):
                        self._add(table, column, value, names.get(value, ()))
        self.every = [one for found in self.values.values() for one in found]
        self.odd_values = sorted({v for *_, v in self.every if re.search(_ODD, v.lower())}, key=len)[::-1]
        """Values of figures and signs (`AX-10`, `18-29`, `60+`), which a request's words cannot be told from."""
        described = (described_words(c.description) for t in schema.tables for c in t.columns)
        self.words = self.vocabulary.union(*described, *(s for found in self.values.values() for s, *_ in found))
        """Stems that stand anywhere in the schema."""

    def _add(self, table: Table, column: Column, value: str, names: Sequence[str] = ()) -> None:
        sequences = {_sequence(value), *map(_sequence, names)}
        if column.description and len(value) <= 12:
            for found in re.findall(_MEANING.format(re.escape(value)), column.description, re.IGNORECASE):
                sequences.add(_sequence(found))
        for sequence in sequences:
            if sequence:
                self.values.setdefault(root(sequence[0]), []).append((sequence, table, column, value))

    def phrase(self, said: Sequence[Token], raw: Sequence[Token] | None = None) -> list[Link]:
        """What a phrase may mean as a whole, best first."""
        plain = self._joined([self._spelled(t) for t in said if t.lower not in _SKIPPED])
        if not plain:
            return []
        found = [link for one in self.columns if (link := column_link(plain, one))]
        found += [link for table, names in self.tables for own in names if (link := table_link(plain, table, own))]
        found += [link for table, _ in self.tables if (link := described_table(plain, table))]
        values = list(self._value_links([t.stem for t in raw or said], [t.text for t in raw or said]))
        found += values or self._loose_values([t.stem for t in said if t.lower not in _SKIPPED])
        return sorted(found, key=lambda k: (-k.score, k.table, k.column or ""))

    def _spelled(self, token: Token) -> str:
        """A stem, of a shortened word (`qty`, `max`) where the schema has the whole one and not the short one."""
        if token.stem in self.words or token.kind != "word":
            return token.stem
        (whole, *rest) = stems(named_words(token.lower.removesuffix("s"))) or (token.stem,)
        plain = whole not in _COUNTING or token.lower == "qty"
        return whole if not rest and whole in self.vocabulary and plain else token.stem

    def _joined(self, said: list[str]) -> list[str]:
        """`picked up` as `pickup`, where the schema writes it so."""
        for i, (one, two) in enumerate(pairwise(said)):
            if one + two in self.vocabulary:
                return [*said[:i], one + two, *self._joined(said[i + 2 :])]
        return said

    def _loose_values(self, said: list[str]) -> Iterable[Link]:
        """`suspected fraud` of `fraud_suspected`, `electric vehicle` of `ev`; `street`, weaker, of `on_street`."""
        if len(said) > 1:
            initials = "".join(s[:1] for s in said)
            for sequence, table, column, value in self.every:
                turned = sorted(sequence) == sorted(said) and sequence != tuple(said)
                turned = turned or sequence == ("".join(said),)  # `picked up`
                short = sequence == (initials,) and value.isalpha() and (value.islower() or len(value) > 2)
                if turned or (short and not called(column)):
                    yield Link(1.0, table.name, column.name, value, how="value")
        elif len(said[0]) > 2 and said[0] not in self.vocabulary:
            found = [one for one in self.every if len(one[0]) in (2, 3) and said[0] in one[0]]
            if len(found) == 1:
                _, table, column, value = found[0]
                yield Link(0.8, table.name, column.name, value, how="value")

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

    def _stems_of(self, link: Link) -> set[str]:
        column = self.schema.column(link.table, link.column)
        return set(column.stems) if column else set()

    def _writes_of(self, link: Link) -> bool:
        """`length of stay` is one name where the schema writes it so; `sum of fees` is none."""
        column = self.schema.column(link.table, link.column)
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
                inner = {t.stem for t in part if t.lower in _BOUNDARY}
                found += [k for k in self.phrase(part) if k.kind == "column" and (
                    k.score > 0.95 or (k.score > 0.7 and inner <= self._stems_of(k)))]  # fmt: skip
            return [k for k in found if k.score >= LEAST]
        links = self.phrase([t for t in part if t.lower not in _SKIPPED], part)
        if len(part) > 1 and (part[-1].lower.endswith("ed") or part[-1].lower in ("built", "born")):
            links = [k for k in links if "year" not in self._stems_of(k)]  # `cinemas opened`, of opened_year
        if len(part) > 1 and (part[0].lower in AGGREGATIONS or part[-1].lower in TRADED):
            links = [k for k in links if k.how == "name"]
        if any(t.lower in _SKIPPED for t in part):
            links = [k for k in links if k.kind == "value" or self._writes_of(k)]
        if len(part) == 1 and part[0].lower in TRADED and start and tokens[start - 1].stem not in FILLER:
            links = [k for k in links if k.kind == "value"]  # `tickets sold`
        if len(part) == 1 and part[0].lower in AGGREGATIONS and end < len(tokens):
            after = next((t for t in tokens[end:] if t.lower not in _SKIPPED), None)
            if after and after.kind == "word" and (after.lower in _COUNTING or self.phrase([after])):
                return []
        joint = tokens[end].lower in (",", "and") if end + 1 < len(tokens) else False
        if len(part) == 1 and part[0].lower in AGGREGATIONS and joint and tokens[end + 1].lower in AGGREGATIONS:
            return []  # `min, max and median`
        if len(part) == 1 and part[0].lower in _COUNTING and end < len(tokens) and tokens[end].lower == "of":
            return []
        if end < len(tokens) and tokens[end].lower == "than":
            return []
        aside = start and tokens[start - 1].lower in (",", ":") and end < len(tokens) and tokens[end].lower == "and"
        if len(part) == 1 and part[0].lower in _COUNTING and aside:
            return []  # `overdue invoices, number and billed amount`
        if len(part) == 1 and part[0].lower in ("took", "take", "takes", "got", "gets", "made", "makes"):
            return [k for k in links if k.kind == "value" or k.score > 0.6]
        if len(part) == 1 and part[0].lower in ("count", "counts"):
            return [k for k in links if k.score >= 0.99]
        return [k for k in links if k.score >= LEAST]


@lru_cache(maxsize=16)
def index_of(schema: Schema) -> Index:
    """The index of a schema; the last ones are kept."""
    return Index(schema)


def _as_value(value: str, said: str) -> bool:
    """Whether a word says a value: `foggy` and fog, `cancellation` and cancelled, but no `waiter` who waits."""
    return said in (value, value + "s") or (
        said not in _UNITS
        and not said.endswith("ity")
        and root(value) == root(said)
        and not value.endswith(("er", "or"))
        and not said.endswith(("er", "or"))
    )


def _sequence(text: str) -> tuple[str, ...]:
    """The stems of a value as a request's tokens have them."""
    return tuple(t.stem or stem(t.text) for t in tokenise(_NO_SHOW.sub("noshow", text))[:_LONGEST] if t.kind != "sign")


def _names_of(schema: Schema, table: Table) -> list[tuple[str, ...]]:
    """What a table is called: by its name, and where that says nothing by its key (`call_id` of cdr)."""
    key = schema.key(table)
    base = tuple(s for s in key.stems if s not in AUXILIARY) if key else ()
    others = {s for t in schema.tables if t.name != table.name for s in t.stems}
    return [table.stems, *([base] if base and base != table.stems and not set(base) & others else [])]


def negative(word: str) -> str | None:
    """What `inactive`, `unpaid` or `nonstop` deny."""
    found = re.match(r"(?:in|un|non|dis|ab)-?(\w{4,})$", word)
    return stem(found[1]) if found else None


def alike(one: str, other: str) -> bool:
    """Whether two stems have the same root."""
    return one == other or root(one) == root(other)
