"""`adp minds classify`."""

import sys
from typing import Annotated

import typer

from agents.cli.command import Json, ProjectDir, command, emit, noted
from agents.errors import UsageError
from agents.minds.asked import asking
from agents.minds.classify import Engine, classify
from agents.project import find


@command
def classify_command(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="An error's text; - reads standard input.")],
    engine: Annotated[
        str, typer.Option(help="rules, classifier or auto: the classifier where rules say other.")
    ] = "auto",
    project: ProjectDir = None,
    as_json: Json = False,
) -> int:
    """Name the cause of an error from its text, by the project's own weights where it has trained some."""
    engines: dict[str, Engine] = {"rules": "rules", "classifier": "classifier", "auto": "auto"}
    if engine not in engines:
        raise UsageError(f"--engine {engine}: allowed are {', '.join(engines)}.")
    said = sys.stdin.read() if text == "-" else text
    if not said.strip():
        raise UsageError("The text is empty; an error's text is needed.")
    with asking((project or find()).resolve(), "by hand") as asked:
        found = classify(said, engines[engine])
    also = ", ".join(f"{a.cause.value} {a.confidence:.2f}" for a in found.alternatives)
    words = f"{found.cause.value} ({found.confidence:.2f}, {found.engine}): {'; '.join(found.reasons)}"
    by = asked.calls[0].model if asked.calls else None
    emit(as_json, {**found.model_dump(mode="json"), "weights": by}, words + (f"\nor {also}" if also else ""))
    noted(asked)
    return 0
