"""Columns that refer to another source: every value was a key there in the last good state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from agents.contracts import ColumnChange, TableProfile
from agents.masking import personal_name
from agents.observe.keys import KEYS, NEARLY_UNIQUE, like_a_key, own_key, snake
from agents.observe.profile import Column, by_name, family, thinned
from agents.warehouse import quoted

ORPHANS = 0.005
"""Share of references to nothing from which they are no accident, where there were none."""
AT_LEAST = 3
LOOKED_AT = 50_000
"""Rows of a big table whose references are followed."""
DIFFERENT = 4
"""Values that a text column needs, more than which, to be taken for a reference without a fitting name."""


@dataclass(frozen=True)
class Parent:
    """A source that others may refer to, and the column they would use."""

    unique_id: str
    label: str
    column: str
    kind: str
    good: str
    """Its rows then and now, as (quoted) relations; the column in both is `column`."""
    now: str
    moved: bool


def keys_of(profile: TableProfile) -> tuple[str, ...]:
    """Columns that look like a table's own key, by profile and name."""
    table = profile.relation.rpartition(".")[2]
    least = NEARLY_UNIQUE * profile.rows
    full = [c for c in profile.columns if c.nonnull == profile.rows > 0 and (c.distinct or 0) >= least]
    return tuple(
        c.name
        for c in full
        if own_key(c.name, table) or (c.name == profile.columns[0].name and family(c.type) in ("text", "number"))
    )[:2]


def parents_of(sources: Iterable[tuple[TableProfile, TableProfile, str, str, bool]]) -> tuple[Parent, ...]:
    """Who may be referred to: profiles then and now, relations then and now, and whether it moved."""
    found = []
    for before, after, good, now, moved in sources:
        for name in keys_of(before):
            was = before.column(name)
            if good and was:
                there = now if after.column(name) else ""
                found.append(Parent(before.unique_id, before.relation, name, was.type, good, there, moved))
    return tuple(found)


def named_for(column: str, parent: Parent) -> bool:
    """Whether a column's name says that it refers to a table's key.

    >>> parent = Parent("s", "raw.customers", "id", "INTEGER", "", "", False)
    >>> named_for("customer_id", parent), named_for("order_id", parent)
    (True, False)
    """
    name, key = snake(column), snake(parent.column)
    if key not in KEYS:
        return name == key or name.endswith(f"_{key}")
    return like_a_key(column) and own_key(column, parent.label.rpartition(".")[2])


def references(
    db: duckdb.DuckDBPyConnection, good: str, before: TableProfile, read: Iterable[Column], parents: Sequence[Parent]
) -> dict[str, Parent]:
    """Column -> the source it refers to."""
    found: dict[str, Parent] = {}
    if not parents:
        return found
    had, some = by_name(before), thinned(db, good, before.rows, LOOKED_AT)
    for column in read:
        profile = had.get(column.name.lower())
        if profile is None or not profile.nonnull or column.family not in ("text", "number"):
            continue
        for parent in parents:
            named = named_for(column.name, parent)
            alike = column.family == "text" and (profile.distinct or 0) > DIFFERENT
            if parent.unique_id == before.unique_id or family(parent.kind) != column.family or not (named or alike):
                continue
            if column.name not in found and not _strange(db, some, column.sql, (parent.good,), parent.column)[1]:
                found[column.name] = parent
    return found


@dataclass(frozen=True)
class Reference:
    """A column that refers to a parent, and where its values are looked at."""

    name: str
    parent: Parent
    relation: str
    sql: str
    rows: int


def orphans(db: duckdb.DuckDBPyConnection, judged: Iterable[Reference]) -> tuple[ColumnChange, ...]:
    """References to nothing, where there were none."""
    found = []
    for it in judged:
        known = (it.parent.good, it.parent.now)
        some = thinned(db, it.relation, it.rows, LOOKED_AT)
        rows, strange, example = _strange(db, some, it.sql, known, it.parent.column)
        if strange >= AT_LEAST and strange > ORPHANS * rows:
            shown = "" if personal_name(it.name) else f", {example!r} for one"
            words = f"{strange:,} of {rows:,} rows refer to nothing in {it.parent.label}{shown}; none did"
            found.append(ColumnChange(name=it.name, change="orphaned", words=words))
    return tuple(found)


def _strange(
    db: duckdb.DuckDBPyConnection, relation: str, column: str, parents: Sequence[str], key: str
) -> tuple[int, int, object]:
    """Rows that refer, those of them to nothing, and one such value."""
    name = quoted(key)
    known = " union all ".join(f"select {name} as v from {p} where {name} is not null" for p in parents if p)
    row = db.execute(
        f"with v as (select {column} as v, count(*) as n from {relation} where {column} is not null group by 1), "
        f"k as ({known}) select coalesce(sum(n), 0)::bigint, coalesce(sum(n) filter (where not k), 0)::bigint, "
        "min(v) filter (where not k) from (select v, n, v in (select v from k) as k from v)"
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]
