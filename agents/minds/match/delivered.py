"""The values behind the names: the missed column in the published copy, the candidates in what is delivered now."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from agents import published
from agents.errors import UsageError
from agents.graph import Node
from agents.minds.match.roles import family
from agents.minds.match.sample import Sample, Seen
from agents.project import Project
from agents.warehouse import columns, exists, literal, quoted, reading, same_key

ROWS, VALUES, READ = 600, 300, 50_000
"""Rows of a sample, different values that are looked for again, and rows of a table that are read at most."""
EQUAL = 0.02
"""Share of rows whose quotient may differ where a number comes in another unit."""


@contextmanager
def then_and_now(project: Project, node: Node) -> Iterator[tuple[duckdb.DuckDBPyConnection, str, str]]:
    """A connection, the source in the last good state (quoted relation), and as it is now.

    Raises UsageError where nothing was published, or the source is not there.
    """
    good = published.required(project)
    before = Path.cwd()
    os.chdir(project.root)  # locations of external sources are relative to the project
    try:
        with reading(project.warehouse, project.settings.lock_wait_seconds, project.attachments) as db:
            db.execute(f"attach {literal(str(good.file))} as adp_good (read_only)")
            then = quoted("adp_good", node.schema, node.identifier)
            now = f"(from {node.external})" if node.external else node.relation
            for relation, where in ((then, "in the published copy"), (now, "in the warehouse")):
                if not exists(db, relation):
                    raise UsageError(f"{node.label} cannot be read {where}. Name another source, or build it again.")
            yield db, then, now
    finally:
        os.chdir(before)


def compared(
    db: duckdb.DuckDBPyConnection,
    then: str,
    now: str,
    missing: str,
    candidates: Sequence[str],
) -> tuple[Sample, dict[str, Seen]]:
    """Samples of the missed column (of relation `then`) and of the candidates (of `now`), and what they share.

    No value of a column is told on: all that is made of them are features.
    """
    old, new = columns(db, then), columns(db, now)
    part_then, part_now = (f"(from {relation} limit {READ})" for relation in (then, now))
    (values,) = _columns(db, part_then, {missing: old[missing]})
    missed = _sample(old[missing], values)
    shared = _shared(db, part_now, missed, {c: new[c] for c in candidates})
    same = _same(
        db, part_then, part_now, _key(db, part_then, old, new), (missing, old[missing]), {c: new[c] for c in candidates}
    )
    rows = _columns(db, part_now, {c: new[c] for c in candidates})
    return missed, {
        c: Seen(_sample(new[c], found), shared[c], *same.get(c, (None, False)))
        for c, found in zip(candidates, rows, strict=True)
    }


def _columns(db: duckdb.DuckDBPyConnection, relation: str, kinds: Mapping[str, str]) -> list[list[float | str | None]]:
    """Some rows, one list a column."""
    asked = ", ".join(_plain(quoted(c), k) for c, k in kinds.items())
    found = db.execute(f"select {asked} from {relation} using sample reservoir({ROWS} rows) repeatable (7)").fetchall()
    return [list(column) for column in zip(*found, strict=True)] if found else [[] for _ in kinds]


def _plain(column: str, kind: str) -> str:
    """As a number of double precision, or as text."""
    forms = {"number": f"{column}::double", "boolean": f"{column}::int::double", "moment": f"epoch({column})::double"}
    return forms.get(
        "" if kind.upper().startswith("TIME") and "STAMP" not in kind.upper() else family(kind), f"{column}::varchar"
    )


def _sample(kind: str, values: Sequence[float | str | None]) -> Sample:
    known = [v for v in values if v is not None]
    return Sample(family(kind), known, len(values) - len(known))


def _shared(db: duckdb.DuckDBPyConnection, relation: str, missed: Sample, kinds: Mapping[str, str]) -> dict[str, float]:
    """Of the missed column's different values, the share that each candidate holds."""
    wanted = sorted(set(missed.values), key=str)[:VALUES]
    alike = [c for c, k in kinds.items() if family(k) == missed.family]
    if not wanted or not alike:
        return dict.fromkeys(kinds, 0.0)
    kind = "double" if isinstance(wanted[0], float) else "varchar"
    asked = ", ".join(
        f"count(distinct {_plain(quoted(c), kinds[c])}) filter ({_plain(quoted(c), kinds[c])} in (select v from w))"
        for c in alike
    )
    values = ", ".join(literal(str(v)) for v in wanted)
    row = db.execute(f"with w as (select unnest([{values}]::{kind}[]) as v) select {asked} from {relation}").fetchone()
    return dict.fromkeys(kinds, 0.0) | {c: n / len(wanted) for c, n in zip(alike, row or (), strict=True)}


def _key(db: duckdb.DuckDBPyConnection, then: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """A column of both whose values all differed; empty where there is none."""
    stayed = [c for c in old if new.get(c) == old[c] and family(old[c]) in ("number", "text")]
    if not stayed:
        return ""
    asked = ", ".join(f"count(distinct {quoted(c)}) = count(*) and not bool_or({quoted(c)} is null)" for c in stayed)
    row = db.execute(f"select count(*), {asked} from {then}").fetchone()
    return next((c for c, ok in zip(stayed, (row or (0,))[1:], strict=False) if ok and row and row[0] > 1), "")


def _same(
    db: duckdb.DuckDBPyConnection, then: str, now: str, key: str, missing: tuple[str, str], kinds: Mapping[str, str]
) -> dict[str, tuple[float | None, bool]]:
    """Of each candidate: the share of rows with the same key that say the same, and whether they hold a multiple."""
    if not key:
        return {}
    name, kind = missing
    was = _plain(f"g.{quoted(name)}", kind)
    asked, number = ["count(*)"], family(kind) == "number"
    for c, k in kinds.items():
        now_is = _plain(f"n.{quoted(c)}", k)
        asked.append(f"avg(({was}::varchar = {now_is}::varchar)::int)")
        quotient = f"{now_is} / nullif({was}, 0)"
        asked.append(f"[quantile_cont({quotient}, {EQUAL}), quantile_cont({quotient}, {1 - EQUAL})]"
                     if number and family(k) == "number" else "null")  # fmt: skip
    rows = f"(from {then} using sample reservoir({ROWS} rows) repeatable (7))"
    row = db.execute(f"select {', '.join(asked)} from {rows} g join {now} n on {same_key([key], 'g', 'n')}").fetchone()
    if not row or row[0] < 10:
        return {}
    return {
        c: (row[1 + 2 * i] if row[1 + 2 * i] is not None else 0.0, _multiple(row[2 + 2 * i]))
        for i, c in enumerate(kinds)
    }


def _multiple(quotients: Sequence[float | None] | None) -> bool:
    """Whether two quantiles of the quotients are one number, and not 1."""
    known = [q for q in quotients or () if q is not None]
    if len(known) < 2:
        return False
    least, most = known
    return abs(most - least) <= 0.01 * abs(most) and abs(most - 1) > 0.01
