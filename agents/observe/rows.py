"""Rows of the last good state against rows of the source now, by key, over a sample of the keys."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import duckdb

from agents.contracts import ColumnChange, ColumnProfile, TableProfile
from agents.masking import personal_name
from agents.observe.arrivals import arrivals
from agents.observe.hints import Hints
from agents.observe.keys import Key, hash_of, key_of, like_a_key, plain, sql_of
from agents.observe.losses import lost_keys, lost_rows
from agents.observe.natures import natures
from agents.observe.pair import MAJORITY, Pair, text
from agents.observe.profile import BATCH, Column, by_name
from agents.observe.references import Parent, Reference, orphans, references
from agents.warehouse import quoted

SAMPLE_KEYS = 20_000
COUNTED_ROWS = 2_000_000
"""Up to so many rows every key is looked at for repetition, above it those of the sample."""
FEW = 2
"""Columns of a key up to which it is believed as it is."""
OFTEN, OFTEN_SHARE = 5, 0.01
"""Keys that nobody declared must repeat so often, in rows that are the same, to be a delivery that came twice."""
SAMPLE_CELLS = 4_000_000
"""Keys times columns that are compared at most."""


@dataclass(frozen=True)
class Side:
    """One state of a source: where it is read and how its columns are."""

    relation: str
    read: tuple[Column, ...]

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by lower-case name."""
        return {c.name.lower(): c for c in self.read}

    def column(self, name: str) -> Column | None:
        """The column of that name, whatever its case."""
        return self.by_name.get(name.lower())

    def columns(self, names: Iterable[str]) -> list[Column]:
        """The columns of these names, in this order."""
        return [self.by_name[n.lower()] for n in names]


@dataclass(frozen=True)
class Found:
    """What the rows say."""

    key: tuple[str, ...] = ()
    """Columns that tell the rows apart, empty where none do."""
    strong: bool = False
    """The key is declared, or named as this table's own."""
    changes: tuple[ColumnChange, ...] = ()
    identical: bool | None = None
    lost: str = ""
    """Which rows are gone that should be there, in words; empty where none."""


