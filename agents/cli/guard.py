"""`adp guard`: would this text be let in, and which layer stops it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.command import Json, ProjectDir, command, emit
from agents.errors import UsageError
from agents.guard.context import Context
from agents.guard.guard import KINDS, NAMES, judge
from agents.project import find
from agents.text import as_text

REFUSED = 4


@command
def guard_command(
    source: Annotated[str, typer.Argument(metavar="FILE|-", help="A file, or - for standard input; a path to judge.")],
    kind: Annotated[str, typer.Option("--kind", help="sql, jinja, path or yaml.")],
    path: Annotated[str, typer.Option("--path", metavar="REL", help="Where in the dbt project it would stand.")] = "",
    project: ProjectDir = None,
    as_json: Json = False,
) -> int:
    """Would this generated text be let in? Exit 0: yes; 4: no, with the layer that stops it and why.

    Nothing of the text runs, and dbt is not asked: the project's macros are read from its files.
    """
    asked = next((known for known in KINDS if known == kind), None)
    if asked is None:
        raise UsageError(f"--kind {kind}: allowed are {', '.join(KINDS)}.")
    root = (project or find()).resolve()
    if not (root / "dbt_project.yml").is_file():
        raise UsageError(f"{root} holds no dbt_project.yml. Name a dbt project with `--project DIR`.")
    text = _read(source) if kind != "path" or source == "-" else source
    where = (text.removesuffix("\n") if source == "-" else text) if kind == "path" else path
    ruling = judge(asked, "" if kind == "path" else text, where, Context.of(root))
    value = {"allowed": ruling.allowed, "layer": ruling.layer or None, "why": ruling.words or None,
             "kind": kind, "layers": list(NAMES)}  # fmt: skip
    emit(as_json, value, "allowed" if ruling.allowed else f"refused by the layer {ruling.layer}: {ruling.words}")
    return 0 if ruling.allowed else REFUSED


def _read(source: str) -> str:
    if source == "-":
        return as_text(sys.stdin.buffer.read())
    file = Path(source)
    if not file.is_file():
        raise UsageError(f"{source} is no file. Name one, or - for standard input.")
    return as_text(file.read_bytes())
