"""The change `map_column`: read a source column under every name it has been delivered with."""

import re

from agents.contracts import MapColumn
from agents.errors import FinalError
from agents.propose.sql_text import Span, masked, occurrences, source_calls
from agents.warehouse import plain_or_quoted

CLAIMS = (
    "failure_reproduced",
    "column_agrees",
    "rivals_rejected",
    "failure_gone",
    "tests_pass",
    "old_delivery_identical",
    "new_delivery_identical",
    "unaffected_identical",
    "types_unchanged",
    "rows_kept",
    "rollback_rehearsed",
)

PLAIN_NAME = re.compile(r"\w[\w \-]{0,62}")
"""Names that may enter SQL text; a column name is input from outside and may be hostile."""


def map_column(text: str, change: MapColumn, source: str, table: str) -> str:
    """The model's text with the mapping where the column enters; the rest byte for byte as it was.

    Once a mapping stands, a further name is added to it. Raises FinalError where the text gives no
    place for the mapping, or a name is not plain.

    >>> change = MapColumn(source="s", relation="raw.t", column="amt", arrives_as="amount")
    >>> map_column("select amt from {{ source('raw', 't') }}", change, "raw", "t")
    "select coalesce(*columns('(?i)^(amt|amount)$')) as amt from {{ source('raw', 't') }}"
    """
    for name in (change.column, change.arrives_as):
        if not PLAIN_NAME.fullmatch(name):
            raise FinalError(f"column name {name!r} is not plain text, so it is not written into SQL")
    widened = _widen(text, change)
    if widened is not None:
        return widened
    place = _single_read(text, change.column)
    if place is not None:
        return _inline(text, place, change)
    return _wrap(text, change, source, table)


_MAPPING = re.compile(r"\*columns\('\(\?i\)\^\(([^']*)\)\$'\)")


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
        excluded = "columns(c -> lower(c) not in ('" + "', '".join(names.split("|")) + "'"
        text = text.replace(f"{excluded})", f"{excluded}, '{new.lower()}')")
    return text


def _single_read(text: str, column: str) -> Span | None:
    """The one place that reads the column, if it is in a select list over a single relation."""
    places = occurrences(text, column)
    plain = masked(text).lower()
    uncommented = re.sub(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", "", text, flags=re.DOTALL)
    mentioned = re.findall(rf"(?<!\w){re.escape(column)}(?!\w)", uncommented, re.IGNORECASE)
    if len(places) != 1 or len(mentioned) != 1 or re.search(r"\bjoin\b", plain):
        return None
    before = plain[: places[0].start]
    opened = [m.start() for m in re.finditer(r"\bselect\b", before)]
    if not opened or re.search(r"\b(from|where|having|qualify|group|order|limit)\b", before[opened[-1] :]):
        return None
    return places[0]


def _inline(text: str, place: Span, change: MapColumn) -> str:
    plain = masked(text)
    before, after = plain[: place.start].rstrip().lower(), plain[place.end :].lstrip().lower()
    alone = before.endswith((",", "select", "distinct")) and (
        not after or after[0] in ",)" or re.match(r"(from|where|union|order|limit)\b", after) is not None
    )
    name = plain_or_quoted(change.column)
    mapped = f"coalesce(*columns('{_names(change.column, change.arrives_as)}'))" + (f" as {name}" if alone else "")
    return text[: place.start] + mapped + text[place.end :]


def _wrap(text: str, change: MapColumn, source: str, table: str) -> str:
    """Read the source through a subquery that carries the old name."""
    calls = source_calls(text, source, table)
    if not calls:
        raise FinalError(f"no literal source('{source}', '{table}') in the model's text")
    plain = masked(text)
    for call in reversed(calls):
        line = text[text.rfind("\n", 0, call.start) + 1 : call.start]
        indent = line[: len(line) - len(line.lstrip())]
        listed = ", ".join(f"'{n.lower()}'" for n in (change.column, change.arrives_as))
        body = (
            f"(\n{indent}    select\n"
            f"{indent}        columns(c -> lower(c) not in ({listed})),\n"
            f"{indent}        coalesce(*columns('{_names(change.column, change.arrives_as)}'))"
            f" as {plain_or_quoted(change.column)}\n"
            f"{indent}    from {text[call.start : call.end]}\n{indent})"
        )
        aliased = re.match(r"\s+(as\s+)?(?!(where|join|left|right|inner|full|cross|on|group|order|limit|union|"
                           r"having|qualify|using|window|sample|asof|positional|natural|semi|anti)\b)[a-z_\"]",
                           plain[call.end :], re.IGNORECASE)  # fmt: skip
        text = text[: call.start] + body + ("" if aliased else f" as {plain_or_quoted(table)}") + text[call.end :]
        plain = masked(text)
    return text
