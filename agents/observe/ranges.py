"""Numbers of a source that lie beyond all that it held before, and which failure that explains."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation

from agents.contracts import FROM_VALUES, Evidence, TableProfile
from agents.graph import Graph
from agents.lineage import EVERY, Columns, follow

Widened = Mapping[str, Mapping[str, str]]
"""Source by dbt id -> its columns that go beyond their range -> how, in words."""


def widened(before: Iterable[TableProfile], now: Iterable[TableProfile]) -> dict[str, dict[str, str]]:
    """Columns of numbers whose least or greatest value lies beyond those of the last good state.

    Growth does that every day: it explains a failure and is none.
    """
    known = {t.unique_id: t for t in before}
    found = {t.unique_id: _of(known[t.unique_id], t) for t in now if t.unique_id in known}
    return {uid: columns for uid, columns in found.items() if columns}


def _of(before: TableProfile, now: TableProfile) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in now.columns:
        was = before.column(column.name)
        least, most = (_number(column.minimum), _number(column.maximum))
        low, high = (_number(was.minimum), _number(was.maximum)) if was else (None, None)
        if least is None or most is None or low is None or high is None:
            continue
        words = [f"goes down to {column.minimum}, before to {was.minimum}"] if was and least < low else []
        words += [f"goes up to {column.maximum}, before to {was.maximum}"] if was and most > high else []
        if words:
            found[column.name] = " and ".join(words)
    return found


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
    compiled: Mapping[str, str],
    known: Columns,
) -> tuple[str, ...]:
    """The widened columns from which a failure's columns follow, each with its source and how it is widened.

    `concerned` are the columns in which it shows, by node; where none are known, nothing can be said.
    """
    said = []
    for source, columns in found.items():
        for name, words in columns.items():
            reached = {**follow(graph, {source: [name]}, compiled, known), source: frozenset({name.lower()})}
            if any(_touches(names, reached.get(uid, frozenset())) for uid, names in concerned.items()):
                said.append(f"{graph.nodes[source].label}.{name} {words}")
    return tuple(said)


def _touches(names: Iterable[str], reached: Collection[str]) -> bool:
    return EVERY not in reached and any(name.strip('"').lower() in reached for name in names)


def from_values(failure: Evidence, columns: Iterable[str]) -> Evidence:
    """The failure with the columns that `traced` found."""
    return failure.model_copy(update={"message": f"{failure.message}\n{FROM_VALUES} {'; '.join(columns)}."})
