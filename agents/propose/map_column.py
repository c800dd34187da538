"""The change `map_column`: read a source column under every name it has been delivered with."""

import re
from collections.abc import Sequence

from agents.contracts import MapColumn, Risk
from agents.errors import FinalError
from agents.propose.claimed import NEW_DELIVERY, OLD_DELIVERY, REPAIR
from agents.propose.sql_text import Called, Span, passes_on, read_through, single_read, stands_alone
from agents.warehouse import plain_or_quoted

CLAIMS = (*REPAIR, OLD_DELIVERY, NEW_DELIVERY)
RISK = Risk.low

PLAIN_NAME = re.compile(r"\w[\w \-]{0,62}")
"""Names that may enter SQL text; a column name is input from outside and may be hostile."""


def map_column(text: str, change: MapColumn, called: Called, ahead: Sequence[str] = ()) -> str:
    """The model's text with the mapping where the column enters; the rest byte for byte as it was.

    `ahead` are the source's columns that stand before it: a model that passes every column on keeps their order.
    Once a mapping stands, a further name is added to it. Raises FinalError where the text gives no
    place for the mapping, or a name is not plain.

    >>> change = MapColumn(source="s", relation="raw.t", column="amt", arrives_as="amount")
    >>> map_column("select amt from {{ source('raw', 't') }}", change, Called("t", "raw"))
    "select coalesce(*columns('(?i)^(amt|amount)$')) as amt from {{ source('raw', 't') }}"
    """
    for name in (change.column, change.arrives_as):
        if not PLAIN_NAME.fullmatch(name):
            raise FinalError(f"column name {name!r} is not plain text, so it is not written into SQL")
    widened = _widen(text, change)
    if widened is not None:
        return widened
    place = single_read(text, change.column)
    if place is not None:
        return _inline(text, place, change)
    first = tuple(ahead) if passes_on(text) else ()
    return read_through(text, called, lambda call, indent: _select(call, indent, change, first))


_REST = re.compile(r"columns\(c -> lower\(c\) not in \(((?:'[^']*'(?:, )?)+)\)\)")
"""All the other columns, where a mapping stands beside them."""
_MAPPING = re.compile(r"\*columns\('\(\?i\)\^\(([^']*)\)\$'\)")


def mapping_of(text: str, column: str) -> Span | None:
    """The one expression by which an earlier repair reads the column under all its names; None where there is none."""
    found = [m for m in re.finditer(rf"coalesce\({_MAPPING.pattern}\)", text)
             if column.lower() in m.group(1).lower().split("|")]  # fmt: skip
    return Span(found[0].start(), found[0].end()) if len(found) == 1 else None


def _names(*names: str) -> str:
    return "(?i)^(" + "|".join(re.escape(n).replace(r"\ ", " ").replace(r"\-", "-") for n in names) + ")$"


def _widen(text: str, change: MapColumn) -> str | None:
    """Add a name to the mappings that an earlier repair left; None where there is none."""
    found = [m for m in _MAPPING.finditer(text) if change.column.lower() in m.group(1).lower().split("|")]
    if not found:
        return None
    new = change.arrives_as
    for mapping in reversed(found):
        names = mapping.group(1)
        if new.lower() in names.lower().split("|"):
            raise FinalError(f"{change.column} is already read as {new}")
        text = f"{text[: mapping.end(1)]}|{re.escape(new)}{text[mapping.end(1) :]}"
    for names in {m.group(1).lower() for m in found}:
        text = _also_left_out(text, names.split("|"), new.lower())
    return text


def _also_left_out(text: str, names: Sequence[str], new: str) -> str:
    """The name beside these wherever they are left out of all the other columns."""
    for m in reversed(list(_REST.finditer(text))):
        if set(names) <= set(re.findall(r"'([^']*)'", m.group(1))):
            text = f"{text[: m.end(1)]}, '{new}'{text[m.end(1) :]}"
    return text


def _inline(text: str, place: Span, change: MapColumn) -> str:
    name = f" as {plain_or_quoted(change.column)}" if stands_alone(text, place) else ""
    mapped = f"coalesce(*columns('{_names(change.column, change.arrives_as)}')){name}"
    return text[: place.start] + mapped + text[place.end :]


def _select(call: str, indent: str, change: MapColumn, ahead: tuple[str, ...]) -> str:
    """A subquery that carries the old name, after the columns that stood before it."""
    listed = ", ".join(f"'{n.lower()}'" for n in (*ahead, change.column, change.arrives_as))
    rest = f"columns(c -> lower(c) not in ({listed}))"
    name = plain_or_quoted(change.column)
    mapped = f"coalesce(*columns('{_names(change.column, change.arrives_as)}')) as {name}"
    items = [*(plain_or_quoted(n) for n in ahead), mapped, rest] if ahead else [rest, mapped]
    lines = f",\n{indent}    ".join(items)
    return f"{indent}select\n{indent}    {lines}\n{indent}from {call}"
