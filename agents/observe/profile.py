"""One pass over a table says what is in each of its columns; what costs more is asked of a sample of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from agents.contracts import ColumnProfile, TableProfile
from agents.graph import Node
from agents.warehouse import columns, quoted

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "U")
ORDERED = (*NUMBERS, "DATE", "TIME", "TIMESTAMP")
NESTED = ("STRUCT", "MAP", "UNION", "[]", "]", "BLOB", "JSON", "BIT")
FEW = 30
"""A text or boolean column with at most so many values has all of them in its profile."""
SAMPLE_ROWS = 20_000
"""Lengths and different values are counted over about so many rows: exact counting costs five times the rest."""
VECTOR = 2048
"""Rows that DuckDB reads at once."""
BATCH = 400
"""Columns asked for in one statement."""


@dataclass(frozen=True)
class Column:
    """How one column is read."""

    name: str
    sql: str
    kind: str

    @property
    def family(self) -> str:
        """Types between which a reader need not care share a family."""
        return family(self.kind)


def family(kind: str) -> str:
    """`number`, `moment`, `text`, or the type itself.

    >>> family("DECIMAL(18,2)"), family("UUID"), family("TIMESTAMP WITH TIME ZONE")
    ('number', 'UUID', 'moment')
    """
    if kind.endswith("]"):
        return kind
    if kind.startswith(NUMBERS) and kind not in ("UUID", "UNION"):
        return "number"
    if kind.startswith(("TIMESTAMP", "DATE")):
        return "moment"
    return "text" if kind.startswith(("VARCHAR", "ENUM")) else kind


Reading = Callable[[str], str]
"""A (quoted) relation as delivered -> SQL of the relation as the models know it."""


def profile(
    db: duckdb.DuckDBPyConnection, node: Node, relation: str, known: Reading = lambda relation: relation
) -> TableProfile:
    """Profile a (quoted) relation as the models know it. Personal columns give counts and no values."""
    whole = known(relation)
    read = read_columns(db, whole)
    rows, counted = _counted(db, whole, read, node.personal)
    sampled = _sampled(db, _part(db, relation, rows, known), read, rows)
    listed = _listed(db, whole, [c for c in read if _listable(c, node.personal, sampled)])
    found = []
    for c in read:
        nonnull, least, most, mean = counted[c.name]
        distinct, length = sampled[c.name]
        values = listed.get(c.name)
        found.append(
            ColumnProfile(
                name=c.name,
                type=c.kind,
                nonnull=nonnull,
                minimum=least,
                maximum=most,
                mean=mean,
                mean_length=length,
                distinct=len(values) if values is not None else min(distinct, nonnull),
                values=values,
            )
        )
    return TableProfile(unique_id=node.unique_id, relation=node.label, rows=rows, columns=tuple(found))


def read_columns(db: duckdb.DuckDBPyConnection, relation: str) -> tuple[Column, ...]:
    """The columns of a relation."""
    return tuple(Column(name, quoted(name), kind) for name, kind in columns(db, relation).items())


def by_name(profile: TableProfile) -> dict[str, ColumnProfile]:
    """Columns by lower-case name: tables may have ten thousand."""
    return {c.name.lower(): c for c in profile.columns}


def thinned(db: duckdb.DuckDBPyConnection, relation: str, rows: int, wanted: int) -> str:
    """About `wanted` rows of a relation, spread evenly where it is a table; all of it otherwise."""
    part = rows // wanted
    return f"(select * from {relation} where rowid % {part} = 0)" if part > 1 and has_rowid(db, relation) else relation


def batches(read: Sequence[Column]) -> Iterator[Sequence[Column]]:
    """As many columns as one statement should name."""
    for first in range(0, len(read), BATCH):
        yield read[first : first + BATCH]


def _counted(
    db: duckdb.DuckDBPyConnection, relation: str, read: Sequence[Column], personal: Iterable[str]
) -> tuple[int, dict[str, tuple[int, str | None, str | None, float | None]]]:
    """Rows, and of each column: values, least, greatest, mean."""
    hidden, rows = set(personal), 0
    found: dict[str, tuple[int, str | None, str | None, float | None]] = {}
    for batch in batches(read):
        asked = ["count(*)"]
        for c in batch:
            readable = c.name.lower() not in hidden
            ordered = readable and c.kind.startswith(ORDERED) and c.family in ("number", "moment", "TIME")
            asked.append(f"count({c.sql})")
            asked += [f"min({c.sql})::varchar", f"max({c.sql})::varchar"] if ordered else ["null", "null"]
            number = {"number": c.sql, "BOOLEAN": f"{c.sql}::int"}.get(c.family)  # a share, so that a turn is seen
            asked.append(f"avg({number})::double" if readable and number else "null")
        row = _one(db, f"select {', '.join(asked)} from {relation}")
        rows = row[0]
        for position, c in enumerate(batch):
            nonnull, least, most, mean = row[1 + 4 * position : 5 + 4 * position]
            found[c.name] = (nonnull, least, most, _rounded(mean))
    return rows, found


def _part(db: duckdb.DuckDBPyConnection, relation: str, rows: int, known: Reading) -> str:
    """A part of a big table: whole vectors, and always the same ones, as an unchanged table must not seem to move."""
    if rows <= 2 * SAMPLE_ROWS or not has_rowid(db, relation):
        return known(relation)
    return known(f"(select * from {relation} where rowid % {rows * VECTOR // SAMPLE_ROWS} < {VECTOR})")


def _sampled(
    db: duckdb.DuckDBPyConnection, relation: str, read: Sequence[Column], rows: int
) -> dict[str, tuple[int, float | None]]:
    """Of each column: different values (estimated), and the mean length of texts."""
    found: dict[str, tuple[int, float | None]] = {}
    for batch in batches(read):
        asked = [f"approx_count_distinct({c.sql}), {_length(c)}" for c in batch]
        row = _one(db, f"select count(*), {', '.join(asked)} from {relation}")
        for position, c in enumerate(batch):
            distinct, length = row[1 + 2 * position : 3 + 2 * position]
            all_differ = rows > row[0] > 0 and distinct >= 0.5 * row[0]
            found[c.name] = (round(distinct / row[0] * rows) if all_differ else distinct, _rounded(length))
    return found


def has_rowid(db: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether the relation is a table, of which rows can be skipped."""
    try:
        db.execute(f"select rowid from {relation} limit 0")
    except duckdb.Error:
        return False
    return True


