"""`adp minds match`: which of the candidates is the missing column or table."""

from typing import Annotated

import typer

from agents.cli.command import Json, ProfilesDir, ProjectDir, Target, command, emit, noted
from agents.errors import UsageError
from agents.minds.asked import asking
from agents.minds.match.match import Match, match
from agents.minds.match.meaning import embedding
from agents.minds.match.source import match_in_source
from agents.project import find, open_project
from agents.story import table

ENGINES = ("names", "embeddings", "auto")
_LONGEST = 500


@command
def match_command(
    missing: Annotated[str, typer.Option("--missing", help="The column or table that is gone.")],
    candidates: Annotated[
        str, typer.Option("--candidates", help="Names, a,b,c; each may have a type: a:BIGINT,b.")
    ] = "",
    kind: Annotated[str, typer.Option("--type", help="The missing column's type.")] = "",
    source: Annotated[str, typer.Option("--source", help="Its source: values are compared too.")] = "",
    engine: Annotated[
        str, typer.Option("--engine", help="names, embeddings as well, or auto: names, which were measured best.")
    ] = "auto",
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Rank candidates for a missing column or table by names, types and, with --source, values.

    Undecided where the best one is not likely enough, nearly tied, or of a type that cannot hold the same.
    """
    if engine not in ENGINES:
        raise UsageError(f"--engine {engine}: allowed are {', '.join(ENGINES)}.")
    if not missing.strip():
        raise UsageError("--missing is empty; the name of a column or table is needed.")
    given = _candidates(candidates)
    if project and not project.is_dir():
        raise UsageError(f"--project {project} is no folder. Name one with a dbt_project.yml, or leave it away.")
    if long := next((n for n in (missing, *given) if len(n) > _LONGEST), None):
        raise UsageError(f"{long[:40]!r}... has {len(long):,} characters; names have at most {_LONGEST}.")
    embed = embedding() if engine == "embeddings" else None
    if not source and not given:
        raise UsageError(
            "No candidates. Name them, --candidates a,b,c, or a source whose new columns they are: --source S."
        )
    with asking((project or find()).resolve(), "by hand") as asked:
        if source:
            opened = open_project(project, profiles_dir=profiles_dir, target=target)
            found = match_in_source(opened, source, missing, list(given), kind, embed)
        else:
            found = match(missing, given, kind, embed=embed)
    by = asked.calls[0].model if asked.calls else None
    emit(as_json, {**found.model_dump(mode="json"), "weights": by}, _words(missing, found))
    noted(asked)
    return 0


def _candidates(text: str) -> dict[str, str]:
    """Name -> type, empty where none is given; commas in brackets belong to a type."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    pairs = (part.strip().partition(":") for part in parts if part.strip())
    found = {" ".join(name.split()): kind.strip(" :") for name, _, kind in pairs}
    if "" in found:
        raise UsageError(f"--candidates {text[:80]!r} has one without a name. Needed: a,b,c or a:BIGINT,b.")
    return found


def _words(missing: str, found: Match) -> str:
    rows = [{"candidate": r.name, "score": f"{r.score:.3f}", "reasons": "; ".join(r.reasons)} for r in found.ranking]
    said = f"{missing} is {found.ranking[0].name}" if found.decided else f"undecided: {found.why}"
    return f"{table(rows)}\nnone of them: {found.none:.3f}\n{said}"
