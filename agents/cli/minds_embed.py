"""`adp minds engines` and `adp minds embed`: who can be asked here, and what a text means to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from agents import settings
from agents.cli.command import Json, ProjectDir, command, emit
from agents.errors import UsageError
from agents.mind_settings import ENGINES, EngineName
from agents.project import find

if TYPE_CHECKING:
    from agents.minds.engines.ask import Minds
    from agents.minds.engines.reply import Reply

NO_ANSWER = 3

Engine = Annotated[
    str | None, typer.Option("--engine", help=f"Ask this one only: {', '.join(ENGINES)}.", show_default=False)
]


@contextmanager
def asked(project: Path | None, engine: str | None) -> "Iterator[Minds]":
    """The engines that the settings of a project name, or the one that a person names."""
    from agents.minds.engines.ask import Minds  # other commands need not wait for it

    if engine is not None and engine not in get_args(EngineName):
        raise UsageError(f"--engine {engine}: allowed are {', '.join(ENGINES)}.")
    root = (project or find()).resolve()
    wanted = settings.load(root).minds
    minds = Minds(wanted.model_copy(update={"order": (engine,)}) if engine else wanted, root)
    try:
        yield minds
    finally:
        minds.close()


@command
def engines_command(project: ProjectDir = None, as_json: Json = False) -> int:
    """Who is asked, in which order, and why somebody is not. Exit 3: rules alone."""
    with asked(project, None) as minds:
        rows = [_row(minds, name) for name in minds.settings.order]
    lines = [f"{i}. {r['name']:7} {r['does'] or 'not here: ' + r['why']}" for i, r in enumerate(rows, 1)]
    emit(as_json, {"engines": rows}, "\n".join(lines))
    return 0 if any(row["available"] and row["name"] != "rules" for row in rows) else NO_ANSWER


def _row(minds: "Minds", name: EngineName) -> dict[str, Any]:
    from agents.minds.engines.engine import Unavailable

    try:
        found = minds.engine(name)
        found.reach()
    except Unavailable as error:
        return {"name": name, "available": False, "jobs": [], "model": None, "does": "", "why": str(error)}
    jobs = sorted(found.jobs)
    does = f"{', '.join(jobs)}: {found.identity}" if jobs else "no model"
    return {"name": name, "available": True, "jobs": jobs, "model": found.identity, "does": does, "why": ""}


@command
def embed_command(
    texts: Annotated[list[str], typer.Argument(metavar="TEXT...", help="Names, errors, requests.")],
    engine: Engine = None,
    project: ProjectDir = None,
    as_json: Json = False,
) -> int:
    """What texts mean, as vectors of length 1; for people how near each is to the first. Exit 3: nobody can tell."""
    from agents.minds.engines.reply import spent

    if not all(text.strip() for text in texts):
        raise UsageError("A TEXT is empty, and means nothing. Name words: adp minds embed customer client.")
    with asked(project, engine) as minds:
        step = minds.step("embed")
        reply = step.embed(texts)
    value = {
        "engine": reply.engine,
        "model": step.calls[-1].model if reply.engine else None,
        "embeddings": reply.value,
        "reasons": reply.said,
        "spent": spent(step.calls),
    }
    emit(as_json, value, _near(texts, reply))
    return NO_ANSWER if reply.value is None else 0


def _near(texts: list[str], reply: "Reply[list[list[float]]]") -> str:
    if reply.value is None:
        return "\n".join(["Nobody can tell:", *(f"  {line}" for line in reply.said)])
    first = reply.value[0]
    if len(texts) == 1:
        return f"{len(first)} numbers by {reply.engine}: {', '.join(f'{x:.3f}' for x in first[:6])} ..."
    near = [sum(a * b for a, b in zip(first, other, strict=True)) for other in reply.value[1:]]
    lines = [f"{score:6.3f}  {text}" for score, text in sorted(zip(near, texts[1:], strict=True), reverse=True)]
    return "\n".join([f"near to {texts[0]!r}, by {reply.engine}:", *lines])