def compare_rows(
    db: duckdb.DuckDBPyConnection, good: Side, now: Side, before: TableProfile, after: TableProfile, hints: Hints
) -> Found:
    """What the rows say that the profiles do not; nothing where no column tells rows apart."""
    shared = [c for c in good.read if now.column(c.name)]
    alike = [c for c in shared if (n := now.column(c.name)) and n.family == c.family]
    # What comes in another type refers to nothing until it is read as it was.
    refers = references(db, good.relation, before, alike, hints.parents)
    key = key_of(db, good.relation, before, shared, hints.unique)
    sampled = _sample(db, good, now, key, shared, before) if key else None
    if key and len(key.columns) > FEW and not _overlap(db):
        key = None  # one of its columns says something else now, and nobody knows which
    if key is None or sampled is None:
        lost = lost_rows(db, good.relation, now.relation, before, after)
        fresh = arrivals(db, (good.relation, now.relation), shared, before, after, ())
        refers = {name: parent for name, parent in refers.items() if name not in {c.name for c in fresh}}
        return Found(changes=(*fresh, *orphans(db, _judged(refers, now, before, after, []))), lost=lost)
    had = by_name(before)
    pairs, on, part = sampled
    pairs = _counted(db, [_known(p, had, hints, refers, key) for p in pairs])
    changes = _unknown_codes(db, natures(db, pairs), pairs, _judged(refers, now, before, after, pairs))
    repeated, identical, times = _repeated(db, now, key, after.rows, len(shared))
    if not key.strong and not (identical and times >= max(OFTEN, OFTEN_SHARE * after.rows)):
        repeated, identical = None, None
    changes += [repeated] if repeated else []
    told = {c.name for c in changes}
    changes += arrivals(db, (good.relation, now.relation), shared, before, after, {*told, *key.columns})
    told |= {c.name for c in changes}
    refers = {name: parent for name, parent in refers.items() if name not in told}
    changes += orphans(db, _judged(refers, now, before, after, pairs))
    keyless = after.rows - min(c.nonnull for n in key.columns if (c := after.column(n)))
    kinds = [p for p in pairs if p.few and p.name not in told]
    lost = lost_keys(db, on, tuple(shared), keyless // part, kinds)
    return Found(key.columns, key.strong, tuple(changes), identical, lost)


def _unknown_codes(
    db: duckdb.DuckDBPyConnection, changes: Iterable[ColumnChange], pairs: Iterable[Pair], refers: Iterable[Reference]
) -> list[ColumnChange]:
    """The changes, with references to nothing where a minority of codes became others that their table does not have.

    They may be recoded here or new there: whose codes are right, the rows do not say.
    """
    few = {p.name for p in pairs if p.changed < MAJORITY * p.rows}
    found = list(changes)
    partly = {c.name for c in found if c.change == "recoded"} & few
    strange = {c.name: c for c in orphans(db, [r for r in refers if r.name in partly])}
    return [strange.get(c.name, c) if c.change == "recoded" else c for c in found]


def _overlap(db: duckdb.DuckDBPyConnection) -> bool:
    """Whether most of the sampled rows that were known are found again by the key."""
    row = db.execute("select (select count(*) from adp_pairs) >= 0.5 * count(*) from adp_a").fetchone()
    return bool(row and row[0])


def _judged(
    refers: Mapping[str, Parent], now: Side, before: TableProfile, after: TableProfile, pairs: Sequence[Pair]
) -> Iterator[Reference]:
    """Where references are looked at: in a table that grew under an unmoved parent, only in rows known before.

    The parents of new rows may be on their way.
    """
    known = {p.name: p.b for p in pairs}
    for name, parent in refers.items():
        if parent.moved or after.rows <= before.rows:
            yield Reference(name, parent, now.relation, quoted(name), after.rows)
        elif name in known:
            yield Reference(name, parent, "adp_pairs", known[name], 0)


def _sample(
    db: duckdb.DuckDBPyConnection, good: Side, now: Side, key: Key, shared: Sequence[Column], before: TableProfile
) -> tuple[list[Pair], tuple[str, str], int]:
    """Fill `adp_a` and `adp_b` with the rows of some keys, and `adp_pairs` with those that both have.

    Returns the columns, what joins the two, and of how many keys one was taken.
    """
    keys = max(1000, min(SAMPLE_KEYS, SAMPLE_CELLS // max(len(shared), 1)))
    part = max(1, before.rows // keys)
    sides = (("adp_a", good, now), ("adp_b", now, good))
    for name, side, other in sides:
        parts = side.columns(key.columns)
        k = sql_of(parts)
        read = [side.column(c.name) or c for c in shared]
        asked = ", ".join(f"{c.sql} as {name[-1]}{i}" for i, c in enumerate(read))
        among = f" and {hash_of(parts, other.columns(key.columns))} % {part} = 0" if part > 1 else ""
        db.execute(
            f"create or replace temp table {name} as select {k} as k{name[-1]}, {plain(k)} as n{name[-1]}, {asked} "
            f"from {side.relation} where {' and '.join(f'{c.sql} is not null' for c in parts)}{among}"
        )
    differ = db.execute("select count(distinct na) = count(*) from adp_a").fetchone()
    on = ("na", "nb") if differ and differ[0] else ("ka", "kb")
    db.execute(f"create or replace temp table adp_pairs as select * from adp_a join adp_b on {on[0]} = {on[1]}")
    kinds = [now.column(c.name) or c for c in shared]
    pairs = [Pair(i, c.name, c.family, n.family) for i, (c, n) in enumerate(zip(shared, kinds, strict=True))]
    return pairs, on, part


def _known(pair: Pair, before: Mapping[str, ColumnProfile], hints: Hints, refers: Container[str], key: Key) -> Pair:
    was = before.get(pair.name.lower())
    return replace(
        pair,
        few=bool(was and was.values is not None),
        key=pair.name in refers or pair.name in key.columns or like_a_key(pair.name),
        own=key.strong and key.columns == (pair.name,),
        personal=pair.name.lower() in hints.personal or personal_name(pair.name),
    )


def _counted(db: duckdb.DuckDBPyConnection, pairs: Sequence[Pair]) -> list[Pair]:
    found: list[Pair] = []
    for first in range(0, len(pairs), BATCH):
        batch = pairs[first : first + BATCH]
        asked = ", ".join(f"count(*) filter (where {_differ(p)})" for p in batch)
        row = db.execute(f"select count(*), {asked} from adp_pairs").fetchone()
        assert row is not None
        found += [replace(p, rows=row[0], changed=n) for p, n in zip(batch, row[1:], strict=True)]
    return found


def _differ(pair: Pair) -> str:
    kinds = {"number": "double", "moment": "timestamp", "BOOLEAN": "boolean"}
    if pair.family == pair.family_now and pair.family in kinds:
        return f"{pair.a}::{kinds[pair.family]} is distinct from {pair.b}::{kinds[pair.family]}"
    return f"{text(pair.a, pair.family)} is distinct from {text(pair.b, pair.family_now)}"


def _repeated(
    db: duckdb.DuckDBPyConnection, now: Side, key: Key, rows: int, shared: int
) -> tuple[ColumnChange | None, bool | None, int]:
    """Keys that were unique and repeat now, whether their rows are the same in every column, and how many do."""
    parts = now.columns(key.columns)
    k, names = sql_of(parts), ", ".join(c.sql for c in parts)
    twice = f"(select {names} from {now.relation} where {parts[0].sql} is not null group by all having count(*) > 1)"
    row = ", ".join(c.sql for c in now.read[:BATCH])
    # Counted over all rows where that is cheap: the sample of the keys would miss the few that repeat.
    source = f"(select {k} as k, hash({row}) as h from {now.relation} where ({names}) in {twice})"
    if rows > COUNTED_ROWS:
        source = f"(select kb as k, hash({', '.join(f'b{i}' for i in range(min(BATCH, shared)))}) as h from adp_b)"
    found = db.execute(
        f"with d as (select k, count(*) as n, count(distinct h) as kinds from {source} group by k having n > 1) "
        "select count(*), coalesce(sum(n), 0), coalesce(max(kinds), 0), min(k) from d"
    ).fetchone()
    assert found is not None
    keys, rows, kinds, example = found
    if not keys:
        return None, None, 0
    words = f"{keys:,} keys repeat in {rows:,} rows, {example!r} for one"
    return ColumnChange(name=key.columns[0], change="duplicated", words=words), kinds == 1, keys
