"""Agreement by rows: where keys overlap with the last good state, does the new column say what the old one said?"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from agents.warehouse import columns, quoted, same_key

MINIMUM_ROWS = 10
"""Overlapping keys from which agreement is corrected for chance; with fewer, all must agree and chance must not do it.
"""
BY_CHANCE = 0.01
"""Up to this probability a few values are in the right order by more than luck."""
SAME = 0.98
"""Chance-corrected agreement from which two columns count as one. Far above what is called almost perfect
between raters (0.8, Landis and Koch 1977): columns that only resemble each other, such as the postal codes
of shipping and billing, reach 0.95."""
RARE = 0.99, 0.95
"""Share of rows and kappa from which a reading of one and the same column holds as well. Whether it is the same column
is no question there, and of a value in every twelfth row kappa drops below SAME when four rows in a thousand were
corrected since."""
MARGIN = 0.2
"""By which the best candidate must lead every other."""

SAME_NUMBER = 1e-9
"""Relative difference up to which two numbers are one: what dividing and multiplying doubles leaves."""


@dataclass(frozen=True)
class RowAgreement:
    """How often old and new value are the same for the same key."""

    rows: int
    share: float
    kappa: float | None
    """Cohen's kappa: agreement beyond what the two columns' values give by chance; None for constant columns."""

    @property
    def score(self) -> float:
        """Comparable between candidates, 1 at best."""
        return self.share if self.kappa is None else self.kappa

    @property
    def passed(self) -> bool:
        """Constant columns must agree in every row, others in all but a few beyond chance."""
        return self.share == 1.0 if self.kappa is None or self.rows < MINIMUM_ROWS else self.kappa >= SAME

    @property
    def holds(self) -> bool:
        """As `passed`, for another reading of the same column."""
        share, kappa = RARE
        return self.passed or (
            self.rows >= MINIMUM_ROWS and self.kappa is not None and self.share >= share and self.kappa >= kappa
        )

    @property
    def words(self) -> str:
        """The figures, for a certificate."""
        corrected = "constant" if self.kappa is None else f"kappa {self.kappa:.3f}"
        return f"{self.share:.2%} of {self.rows:,} rows with the same key agree ({corrected})"


def key_of(
    db: duckdb.DuckDBPyConnection, table: str, names: tuple[str, ...], known: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Columns that are unique and never null in `table`: one if any is, else those `known` to be; or none."""
    if not names:
        return ()
    asked = ", ".join(f"count({quoted(c)}), approx_count_distinct({quoted(c)})" for c in names)
    row = db.execute(f"select count(*), {asked} from {table}").fetchone()
    assert row is not None
    rows = row[0]
    for position, column in enumerate(names):
        nonnull, distinct = row[1 + 2 * position : 3 + 2 * position]
        if nonnull == rows and distinct >= 0.9 * rows > 0:
            exact = db.execute(f"select count(distinct {quoted(column)}) from {table}").fetchone()
            if exact and exact[0] == rows:
                return (column,)
    return known if set(known) <= set(names) else ()


ROW = "adp_row"
OVERLAP = 0.5
"""Share of the known rows that must be found again by everything that stayed."""
STAMPS = 0.01
"""Share of different values among the rows up to which a moment is one of loading and not of a row."""


def stamped_anew(db: duckdb.DuckDBPyConnection, good: str, now: str) -> tuple[str, ...]:
    """Columns that say when a table was loaded: a few moments for all rows, all of them after the last good ones."""
    have = {n.lower(): kind for n, kind in columns(db, now).items()}
    found = []
    for name, kind in columns(db, good).items():
        if kind.startswith(("DATE", "TIMESTAMP")) and have.get(name.lower()) == kind:
            column = quoted(name)
            row = db.execute(
                f"select (select max({column}) from {good}) < min({column}), "
                f"count(distinct {column}) <= greatest(1, {STAMPS} * count(*)) from {now}"
            ).fetchone()
            found += [name] if row and all(row) else []
    return tuple(found)


