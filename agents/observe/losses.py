"""Rows of the last good state that are gone, and whether that is ordinary: a window that rolls, a queue."""

from collections.abc import Iterable

import duckdb

from agents.contracts import TableProfile
from agents.observe.pair import Pair
from agents.observe.profile import BATCH, Column
from agents.warehouse import literal, quoted

FEW_LOST = 0.05
"""Share of the rows that may go in ordinary work: cancelled, merged, forgotten on request."""
NEWEST_LOST = 0.005
"""The same where just the newest are gone, which ordinary work does not do."""
REPLACED = 0.2
"""New rows for each lost one, from which the table lives by replacing its rows."""
AT_LEAST = 5
TOGETHER = 0.95
"""Share of the missing rows that had one text, from which they are missing together."""
CHANGING = 0.005
"""Share of rows in which a text changes from delivery to delivery, from which it says how far a row is."""


def lost_keys(
    db: duckdb.DuckDBPyConnection,
    on: tuple[str, str],
    columns: tuple[Column, ...],
    keyless: int,
    kinds: Iterable[Pair] = (),
) -> str:
    """Which keys of `adp_a` are missing in `adp_b`, in words; empty where their going is ordinary.

    `on` names the key in both; `keyless` rows of `adp_b` lost their key and are somewhere. `kinds` are columns of few
    texts, by which rows may be missing together.
    """
    a, b = on
    db.execute(f"create or replace temp view adp_kept as select *, {a} in (select {b} from adp_b) as kept from adp_a")
    row = db.execute(
        "select count(*), count(*) filter (where not kept), "
        f"(select count(*) from adp_b where {b} not in (select {a} from adp_a)) from adp_kept"
    ).fetchone()
    assert row is not None
    rows, missing, fresh = row
    missing -= keyless
    if missing < AT_LEAST or missing < NEWEST_LOST * rows:
        return ""
    oldest, newest = _ends(db, columns)
    replaced = fresh > REPLACED * missing
    share = f"{missing / rows:.1%} of the keys of the last good state are missing"
    if oldest and fresh:
        return ""  # a window that rolls
    if together := _together(db, on, kinds, missing):
        return f"{share}, {together}"
    if newest and not replaced:
        return f"{share}, the newest by {newest}"
    return "" if replaced or missing <= FEW_LOST * rows else share


def _together(db: duckdb.DuckDBPyConnection, on: tuple[str, str], kinds: Iterable[Pair], missing: int) -> str:
    """The text that just the missing rows had and none of the others, new ones included, in words.

    Not where rows change it as they live, as a state of work, nor where new rows bring new texts: another takes over,
    or drops come and go. A drop that is gone while an earlier one is left is told: no window rolls so.
    """
    for kind in kinds:
        if kind.family != "text" or kind.changed > CHANGING * kind.rows:
            continue
        row = db.execute(
            f"with had as (select {kind.a} as v, count(*) filter (where not kept) as gone, "
            "count(*) filter (where kept) as stayed from adp_kept group by 1 order by gone desc limit 1) "
            f"select v, gone, stayed, (select count(*) from adp_b where {kind.b} = had.v), (select count(*) from adp_b "
            f"where {kind.b} not in (select {kind.a} from adp_a where {kind.a} is not null)) from had"
        ).fetchone()
        if row is None or row[0] is None or row[1] < TOGETHER * missing or any(row[2:4]):
            continue
        if not row[4] or _skipped(db, kind, row[0]):
            return f"all that had {'one' if kind.personal else repr(row[0])} as {kind.name}"
    return ""


def _skipped(db: duckdb.DuckDBPyConnection, kind: Pair, gone: str) -> bool:
    """Whether texts are numbered, as names of drops are, the new ones on from the known, and an earlier one than the
    one that is `gone` is left."""
    number = "list_transform(regexp_extract_all({}, '[0-9]+'), lambda n: try_cast(n as hugeint))"
    named = "regexp_replace({}, '[0-9]+', '#', 'g')"
    known, fresh = f"select distinct {kind.a} as v from adp_a", f"select distinct {kind.b} as v from adp_b"
    row = db.execute(
        f"with known as ({known}), now as ({fresh}), fresh as (from now anti join known using (v)), "
        "remaining as (from now semi join known using (v)) "
        f"select (select count(distinct {named.format('v')}) = 1 and bool_and(regexp_matches(v, '[0-9]')) "
        "from (from known union from now)), "
        f"(select min({number.format('v')}) from fresh) > (select max({number.format('v')}) from known), "
        f"{number.format(literal(gone))} > (select min({number.format('v')}) from remaining)"
    ).fetchone()
    return row is not None and all(row)


def _ends(db: duckdb.DuckDBPyConnection, columns: tuple[Column, ...]) -> tuple[str, str]:
    """A column by which the missing rows are the oldest, and one by which they are the newest; empty where none."""
    oldest = newest = ""
    for index, column in enumerate(columns):
        if column.family not in ("moment", "number") or (oldest and newest):
            continue
        c = f"a{index}"
        row = db.execute(
            f"with m as (select quantile_disc({c}, 0.95) as late, quantile_disc({c}, 0.05) as early from adp_kept "
            f"where not kept) select count(*) filter (where {c} < late) <= 0.05 * count({c}) "
            f"and median({c}) > any_value(late), "
            f"count(*) filter (where {c} > early) <= 0.05 * count({c}) and median({c}) < any_value(early) "
            "from adp_kept, m where kept"
        ).fetchone()
        if row and row[0] and column.family == "moment":
            oldest = oldest or column.name
        if row and row[1] and column.family == "moment":
            newest = newest or column.name
        if row and row[0] and index == 0:
            oldest = oldest or column.name
    return oldest, newest


def lost_rows(db: duckdb.DuckDBPyConnection, good: str, now: str, before: TableProfile, after: TableProfile) -> str:
    """The same for a table without a key: it shrank, and next to nothing in it is new."""
    shrunk = before.rows - after.rows
    if shrunk < max(AT_LEAST, FEW_LOST * before.rows) or not after.rows:
        return ""
    stable = [c.name for c in before.columns if (n := after.column(c.name)) and not _stamp(n) and n.type == c.type]
    if not stable or _rolled(before, after):
        return ""
    names = ", ".join(quoted(n) for n in stable[:BATCH])
    row = db.execute(
        f"select count(*) from {now} where hash({names}) not in (select hash({names}) from {good})"
    ).fetchone()
    if row is None or row[0] > REPLACED * shrunk:
        return ""
    return f"{shrunk:,} of {before.rows:,} rows are missing, and {row[0]:,} are new"


def _stamp(column: object) -> bool:
    """One moment in every row: when it was loaded."""
    least, most = getattr(column, "minimum", None), getattr(column, "maximum", None)
    return least is not None and least == most and str(getattr(column, "type", "")).startswith("TIMESTAMP")


def _rolled(before: TableProfile, after: TableProfile) -> bool:
    for was in before.columns:
        now = after.column(was.name)
        if now and was.type == now.type and was.type.startswith(("DATE", "TIMESTAMP")) and not _stamp(now):
            ends = (was.minimum, was.maximum, now.minimum, now.maximum)
            if None not in ends and str(now.minimum) > str(was.minimum) and str(now.maximum) > str(was.maximum):
                return True
    return False
