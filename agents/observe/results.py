"""Last models of the graph whose rows or columns are not what their history makes plausible.

For what no source shows: each of two sources is ordinary and their join finds nothing any more, a window of days
stands where no data come. Only coarse breaks are told, because reports may grow, shrink and rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from agents.contracts import NOT_PLAUSIBLE, Evidence, TableProfile
from agents.graph import Graph, Node
from agents.observe.unbounded import failed_check
from agents.published import Result
from agents.warehouse import exists, without_value

KEPT = 20
"""Published states that are remembered."""
SETTLED = 5
"""States from which the range of the rows says what is ordinary; with fewer, only what is far off is told."""
APART, FAR = 2, 10
"""Times beyond that range, and beyond what the sources above did; the second where there is little history."""
MOVING = 1.25
"""Times by which it must have moved from one state to the next to be on its way."""
FEW = 20
"""Rows below which any number is ordinary."""


@dataclass(frozen=True)
class Measured:
    """What it holds now."""

    rows: int
    without_value: tuple[str, ...]


def ends(graph: Graph) -> tuple[Node, ...]:
    """Models and snapshots that no other reads: what people look at."""
    kinds = ("model", "snapshot")
    return tuple(
        n for n in graph.relations() if n.kind in kinds and not any(r.kind in kinds for r in graph.readers(n.unique_id))
    )


def measured(db: duckdb.DuckDBPyConnection, graph: Graph) -> dict[str, Measured]:
    """The last models as they stand in the warehouse, by dbt id."""
    return {n.unique_id: Measured(*without_value(db, n.relation)) for n in ends(graph) if exists(db, n.relation)}


def remembered(before: Mapping[str, Result], now: Mapping[str, Measured]) -> dict[str, Result]:
    """The history with one more state. A model that is not there now is forgotten."""
    found = {}
    for uid, it in now.items():
        was = before.get(uid, Result(rows=()))
        names = dict.fromkeys((*was.without_value, *(it.without_value if it.rows else ())))
        found[uid] = Result(rows=(*was.rows, it.rows)[-KEPT:], without_value=tuple(names))
    return found


def implausible(
    graph: Graph,
    now: Mapping[str, Measured],
    history: Mapping[str, Result],
    sources: tuple[Iterable[TableProfile], Iterable[TableProfile]],
    explained: Iterable[str] = (),
) -> tuple[Evidence, ...]:
    """Evidence for each model that is not as its history makes plausible.

    `sources` are the profiles of the last good state and of now: what a source did, a model above it may do. What lies
    below `explained` nodes has its question already.
    """
    below = set(graph.downstream(*explained))
    moved = _moved(*sources)
    found = []
    for uid, it in now.items():
        was = history.get(uid)
        if was is None or not was.rows or uid in below or uid not in graph.nodes:
            continue
        ratios = [1.0, *(moved[a] for a in graph.above(uid) if a in moved)]
        if words := _rows(it.rows, was.rows, min(ratios), max(ratios)) or _columns(it, was):
            node = graph.nodes[uid]
            found.append(failed_check(node, f"{NOT_PLAUSIBLE}: {node.label} has {words}"))
    return tuple(found)


def _moved(before: Iterable[TableProfile], now: Iterable[TableProfile]) -> dict[str, float]:
    rows = {t.unique_id: t.rows for t in before}
    return {t.unique_id: t.rows / rows[t.unique_id] for t in now if rows.get(t.unique_id)}


def _rows(now: int, history: tuple[int, ...], least: float, most: float) -> str:
    """What is odd about a number of rows; `least` and `most` are the ratios by which sources above moved, 1 included.

    >>> _rows(0, (100, 110), 1.0, 1.1)
    '0 rows, in the 2 states before 100 to 110, while its sources have 100% to 110% of their rows'
    >>> _rows(300, (100, 110), 1.0, 1.1)
    ''
    """
    last, low, high = history[-1], min(history), max(history)
    times = APART if len(history) >= SETTLED else FAR
    if max(last, now) < FEW:
        return ""
    fell = now * times < min(low, last * least)
    rose = last >= FEW and now > times * max(high, last * most)
    if not (fell or rose) or _goes_on(now, history):
        return ""
    return (
        f"{now:,} rows, in the {len(history)} state{'s' if len(history) > 1 else ''} before {low:,} to {high:,}, "
        f"while its sources have {least:.0%} to {most:.0%} of their rows"
    )


def _goes_on(now: int, history: tuple[int, ...]) -> bool:
    """Whether it moves as it moved before: a season comes and goes.

    >>> [_goes_on(now, history) for now, history in ((160, (0, 0, 9, 35, 78)), (0, (900, 700, 500, 350, 232)))]
    [True, False]
    """
    if len(history) < SETTLED:
        return False
    before, last = history[-2] + FEW, history[-1] + FEW
    was, step = last / before, (now + FEW) / last
    moved = max(was, 1 / was) >= MOVING and (step < 1) == (was < 1)
    return moved and 1 / APART <= step / was <= APART


def _columns(now: Measured, was: Result) -> str:
    if now.rows < FEW or was.rows[-1] < FEW:
        return ""
    new = [name for name in now.without_value if name not in was.without_value]
    return f"no value in any of {now.rows:,} rows in {', '.join(new)}, which had some before" if new else ""
