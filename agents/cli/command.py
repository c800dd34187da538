"""What every command shares: its options, its errors as one clear text, and one JSON object or a text."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from agents.contracts import Applied
from agents.errors import AdpError
from agents.ledger import Ledger
from agents.minds.asked import Asked
from agents.offer import in_words
from agents.project import Project, open_project

ProjectDir = Annotated[Path | None, typer.Option("--project", help="Folder of dbt_project.yml.", file_okay=False)]
ProfilesDir = Annotated[Path | None, typer.Option("--profiles-dir", help="Folder of profiles.yml.")]
Target = Annotated[str | None, typer.Option("--target", help="Output of the dbt profile.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, logs on standard error.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]


def command(function: Callable[..., int]) -> Callable[..., None]:
    """Turn a function that returns an exit code into a command whose errors are one clear text."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            code = function(*args, **kwargs)
        except AdpError as error:
            typer.echo(f"adp: {error}", err=True)
            code = error.exit_code
        raise typer.Exit(code)

    return wrapped


@contextmanager
def opened(
    project_dir: Path | None, profiles_dir: Path | None, target: str | None, *, broken: bool = False
) -> Iterator[tuple[Project, Ledger]]:
    """The project and its ledger; the ledger is closed at the end. `broken` as for `open_project`."""
    project = open_project(project_dir, profiles_dir=profiles_dir, target=target, broken=broken)
    ledger = Ledger.at(project.state, project.settings.ledger_url)
    try:
        yield project, ledger
    finally:
        ledger.close()


def emit(as_json: bool, value: Any, text: str) -> None:
    """One JSON object, or the text for a person."""
    typer.echo(json.dumps(value, indent=2, default=str) if as_json else text)


def notified(told: Iterable[str]) -> None:
    """Who was told of what, on standard error: it is no part of the answer."""
    for line in told:
        typer.echo(f"notified {line}", err=True)


def noted(asked: Asked) -> None:
    """Say on standard error why a version of the project's own weights was not asked."""
    for words in asked.notes:
        typer.echo(f"adp: {words}", err=True)


def tell(offered: Iterable[Applied]) -> None:
    """Say on standard error what was offered because a contract broke."""
    for outcome in offered:
        best = outcome.judgement.tried[0].proposal if outcome.judgement.tried else None
        way = f" See `adp proposals show {best.id}`." if best and outcome.state == "pending" else ""
        typer.echo(f"adp: {in_words(outcome)}.{way}", err=True)
