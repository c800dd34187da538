"""What a change to one source reaches by its columns, and what must be built to prove it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.contracts import MapColumn, QuarantineRows, SourceChange
from agents.lineage import EVERY, follow, queries
from agents.readings import readings
from agents.sandbox.results import BUILT
from agents.sandbox.stage import GOOD
from agents.verify.deliveries import Judging
from agents.warehouse import every_column


@dataclass(frozen=True)
class Reached:
    """The columns below a change, and the nodes that the sandbox builds for it."""

    columns: dict[str, frozenset[str]]
    """Model by dbt id -> its columns that follow from the change; EVERY where its rows do."""
    build: tuple[str, ...]
    """dbt ids of the models concerned, and of what their tests and their own text need as it is today."""
    tests: tuple[str, ...]
    """Names of the tests on the models concerned, and on what the source delivers otherwise."""
    left: tuple[str, ...]
    """dbt ids of the models below the change that follow from none of its columns: the rerun builds them."""


def reached(case: Judging, fixed: Mapping[str, str]) -> Reached:
    """Follow the changed columns through the compiled texts of the models below (`Compared.fixed`).

    A model that has none there, or whose text cannot be followed, is taken to pass everything on.
    """
    graph, nodes = case.graph, case.graph.nodes
    below = [uid for uid in graph.downstream(*case.proposal.nodes) if nodes[uid].kind in BUILT]
    blocked = set(case.blocked)
    # A change that reads no column otherwise decides which rows there are.
    changed = [column for change in case.changes for column in _columns(change)]
    read = queries(fixed, every_column(Path(case.stage.files[GOOD])))
    columns = follow(graph, {case.source.unique_id: changed}, read)
    concerned = {*columns, *(uid for uid in case.proposal.nodes if nodes[uid].kind != "test")} - blocked
    tests = [t for t in graph.tests(*concerned) if not blocked & set(t.parents)]
    built = _closed(case, concerned, (p for t in (*tests, *graph.tests(case.source.unique_id)) for p in t.parents))
    order = dict.fromkeys((*below, *case.rebuild))
    return Reached(
        columns,
        tuple(uid for uid in order if uid in built),
        tuple(dict.fromkeys((*(t.name for t in tests), *_source_tests(case, changed)))),
        tuple(uid for uid in below if uid not in built and uid not in blocked),
    )


def _columns(change: SourceChange) -> Iterable[str]:
    return (EVERY,) if isinstance(change, QuarantineRows) else tuple(readings(change)) or (EVERY,)


def _closed(case: Judging, concerned: set[str], read: Iterable[str]) -> set[str]:
    """With them whatever else their tests `read`, and whatever above must be built because its sources moved."""
    moved = set(case.rebuild) - set(case.blocked)
    wanted = concerned | {uid for uid in read if uid in moved}
    return wanted | {a for uid in wanted for a in case.graph.above(uid) if a in moved}


def _source_tests(case: Judging, changed: Iterable[str]) -> list[str]:
    """Names of tests of the source itself that a change of these columns concerns, as the repaired project has them."""
    source, blocked = case.source.unique_id, set(case.blocked)
    if not case.graph.tests(source):
        return []
    names = {n.lower() for n in changed}
    names |= {c.arrives_as.lower() for c in case.changes if isinstance(c, MapColumn)}
    found = case.worker.ask("tests", unique_id=source)
    concerned = [t for t in found if EVERY in names or not t["column"] or t["column"].lower().strip('"') in names]
    return [t["name"] for t in concerned if not blocked & set(t["parents"])]
