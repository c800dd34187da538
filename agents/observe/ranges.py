"""Values of a source beyond all that it held before, empty ones among them, and which failure they explain."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation

from agents.contracts import FROM_VALUES, ColumnProfile, Evidence, TableProfile
from agents.graph import Graph
from agents.lineage import EVERY, Query, follow

Widened = Mapping[str, Mapping[str, str]]
"""Source by dbt id -> its columns that hold what they did not hold -> how, in words."""


def widened(before: Iterable[TableProfile], now: Iterable[TableProfile]) -> dict[str, dict[str, str]]:
    """Columns of numbers whose least or greatest value lies beyond those of the last good state, and columns that had
    a value in every row and have not now.

    Growth does that every day: it explains a failure and is none.
    """
    known = {t.unique_id: t for t in before}
    found = {t.unique_id: _of(known[t.unique_id], t) for t in now if t.unique_id in known}
    return {uid: columns for uid, columns in found.items() if columns}


def _of(before: TableProfile, now: TableProfile) -> dict[str, str]:
    pairs = [(was, column) for column in now.columns if (was := before.column(column.name))]
    found = {column.name: " and ".join(_beyond(was, column)) for was, column in pairs}
    for was, column in pairs:
        if was.nonnull == before.rows and column.nonnull < now.rows:
            empty = now.rows - column.nonnull
            found[column.name] = f"is null in {empty:,} row{'s' if empty > 1 else ''}, before in none"
    return {name: words for name, words in found.items() if words}


def _beyond(was: ColumnProfile, now: ColumnProfile) -> Iterator[str]:
    least, most, low, high = map(_number, (now.minimum, now.maximum, was.minimum, was.maximum))
    if least is not None and low is not None and least < low:
        yield f"goes down to {now.minimum}, before to {was.minimum}"
    if most is not None and high is not None and most > high:
        yield f"goes up to {now.maximum}, before to {was.maximum}"


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def traced(
    graph: Graph,
    concerned: Mapping[str, Collection[str]],
    found: Widened,
    read: Mapping[str, Query | None],
) -> tuple[str, ...]:
    """The widened columns from which a failure's columns follow, each with its source and how it is widened.

    `concerned` are the columns in which it shows, by node; where none are known, nothing can be said. `read` is what
    `agents.lineage.queries` says of the models that were built.
    """
    said = []
    for source, columns in found.items():
        for name, words in columns.items():
            reached = {**follow(graph, {source: [name]}, read), source: frozenset({name.lower()})}
            if any(_touches(names, reached.get(uid, frozenset())) for uid, names in concerned.items()):
                said.append(f"{graph.nodes[source].label}.{name} {words}")
    return tuple(said)


def _touches(names: Iterable[str], reached: Collection[str]) -> bool:
    return EVERY not in reached and any(name.strip('"').lower() in reached for name in names)


def from_values(failure: Evidence, columns: Iterable[str]) -> Evidence:
    """The failure with the columns that `traced` found."""
    return failure.model_copy(update={"message": f"{failure.message}\n{FROM_VALUES} {'; '.join(columns)}."})
