"""A source as the models know it, whatever names and forms it is delivered in: what earlier repairs taught them."""

from collections.abc import Iterable, Mapping

from agents.contracts import MapColumn, RepointSource, SourceChange
from agents.readings import readings, undone
from agents.warehouse import quoted


def as_known(
    relation: str, have: Iterable[str], aliases: Mapping[str, tuple[str, ...]], changes: Iterable[SourceChange]
) -> str:
    """A (quoted) relation read through every repair that stands: old names, old values, rows once.

    >>> as_known("t", ["id", "amount"], {"amt": ("amount",)}, ())
    '(select * rename ("amount" as "amt") from t)'
    """
    columns = list(have)
    for column, others in aliases.items():
        relation, columns = unified(relation, columns, column, others)
    known = {c.lower() for c in columns}
    for change in changes:
        if not isinstance(change, MapColumn | RepointSource) and all(c.lower() in known for c in readings(change)):
            relation = undone(change, relation)
    return relation


def unified(relation: str, have: Iterable[str], column: str, others: Iterable[str]) -> tuple[str, list[str]]:
    """A relation in which a column delivered under several names stands once, as `column`, and its columns.

    >>> unified("t", ["id", "amount"], "amt", ["amount"])[0]
    '(select * rename ("amount" as "amt") from t)'
    """
    columns = list(have)
    wanted = {n.lower() for n in (column, *others)}
    present = [c for c in columns if c.lower() in wanted]
    first = next((c for c in present if c.lower() == column.lower()), present[0] if present else None)
    if first is None:
        return relation, columns
    rest = [c for c in present if c != first]
    if rest:
        merged = f"coalesce({', '.join(quoted(c) for c in (first, *rest))}) as {quoted(first)}"
        gone = ", ".join(quoted(c) for c in rest)
        relation = f"(select * exclude ({gone}) replace ({merged}) from {relation})"
    if first != column:
        relation = f"(select * rename ({quoted(first)} as {quoted(column)}) from {relation})"
    return relation, [column if c == first else c for c in columns if c not in rest]
