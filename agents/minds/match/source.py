"""A missing column of one source of a project, matched with all that is known of it."""

from collections.abc import Sequence

import duckdb

from agents import published
from agents.errors import UsageError
from agents.graph import Node
from agents.minds.match.delivered import compared, then_and_now
from agents.minds.match.match import Match, match
from agents.minds.match.meaning import Embed
from agents.project import Project
from agents.warehouse import columns


def source_named(project: Project, name: str) -> Node:
    """The source or seed that is called so: by dbt's id, `schema.table`, `source.table` or the table's name.

    Raises UsageError where there is none, or more than one.
    """
    known = project.graph.sources()
    wanted = name.lower()
    for names in (lambda n: (n.unique_id, n.label, f"{n.source_name}.{n.name}"), lambda n: (n.name, n.identifier)):
        found = [n for n in known if wanted in {str(said).lower() for said in names(n)}]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"--source {name} is more than one: {', '.join(n.label for n in found)}.")
    raise UsageError(f"--source {name}: {project.name} has {', '.join(n.label for n in known) or 'no sources'}.")


def match_in_source(
    project: Project,
    name: str,
    missing: str,
    candidates: Sequence[str] = (),
    kind: str = "",
    embed: Embed | None = None,
) -> Match:
    """Match by names, types and values. Without `candidates`, all columns that came since the last good state.

    Raises UsageError where the source, the missing column or a candidate is not there.
    """
    node = source_named(project, name)
    with then_and_now(project, node) as (db, then, now):
        old, new = ({c.lower(): (c, k) for c, k in columns(db, side).items()} for side in (then, now))
        asked = [c.lower() for c in candidates] or [c for c in new if c not in old]
        if strange := [c for c in asked if c not in new]:
            raise UsageError(
                f"{node.label} has no column {', '.join(strange)}. It has {', '.join(c for c, _ in new.values())}."
            )
        kinds = dict(new[c] for c in asked)
        if missing.lower() not in old:
            known = published.required(project).state.published_at
            raise UsageError(
                f"{node.label} had no column {missing} when it was last good, on {known:%Y-%m-%d %H:%M}. "
                f"It had {', '.join(c for c, _ in old.values())}."
            )
        was, type_then = old[missing.lower()]
        try:
            missed, seen = compared(db, then, now, was, list(kinds))
        except duckdb.Error as error:
            raise UsageError(f"{node.label} cannot be compared: {str(error).splitlines()[0]}") from error
        return match(missing, kinds, kind or type_then, missed, seen, embed)
