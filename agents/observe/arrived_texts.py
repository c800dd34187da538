"""Texts of rows that arrived, in `adp_fresh`, against all texts before, in `adp_then`: other codes, another writing."""

from collections.abc import Sequence
from itertools import combinations

import duckdb

from agents.contracts import ColumnChange, ColumnProfile
from agents.masking import personal_name
from agents.observe.keys import like_a_key, plain
from agents.observe.profile import Column

MINIMUM_ROWS = 50
UNSEEN = 0.8
"""Share of new rows with values never seen before that makes other codes of them."""
SURPRISE = 0.2
"""The same in the drops of the good state, above which new values are this column's habit."""
REWRITTEN = 0.05
"""Share of new rows whose text is known but for its writing."""


def other_codes(db: duckdb.DuckDBPyConnection, index: int, was: ColumnProfile) -> list[ColumnChange]:
    if was.values is None or len(was.values) < 2:
        return []
    c = f"c{index}"
    row = db.execute(
        # The habit: cut between any two drops, how much of what followed had not been said before?
        f"with v as (select {c} as v, drop, count(*) as n from adp_then where {c} is not null group by all), "
        "first as (select v, min(drop) as drop from v group by 1), "
        "habit as (select k, sum(n) filter (where f.drop >= k) / sum(n) as share "
        "from (select distinct drop as k from v where drop > (select min(drop) from v)) "
        "join v on v.drop >= k join first f using (v) group by k) "
        f"select count({c}), count(*) filter (where {c} not in (select v from first where v is not null)), "
        f"count(*) filter (where {c} not in (select v from first where v is not null) and {plain(c)} in "
        f"(select {plain('v')} from first where v is not null)), "
        f"count(distinct {c}), (select coalesce(max(share), 0) from habit), min({c}) from adp_fresh"
    ).fetchone()
    assert row is not None
    rows, unseen, rewritten, different, habit, example = row
    if rows < MINIMUM_ROWS or unseen < UNSEEN * rows or habit > SURPRISE or different > 2 * len(was.values) + 2:
        return []
    known = ", ".join(repr(v) for v in was.values[:6])
    shown = "values not shown" if personal_name(was.name) else f"{example!r} for one; known are {known}"
    words = f"{unseen:,} of {rows:,} rows that arrived say what none said before, {shown}"
    kind = "reformatted" if rewritten >= 0.9 * unseen and like_a_key(was.name) else "recoded"
    return [ColumnChange.model_validate({"name": was.name, "change": kind, "words": words})]


def other_writing(db: duckdb.DuckDBPyConnection, index: int, column: Column) -> list[ColumnChange]:
    """Texts that are known from earlier drops, but for case, blanks and signs."""
    c = f"c{index}"
    row = db.execute(
        f"with v as (select {c} as v, {plain(c)} as p, drop, count(*) as n from adp_then "
        f"where {c} is not null group by all), "
        "again as (select v, count(*) > 1 as often from v group by v), "
        "usual as (select sum(n) filter (where often) / sum(n) as share from v join again using (v) group by drop), "
        "latest as (select v.v, v.p, v.n from v where drop = (select max(drop) from v)), "
        "earlier as (select v, p from v where drop < (select max(drop) from v)), "
        f"fresh as (select {c} as v, {plain(c)} as p from adp_fresh where {c} is not null) "
        "select (select count(*) from fresh), (select coalesce(min(share), 0) from usual), "
        "(select avg((v in (select v from v))::int) from fresh), "
        "(select avg((p in (select p from v))::int) from fresh), "
        "(select avg(if(v not in (select v from earlier) and p in (select p from earlier), 1, 0)) from latest)"
    ).fetchone()
    assert row is not None
    rows, usual, same, alike, habit = row
    if rows < MINIMUM_ROWS or usual < 0.5 or alike is None or alike < 0.8 * usual:
        return []
    if alike - same < REWRITTEN or (habit or 0) > 0.2 * REWRITTEN:
        return []
    words = f"{alike - same:.1%} of {rows:,} rows that arrived hold a known text in another writing"
    return [ColumnChange(name=column.name, change="reformatted", words=words)]


def swapped(
    db: duckdb.DuckDBPyConnection, texts: Sequence[tuple[int, Column]], found: Sequence[ColumnChange]
) -> list[ColumnChange]:
    """Two texts that say what the other said before replace what was found of each."""
    left = {c.name: c for c in found}
    own = db.execute(f"select {', '.join(_known(i, i) for i, _ in texts)} from adp_fresh").fetchone() if texts else ()
    strange = {i for (i, _), share in zip(texts, own or (), strict=True) if share is not None and share <= 0.5}
    for (i, one), (j, two) in combinations(texts, 2):
        if not {i, j} & strange:
            continue
        row = db.execute(
            f"select {_known(i, j)}, {_known(j, i)}, {_known(i, i)}, {_known(j, j)}, count(c{i}), count(c{j}) "
            "from adp_fresh"
        ).fetchone()
        assert row is not None
        if min(row[4:]) < MINIMUM_ROWS or min(row[:2]) < 0.9 or min(row[2:4]) > 0.5:
            continue
        words = f"{min(row[:2]):.1%} of the rows that arrived say what {{}} said before"
        for this, other in ((one, two), (two, one)):
            left[this.name] = ColumnChange(
                name=this.name, change="swapped", other=other.name, words=words.format(other.name)
            )
    return list(left.values())


def _known(fresh: int, then: int) -> str:
    """Share of new rows whose value in one column was known in another."""
    return f"avg((c{fresh} in (select c{then} from adp_then where c{then} is not null))::int)"