def told_apart(
    db: duckdb.DuckDBPyConnection, good: str, now: str, stayed: Iterable[str], column: str
) -> tuple[str, str] | None:
    """Both sides with the column ROW, by which rows are the same in all that stayed but `column`.

    For tables without a key that is known. Rows that are not told apart so are left out; None where fewer than
    OVERLAP of the known rows are found again.
    """
    stamps = stamped_anew(db, good, now)
    told = [c for c in stayed if c.lower() != column.lower() and c not in stamps]
    if not told:
        return None
    listed = ", ".join(quoted(c) for c in told)
    for name, side in (("rows_good", good), ("rows_now", now)):
        db.execute(
            f"create or replace temp table {name} as select *, hash({listed}) as {ROW} from {side} "
            f"qualify count(*) over (partition by {ROW}) = 1"
        )
    row = db.execute(
        f"select (select count(*) from rows_good where {ROW} in (select {ROW} from rows_now)), count(*) from {good}"
    ).fetchone()
    return ("rows_good", "rows_now") if row and row[0] >= max(OVERLAP * row[1], 1) else None


def rows_agree(
    db: duckdb.DuckDBPyConnection, good: str, now: str, key: tuple[str, ...], old: str, new: str
) -> RowAgreement | None:
    """Compare column `old` of `good` with `new` of `now` by key; None where the overlapping keys are too few."""
    a, b = quoted(old), quoted(new)
    db.execute(
        f"create or replace temp table pairs as select g.{a}::varchar as a, n.{b}::varchar as b, "
        f"{_same(db, good, now, old, new)} as same from {good} g join {now} n on {same_key(key, 'g', 'n')}"
    )
    row = db.execute("select count(*), count(*) filter (where same) from pairs").fetchone()
    assert row is not None
    rows, same = row
    if rows < MINIMUM_ROWS and _by_chance(db) > BY_CHANCE:
        return None
    chance_row = db.execute(
        f"with x as (select a, count(*) / {rows} as p from pairs group by a), "
        f"y as (select b, count(*) / {rows} as q from pairs group by b) "
        "select coalesce(sum(p * q), 0) from x join y on a is not distinct from b"
    ).fetchone()
    assert chance_row is not None
    share, chance = same / rows, float(chance_row[0])
    constant = db.execute("select count(distinct a) <= 1 from pairs").fetchone()
    kappa = None if (constant and constant[0]) or chance >= 1 else (share - chance) / (1 - chance)
    return RowAgreement(rows, share, kappa)


def where_they_differ(
    db: duckdb.DuckDBPyConnection, good: str, now: str, key: tuple[str, ...], old: str, one: str, other: str
) -> tuple[int, float, float]:
    """Rows in which columns `one` and `other` of `now` say something else, and in which share each says `old`."""
    row = db.execute(
        f"select count(*), coalesce(avg({_same(db, good, now, old, one)}::int), 0), "
        f"coalesce(avg({_same(db, good, now, old, other)}::int), 0) from {good} g join {now} n "
        f"on {same_key(key, 'g', 'n')} where n.{quoted(one)}::varchar is distinct from n.{quoted(other)}::varchar"
    ).fetchone()
    assert row is not None
    return int(row[0]), float(row[1]), float(row[2])


def _by_chance(db: duckdb.DuckDBPyConnection) -> float:
    """How likely the old values, dealt out anew, all fall on the keys they had: one in their permutations.

    The table `pairs` tells; it does not depend on the candidate.
    """
    counts = [int(n) for (n,) in db.execute("select count(*) from pairs group by a").fetchall()]
    return math.prod(math.factorial(n) for n in counts) / math.factorial(sum(counts))


def _same(db: duckdb.DuckDBPyConnection, good: str, now: str, old: str, new: str) -> str:
    """SQL that compares two values; numbers by value, so that 5 and 5.0 are the same."""
    kinds = [
        str(db.execute(f"select typeof({quoted(c)}) from {t} limit 1").fetchone()) for t, c in ((good, old), (now, new))
    ]
    numeric = all(any(n in k for n in ("INT", "DOUBLE", "FLOAT", "DECIMAL")) for k in kinds)
    a, b = f"g.{quoted(old)}", f"n.{quoted(new)}"
    if numeric:
        near = f"abs({a}::double - {b}::double) <= {SAME_NUMBER} * greatest(abs({a}::double), abs({b}::double))"
        return f"coalesce({near}, {a} is null and {b} is null)"
    return f"({a}::varchar is not distinct from {b}::varchar)"