def _length(column: Column) -> str:
    return f"avg(length({column.sql}::varchar))" if column.family == "text" else "null"


def _listable(column: Column, personal: Iterable[str], sampled: Mapping[str, tuple[int, float | None]]) -> bool:
    readable = column.name.lower() not in set(personal)
    return readable and column.family in ("text", "BOOLEAN") and sampled[column.name][0] <= 2 * FEW


def _listed(db: duckdb.DuckDBPyConnection, relation: str, read: Sequence[Column]) -> dict[str, tuple[str, ...]]:
    """Every value of the columns that have few; over all rows, which is cheap where there are few."""
    found: dict[str, tuple[str, ...]] = {}
    for batch in batches(read):
        asked = ", ".join(f"list(distinct {c.sql}) filter ({c.sql} is not null)" for c in batch)
        row = _one(db, f"select {asked} from {relation}")
        for c, values in zip(batch, row, strict=True):
            if len(values or ()) <= FEW:
                found[c.name] = tuple(sorted(_text(v) for v in values or ()))
    return found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rounded(value: float | None) -> float | None:
    """Sums that several threads share out differ in their last digits from run to run."""
    return None if value is None else float(f"{value:.9g}")


def _one(db: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = db.execute(sql).fetchone()
    assert row is not None
    return row
