"""Which column identifies a row: unique and never null while the state was good."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb

from agents.contracts import ColumnProfile, TableProfile
from agents.observe.profile import Column, family

KEYS = frozenset({"id", "_id", "key", "pk", "uuid", "guid", "sk"})
ENDING = re.compile(r"(^|_)(id|key|uuid|guid|code|number|no|nr|num|sku|ref|sk|pk)$")
NEARLY_UNIQUE = 0.6
"""Estimated share of different values from which exact counting is worth it; the estimate may err by a fifth."""
LOOKED_AT, FIRST_ROWS = 100_000, 5_000
"""Rows in which a key is looked for to be unique: enough to find any repetition that would matter."""
PARTS = 6
"""Columns tried in pairs where none is unique alone."""


TOGETHER = 8
"""Columns that may tell rows apart together."""
NEARLY_ALL = 0.85
"""Estimated share of the rows that are told apart, from which exact counting is worth it."""


@dataclass(frozen=True)
class Key:
    """One column, or a few together."""

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
    return _together(db, good, before.rows, [columns[c.name.lower()] for c in possible if (c.distinct or 2) > 1])


def _together(db: duckdb.DuckDBPyConnection, good: str, rows: int, useful: list[Column]) -> Key | None:
    """A few columns that tell rows apart: each time the one that tells most of them apart; moments are tried last,
    because what shifts them leaves other moments of the table in their place.
    """
    for tried in ([c for c in useful if c.family != "moment"], useful):
        chosen: list[Column] = []
        while tried and len(chosen) < TOGETHER:
            left = [c for c in tried if c not in chosen]
            if not left:
                break
            asked = ", ".join(f"approx_count_distinct(hash({', '.join(p.sql for p in (*chosen, c))}))" for c in left)
            counts = db.execute(f"select {asked} from {good}").fetchone() or ()
            best = max(range(len(left)), key=lambda i: counts[i])
            chosen.append(left[best])
            if counts[best] >= NEARLY_ALL * rows and _unique(db, good, rows, tuple(chosen)):
                for part in chosen[:-1]:  # what came later may have made it needless
                    fewer = [c for c in chosen if c is not part]
                    chosen = fewer if _unique(db, good, rows, tuple(fewer)) else chosen
                return Key(tuple(c.name for c in chosen), False)
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
    """Exact for what is looked at: the first rows, and then all, or in big tables those of some keys, by hash."""
    names = ", ".join(c.sql for c in parts)
    same = f"select count(*) = count(distinct {names if len(parts) == 1 else f'hash({names})'}) from "
    among = f" where hash({names}) % {rows // LOOKED_AT} = 0" if rows >= 2 * LOOKED_AT else ""
    for some in (f"(select {names} from {good} limit {FIRST_ROWS})", f"{good}{among}"):
        found = db.execute(same + some).fetchone()
        if not found or not found[0]:
            return False
    return True


def sql_of(columns: Sequence[Column]) -> str:
    """The key of a row as one text; numbers without a trailing `.0`, so that a wider type changes nothing."""
    return " || '|' || ".join(_as_text(c) for c in columns)


def _as_text(column: Column) -> str:
    if column.kind.startswith(("FLOAT", "DOUBLE", "DECIMAL")):
        return f"regexp_replace({column.sql}::varchar, '\\.0+$', '')"
    return f"{column.sql}::timestamp::varchar" if column.family == "moment" else f"{column.sql}::varchar"


def hash_of(columns: Sequence[Column], others: Sequence[Column]) -> str:
    """A hash of the key that does not see case, blanks and the width of numbers; cheap, as all rows are asked."""
    parts = []
    for column, other in zip(columns, others, strict=True):
        alike = column.family if column.family == other.family else ""
        text = f"lower(trim({_as_text(column)}))"
        parts.append({"number": f"{column.sql}::double", "moment": f"{column.sql}::timestamp"}.get(alike, text))
    return f"hash({', '.join(parts)})"


def plain(sql: str) -> str:
    """A text without case, blanks, signs and leading zeros: what stays when only its writing changed."""
    bare = f"ltrim(regexp_replace(lower({sql}), '[^\\p{{L}}0-9]', '', 'g'), '0')"
    return f"case when {bare} = '' then {sql} else {bare} end"
