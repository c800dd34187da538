"""Which column identifies a row: unique and never null while the state was good."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import duckdb

from agents.contracts import ColumnProfile, TableProfile
from agents.observe.profile import Column, family

KEYS = frozenset({"id", "_id", "key", "pk", "uuid", "guid", "sk"})
ENDING = re.compile(r"(^|_)(id|key|uuid|guid|code|number|no|nr|num|sku|ref|sk|pk)$")
NEARLY_UNIQUE = 0.8
"""Estimated share of different values from which exact counting is worth it; the estimate errs by a few percent."""
PARTS = 8
"""Columns tried in pairs where none is unique alone."""


@dataclass(frozen=True)
class Key:
    """One column, or two together."""

    columns: tuple[str, ...]
    strong: bool
    """Declared or named as this table's own key, so that a repeated or lost value is a fault, not an accident."""


def like_a_key(name: str) -> bool:
    """Whether a name says that the column identifies something.

    >>> like_a_key("customerId"), like_a_key("order_key"), like_a_key("paid")
    (True, True, False)
    """
    return bool(ENDING.search(snake(name)))


def own_key(name: str, table: str) -> bool:
    """Whether a column is named as the key of `table`.

    >>> own_key("order_id", "raw_orders"), own_key("customer_id", "raw_orders"), own_key("id", "x")
    (True, False, True)
    >>> own_key("item_id", "orderItems"), own_key("orderItemId", "order_items")
    (True, True)
    """
    spaced = snake(name)
    if spaced in KEYS:
        return True
    stem = _singular(ENDING.sub("", spaced))
    whole = "_".join(_singular(w) for w in snake(table).split("_"))
    return stem not in ("", spaced) and f"_{whole}".endswith(f"_{stem}")


def snake(name: str) -> str:
    """A name in snake case.

    >>> snake("customerId")
    'customer_id'
    """
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    return re.sub(r"[^a-z0-9]+", "_", spaced)


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def key_of(
    db: duckdb.DuckDBPyConnection, good: str, before: TableProfile, read: Iterable[Column], declared: Iterable[str]
) -> Key | None:
    """The key of the good state among `read`, declared ones and good names first; None where none tells rows apart."""
    columns = {c.name.lower(): c for c in read}
    named = {d.lower() for d in declared}
    table = before.relation.rpartition(".")[2]
    possible = [c for c in before.columns if c.name.lower() in columns and _may(c, before.rows)]
    single = [c for c in possible if c.distinct is None or c.distinct >= NEARLY_UNIQUE * before.rows]
    for found in sorted(single, key=lambda c: _order(c, before, named, table)):
        if _unique(db, good, before.rows, (columns[found.name.lower()],)):
            first = found.name == before.columns[0].name and like_a_key(found.name)
            return Key((found.name,), found.name.lower() in named or own_key(found.name, table) or first)
    for pair in _pairs(possible, before, table):
        if _unique(db, good, before.rows, tuple(columns[c.name.lower()] for c in pair)):
            return Key(tuple(c.name for c in pair), False)
    return None


def _may(column: ColumnProfile, rows: int) -> bool:
    kind = column.type
    return 0 < rows == column.nonnull and not kind.startswith(("FLOAT", "DOUBLE", "BOOLEAN")) and not kind.endswith("]")


def _order(column: ColumnProfile, before: TableProfile, declared: set[str], table: str) -> tuple[bool, ...]:
    position = column.name == before.columns[0].name
    return (
        column.name.lower() not in declared,
        column.name.lower() not in KEYS,
        not own_key(column.name, table),
        not like_a_key(column.name),
        family(column.type) == "moment",
        not position,
    )


def _pairs(
    possible: list[ColumnProfile], before: TableProfile, table: str
) -> Iterator[tuple[ColumnProfile, ColumnProfile]]:
    """Pairs whose values could tell all rows apart, names of keys first."""
    useful = [c for c in possible if (c.distinct or 0) > 1 and (like_a_key(c.name) or family(c.type) != "moment")]
    useful.sort(key=lambda c: (not like_a_key(c.name), -(c.distinct or 0)))
    for one, other in combinations(useful[:PARTS], 2):
        if like_a_key(one.name) and (one.distinct or 0) * (other.distinct or 0) >= before.rows:
            yield one, other


def _unique(db: duckdb.DuckDBPyConnection, good: str, rows: int, parts: tuple[Column, ...]) -> bool:
    """Exact for what is looked at: all rows, or in big tables the rows of some keys, chosen by hash."""
    asked = ", ".join(f"{c.sql}::varchar as k{i}" for i, c in enumerate(parts))
    names = ", ".join(f"k{i}" for i in range(len(parts)))
    among = f" where hash({names}) % {rows // 200_000} = 0" if rows > 1_000_000 else ""
    found = db.execute(
        f"select count(*) = count(distinct {'k0' if len(parts) == 1 else f'hash({names})'}) "
        f"from (select {asked} from {good}){among}"
    ).fetchone()
    return bool(found and found[0])


def sql_of(key: Key, read: Iterable[Column]) -> str:
    """The key of a row as one text; numbers without a trailing `.0`, so that a wider type changes nothing."""
    columns = {c.name.lower(): c for c in read}
    parts = [f"regexp_replace({columns[n.lower()].sql}::varchar, '\\.0+$', '')" for n in key.columns]
    return parts[0] if len(parts) == 1 else " || '|' || ".join(parts)


def plain(sql: str) -> str:
    """A text without case, blanks, signs and leading zeros: what stays when only its writing changed."""
    bare = f"ltrim(regexp_replace(lower({sql}), '[^\\p{{L}}0-9]', '', 'g'), '0')"
    return f"case when {bare} = '' then {sql} else {bare} end"
