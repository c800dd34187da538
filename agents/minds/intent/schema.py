"""A schema as a request sees it: tables, columns, what they are said to mean, and some of their values."""

import re
from functools import cached_property
from typing import Literal

from agents.contracts import Record
from agents.minds.intent.glossary import named_words
from agents.minds.intent.tokens import stems

Kind = Literal["number", "text", "date", "boolean", "unknown"]

_KINDS: tuple[tuple[Kind, str], ...] = (
    ("boolean", r"bool|^bit$"),
    ("date", r"date|timestamp|^time$|^time |^day$"),
    ("number", r"int|dec|num|float|double|real|money|serial|long|short|^byte"),
    ("text", r"char|text|string|uuid|enum|categor|json|clob|varying|^str$"),
)
_LAYERS = {"fct", "fact", "facts", "dim", "dims", "stg", "int", "raw", "tbl", "mart", "src", "source", "staging", "vw",
           "agg", "dw", "public", "main", "table", "view", "daily", "hourly", "weekly", "monthly"}  # fmt: skip
_STRICT_KEY = re.compile(r"(^|_)(id|key|uuid|guid|identifier|sk|pk|fk)$")
_NATURAL = re.compile(r"_(?:sku|no|nbr|nr|code|cd|number|ref)$|^(?:sku|iata|isbn|ean|vin)$")
"""First columns that other tables refer to, though they are no `id`."""
_NUMBERED = re.compile(r"_(number|no|nbr|nr|ref)$")
_LABEL = stems(("name", "title", "label", "nickname", "description"))
_OF_ITSELF = set(stems(("full", "display", "short", "long", "common")))


class Column(Record):
    """One column."""

    name: str
    type: str = ""
    description: str = ""
    values: tuple[str | int | float | bool, ...] = ()
    """Some of its values, or all; a request may only name these where there are any."""

    @cached_property
    def kind(self) -> Kind:
        """By its type; without one, by its name and its values."""
        said = re.sub(r"\(.*", "", self.type.strip().lower())
        for kind, pattern in _KINDS:
            if said and re.search(pattern, said):
                return kind
        return "unknown" if said else self._guessed()

    def _guessed(self) -> Kind:
        if self.values:
            if all(isinstance(v, bool) for v in self.values):
                return "boolean"
            if all(isinstance(v, int | float) for v in self.values):
                return "number"
            dated = all(re.fullmatch(r"\d{4}-\d\d-\d\d([T ].*)?", str(v)) for v in self.values)
            return "date" if dated else "text"
        if re.search(r"(^|_)(at|on|date|timestamp|dt)$", self.name.lower()):
            return "date"
        if re.match(r"(is|has|was)_", self.name.lower()):
            return "boolean"
        return "unknown"

    @property
    def is_key(self) -> bool:
        """Whether it numbers things, so that it is counted and never added up."""
        plain = "_".join(_plain(self.name))
        return bool(_STRICT_KEY.search(plain) or (self.kind == "number" and _NUMBERED.search(plain)))

    @property
    def is_measure(self) -> bool:
        """Whether it can be added up or averaged."""
        return self.kind == "number" and not self.is_key

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """Stems of its name's words; the name itself where it has no words of Latin letters."""
        return stems(named_words(self.name)) or (self.name.lower(),)


class Table(Record):
    """One table."""

    name: str
    description: str = ""
    columns: tuple[Column, ...]

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """Stems of its name's words, without marks of a layer (`fct_`, `dim_`, `stg_`)."""
        plain = [w for w in _plain(self.name.rpartition(".")[2]) if w not in _LAYERS]
        return stems(named_words("_".join(plain or _plain(self.name)))) or (self.name.lower(),)

    def column(self, name: str | None) -> Column | None:
        """The column of that name, if any is named."""
        return next((c for c in self.columns if c.name == name), None)

    @cached_property
    def dates(self) -> tuple[Column, ...]:
        """Columns that a time range or a grain can be of."""
        return tuple(c for c in self.columns if c.kind == "date")

    @cached_property
    def label(self) -> Column | None:
        """What a person calls a row: its name or title."""
        texts = [c for c in self.columns if c.kind in ("text", "unknown")]
        for last in _LABEL:
            named = [c for c in texts if c.stems and c.stems[-1] == last]
            own = [c for c in named if len(c.stems) == 1 or set(c.stems[:-1]) <= {*self.stems, *_OF_ITSELF}]
            if own:
                return own[0]
        return next((c for c in texts if set(c.stems) == set(self.stems)), None)


class Schema(Record):
    """Everything a request may be answered from."""

    tables: tuple[Table, ...]

    def table(self, name: str) -> Table | None:
        """The table of that name."""
        return next((t for t in self.tables if t.name == name), None)

    @cached_property
    def keys(self) -> dict[str, Column]:
        """Table -> the column that numbers its rows: `id`, its own name, or a first key that no other begins with."""
        found: dict[str, Column] = {}
        first = [t.columns[0].name.lower() for t in self.tables]
        for table in self.tables:
            keys = [c for c in table.columns if c.is_key]
            own = [c for c in keys if c.name.lower() in ("id", "key") or _names(c.stems[:-1], table.stems)]
            begins = table.columns[0]
            if own:
                found[table.name] = own[0]
            elif begins.is_key and first.count(begins.name.lower()) == 1:
                found[table.name] = begins
        return found

    def key(self, table: Table) -> Column | None:
        """The column that numbers a table's rows."""
        return self.keys.get(table.name)

    def column(self, table: str, column: str | None) -> Column | None:
        """The column, where both exist; none where only a table is named."""
        found = self.table(table)
        return found.column(column) if found else None

    def kind(self, table: str, column: str | None) -> Kind | None:
        """What the column holds, where both exist."""
        found = self.column(table, column)
        return found.kind if found else None


def referred(schema: Schema, table: Table) -> list[Table]:
    """Tables that a column of this one is the key of, by name."""
    found = []
    for other in schema.tables:
        key = schema.key(other)
        names = {
            "_".join((*other.stems, "identifier")),
            *([key.name.lower()] if key and key.name.lower() != "id" else []),
        }
        own = {c.name.lower() for c in table.columns} | {"_".join(c.stems) for c in table.columns if c.is_key}
        first = other.columns[0]
        natural = _numbers_rows(first) and table.columns[0].name.lower() != first.name.lower()
        if natural and key is None:
            names.add(first.name.lower())
        if other.name != table.name and names & own:
            found.append(other)
    return found


def reached(schema: Schema, table: Table) -> set[str]:
    """Tables of which each row of this one has one row at most, itself among them: by references, however many."""
    found, open_ = {table.name}, [table]
    while open_:
        one = open_.pop()
        own = {c.name.lower() for c in one.columns}
        firsts = [t for t in schema.tables if _numbers_rows(t.columns[0]) and t.columns[0].name.lower() in own]
        for other in (*referred(schema, one), *firsts):
            if other.name not in found:
                found.add(other.name)
                open_.append(other)
    return found


def _numbers_rows(first: Column) -> bool:
    return first.is_key or bool(_NATURAL.search("_".join(_plain(first.name))))


def _names(base: tuple[str, ...], table: tuple[str, ...]) -> bool:
    """Whether a key's words are the table's: `customer` of customers, `sub` of subscribers."""
    return set(base) == set(table) or (
        len(base) == len(table) == 1 and len(base[0]) >= 3 and table[0].startswith(base[0])
    )


def _plain(name: str) -> list[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3 \2\4", name)
    return [p.lower() for p in re.split(r"[^0-9a-zA-Z]+", spaced) if p]
