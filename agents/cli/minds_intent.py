"""`adp minds intent`: what a request in plain words asks of a schema."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.command import Json, command, emit
from agents.cli.minds_embed import NO_ANSWER
from agents.errors import UsageError
from agents.minds.engines.engine import Unavailable
from agents.minds.intent.answer import Intent, condition


@command
def intent_command(
    request: Annotated[
        str, typer.Argument(metavar="REQUEST", help="A request in plain words; - reads standard input.")
    ],
    schema: Annotated[
        Path, typer.Option("--schema", help="YAML: tables, columns, types, descriptions, sample values; or dbt's.")
    ],
    engine: Annotated[
        str, typer.Option("--engine", help="rules; llama, the tuned model; or auto: rules, and it where it helps.")
    ] = "auto",
    today: Annotated[
        str | None, typer.Option("--today", metavar="YYYY-MM-DD", help="The day that `last month` counts from.")
    ] = None,
    as_json: Json = False,
) -> int:
    """What does a request ask of a schema? What the schema cannot answer is listed as unknown, never guessed.

    Days of a time range are both included; null is an open end. Exit 3: the model that is named cannot be asked.
    """
    # Every other command would wait for these too.
    from agents.minds.intent.parse import parse
    from agents.minds.intent.reading import schema_of

    said = sys.stdin.read() if request == "-" else request
    try:
        found = parse(said, schema_of(schema), engine=engine, today=_day(today))
    except Unavailable as error:
        print(f"Nobody can tell: {error}", file=sys.stderr)
        return NO_ANSWER
    emit(as_json, found.as_json(), told(found))
    return 0


def told(intent: Intent) -> str:
    """The answer for a person, one line for each thing it says."""
    bound = intent.bindings
    metrics = [f"{m.aggregation}({m.table}{'.' + m.column if m.column else ''})" for m in bound.metrics]
    time, dated = bound.time_range, bound.time_column
    of = f"{dated.table}.{dated.column}" if dated else ""
    lines = {
        "metrics": ", ".join(metrics),
        "by": ", ".join(
            [
                *(f"{d.table}.{d.column}" for d in bound.dimensions),
                *([f"{bound.grain} of {of}" if of else bound.grain] if bound.grain else []),
            ]
        ),
        "where": " and ".join(f"{f.table}.{condition(f)}" for f in bound.filters),
        "time": f"{of} {time.from_ or 'the beginning'} to {time.to or 'now'}".lstrip() if time else "",
        "order": ", ".join(f"{o.by} {'descending' if o.desc else 'ascending'}" for o in bound.order),
        "limit": str(bound.limit or ""),
        "unknown": "; ".join(intent.unknown),
        "confidence": f"{intent.confidence_score:.2f}",
    }
    return "\n".join(f"{name:<11}{value}" for name, value in lines.items() if value)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--today {text}: allowed is a day as YYYY-MM-DD.") from None
