"""The text of every change that reads a column's values otherwise: where it enters, or around the source."""

from agents.contracts import DeduplicateRows, QuarantineRows, SwapColumns, ValueChange
from agents.errors import FinalError
from agents.propose.map_column import PLAIN_NAME, mapping_of
from agents.propose.sql_text import Called, read_through, single_read, stands_alone
from agents.readings import kept, readings, value_of
from agents.warehouse import plain_or_quoted


def read_value(text: str, change: ValueChange, called: Called) -> str:
    """The model's text with the change; the rest byte for byte as it was.

    Raises FinalError where the text gives no place for it, or a column's name is not plain.

    >>> from agents.contracts import NormaliseKey
    >>> change = NormaliseKey(source="s", relation="raw.t", column="code", form="upper")
    >>> read_value("select code from {{ source('raw', 't') }}", change, Called("t", "raw"))
    "select upper(code) as code from {{ source('raw', 't') }}"
    """
    if isinstance(change, DeduplicateRows):
        return read_through(text, called, lambda call, indent: f"{indent}select distinct * from {call}")
    for column in readings(change) or (change.column,):
        if not PLAIN_NAME.fullmatch(column):
            raise FinalError(f"column name {column!r} is not plain text, so it is not written into SQL")
    if isinstance(change, QuarantineRows):
        return read_through(text, called, lambda call, indent: f"{indent}select * from {call}\n{indent}{kept(change)}")
    if not isinstance(change, SwapColumns):
        if mapped := mapping_of(text, change.column):
            return text[: mapped.start] + value_of(change, text[mapped.start : mapped.end]) + text[mapped.end :]
        place = single_read(text, change.column)
        if place is not None:
            alias = f" as {plain_or_quoted(change.column)}" if stands_alone(text, place) else ""
            return text[: place.start] + value_of(change, text[place.start : place.end]) + alias + text[place.end :]
    return read_through(text, called, lambda call, indent: _select(call, indent, change))


def _select(call: str, indent: str, change: ValueChange) -> str:
    replaced = f",\n{indent}        ".join(f"{sql} as {plain_or_quoted(c)}" for c, sql in readings(change).items())
    return f"{indent}select\n{indent}    * replace (\n{indent}        {replaced}\n{indent}    )\n{indent}from {call}"
