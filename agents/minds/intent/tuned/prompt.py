"""What the tuned model is shown: the schema first, which stays the same from request to request, then the request."""

from collections.abc import Sequence

from agents.minds.engines.prompt import Prompt
from agents.minds.intent.answer import Intent
from agents.minds.intent.parts import Request
from agents.minds.intent.schema import Column, Schema, Table
from agents.minds.intent.tokens import stems
from agents.minds.intent.tuned.notation import SHOWN, Names, spoken

INSTRUCTIONS = "Correct what was read of the request, in the names of the tables."
TABLES, COLUMNS, LETTERS = 4, 16, 24
"""Of a larger schema, what the request's words link to; and of descriptions and values the beginning."""


def prompt(request: Request, schema: Schema, draft: Intent, names: Names) -> Prompt:
    """The question; `draft` is what the rules read, which the model corrects."""
    shown = [_table(t, request) for t in _tables(request, schema)]
    return Prompt(INSTRUCTIONS, (("tables", shown), ("request", request.text), ("read", spoken(draft, names))))


def _tables(request: Request, schema: Schema) -> Sequence[Table]:
    if len(schema.tables) <= TABLES:
        return schema.tables
    best: dict[str, float] = {}
    for link in (link for part in request.parts for link in part.links()[:3]):
        best[link.table] = best.get(link.table, 0) + link.score
    kept = sorted(schema.tables, key=lambda t: -best.get(t.name, 0))[:TABLES]
    return [t for t in schema.tables if t in kept]


def _table(table: Table, request: Request) -> str:
    columns = [c for c in table.columns if not c.is_key]
    if len(columns) > COLUMNS:
        linked = [link.column for part in request.parts for link in part.links()[:3] if link.table == table.name]
        first = sorted(columns, key=lambda c: c.name not in linked)[:COLUMNS]
        columns = [c for c in columns if c in first]
    return f"{table.name}: {', '.join(map(_column, columns))}"


def _column(column: Column) -> str:
    said = stems(column.description.replace(",", " ").split())
    told = f" ({_short(column.description)})" if set(said) - set(column.stems) else ""
    if column.kind == "boolean":
        return f"{column.name}?{told}"
    if column.kind == "date":
        return f"{column.name} date{told}"
    values = "|".join(_short(str(v)) for v in column.values[:SHOWN]) if column.kind != "number" else ""
    return f"{column.name}{told}{' = ' + values if values else ''}"


def _short(text: str) -> str:
    return text if len(text) <= LETTERS else text[:LETTERS].rsplit(" ", 1)[0]
