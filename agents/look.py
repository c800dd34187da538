"""Everything that is wrong now, seen without trusting an earlier run's files."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from agents import published
from agents.build import parse_evidence
from agents.contracts import Cause, Evidence
from agents.diagnose.error_text import cause_of
from agents.edits import Edit, committed, suspects, uncommitted, words_of
from agents.errors import FinalError, UsageError
from agents.former import with_former
from agents.graph import Graph, load_graph
from agents.observe.observe import observe
from agents.parsed import carry_over
from agents.project import Project
from agents.rehearse import rehearse
from agents.repository import Repository
from agents.sandbox.client import warm_up
from agents.text import as_bytes

WORK_TREE = "work tree"
"""The node of evidence that speaks of edits which nobody committed."""
PARSES = 8
"""Files that dbt cannot parse are put back one after the other, so often at most."""


@dataclass(frozen=True)
class Seen:
    """What there is to explain, which sources moved at all, and what was committed since the last good state."""

    evidence: tuple[Evidence, ...]
    grown: tuple[str, ...] = ()
    graph: Graph | None = None
    """Of the commit that is checked out; what it cannot parse is in it as in the last good commit."""
    edits: tuple[Edit, ...] = ()


def look(project: Project, failures: Sequence[Evidence] = ()) -> Seen:
    """Everything that is wrong now: drifted sources, given failures, and what a rehearsal shows.

    Trusts no earlier run's files. Judged is what is committed. Where sources and code are as in the
    last good state and nothing failed, nothing is built.
    """
    good = published.required(project).state
    _require_committed(project)
    base = Repository(project.repo).head()
    edits = committed(project, good.commit, base) if base != good.commit else ()
    if edits or failures:
        warm_up(project.root, project.settings.sandbox)
    read = _read(project, base, edits)
    if read.graph is None:
        return Seen((*read.evidence, *failures), edits=edits)
    graph = with_former(project, read.graph, good, edits)
    # A project that does not parse loads no seed: they are seen as they stand in the warehouse.
    seen = observe(project, graph, None if read.evidence else base)
    if seen.evidence:
        warm_up(project.root, project.settings.sandbox)
    rehearsed: tuple[Evidence, ...] = ()
    tested = any(e.node.startswith("test.") for e in failures)  # which values fail it is seen by building once more
    if edits or tested or not (seen.evidence or failures):
        drifted = [e.node for e in seen.evidence]
        rehearsed = rehearse(
            project,
            graph,
            base,
            seen.grown,
            edits,
            drifted=drifted,
            tables=seen.tables,
            overlay={e.path: e.good for e in read.away},
        )
    typed = _above_contracts(graph, (*failures, *rehearsed), edits)
    if typed and not seen.evidence:
        seen = observe(project, graph, None if read.evidence else base, exact=typed)
    again = {e.node for e in rehearsed if e.node.startswith("test.")}  # in the words of dbt, and with values
    left = [e for e in failures if e.node not in again]
    return Seen((*read.evidence, *seen.evidence, *left, *rehearsed), seen.grown, graph, edits)


def _above_contracts(graph: Graph, failed: Sequence[Evidence], edits: Sequence[Edit]) -> frozenset[str]:
    """Ids of what stands above models whose contract broke though nobody edited them: there, a number that comes as
    another kind of number is no matter of taste.
    """
    broken = [e for e in failed if e.node in graph.nodes and cause_of(e.message) is Cause.contract_violated]
    return frozenset(
        uid
        for e in broken
        if not suspects(edits, e.message, graph.nodes[e.node], graph).edits
        for uid in graph.above(e.node)
    )


def _require_committed(project: Project) -> None:
    repository = Repository(project.repo)
    if repository.read(repository.head(), project.in_repo("dbt_project.yml")) is None:
        raise UsageError(
            f"{project.root} is not committed, so nothing could be undone. "
            f"Commit it: `git -C {project.root} add . && git -C {project.root} commit -m start`."
        )


@dataclass(frozen=True)
class _Read:
    """What dbt makes of a commit."""

    graph: Graph | None
    evidence: tuple[Evidence, ...] = ()
    away: tuple[Edit, ...] = field(default=())
    """Edits that were taken back so that the rest could be parsed."""


def _read(project: Project, base: str, edits: Sequence[Edit]) -> _Read:
    loose = uncommitted(project, base)
    try:
        graph = _sound(project.graph)
    except FinalError as error:
        broken = error
    else:
        return _Read(graph) if not loose else _commit(project, base, edits)
    if not loose and not edits:
        return _Read(None, (parse_evidence(broken),))
    read = _commit(project, base, edits)
    return read if read.evidence or not loose else _Read(read.graph, (_unfinished(broken, loose),))


def _unfinished(error: FinalError, loose: Sequence[str]) -> Evidence:
    named = [p for p in loose if any(p.endswith(w) for w in words_of(str(error)).paths)]
    message = f"{error}\nWhat is committed parses; the uncommitted edits in {', '.join(named or loose)} do not."
    path = (named or list(loose))[0]
    return Evidence(kind="build_error", node=WORK_TREE, message=message, path=path, seen_at=datetime.now(UTC))


def _commit(project: Project, base: str, edits: Sequence[Edit]) -> _Read:
    """Parse a commit; files that stop dbt are taken back to the last good text, each with its evidence."""
    evidence: list[Evidence] = []
    away: list[Edit] = []
    project.state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project.state, prefix="look-") as scratch:
        folder = Path(scratch) / "project"
        Repository(project.repo).export(base, project.prefix, folder)
        packages = project.root / "dbt_packages"
        if packages.is_dir() and not (folder / "dbt_packages").exists():
            (folder / "dbt_packages").symlink_to(packages)
        for number in range(PARSES):
            artifacts = Path(scratch) / f"dbt{number}"
            carry_over(project.artifacts, artifacts, folder, project.profiles_dir, project.target)
            try:
                graph = _sound(load_graph(folder, project.profiles_dir, artifacts, project.target))
            except FinalError as error:
                left = [e for e in edits if e not in away]
                blamed = suspects(left, str(error)).edits if number < PARSES - 2 else tuple(left)
                seen = parse_evidence(error)
                evidence.append(seen.model_copy(update={"path": blamed[0].path}) if blamed else seen)
                if not blamed:
                    return _Read(None, tuple(evidence), tuple(away))
                away += blamed
                _take_back(folder, blamed)
            else:
                return _Read(graph, tuple(evidence), tuple(away))
    return _Read(None, tuple(evidence), tuple(away))


def _take_back(folder: Path, edits: Sequence[Edit]) -> None:
    for edit in edits:
        file = folder / edit.path
        if edit.good is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(as_bytes(edit.good))


def _sound(graph: Graph) -> Graph:
    """The graph, if every parent is there and nothing reads itself. Raises FinalError in dbt's words."""
    for node in graph.nodes.values():
        for parent in node.parents:
            if parent not in graph.nodes and parent.startswith(("model.", "source.", "seed.", "snapshot.")):
                raise FinalError(
                    f"Compilation Error\n  '{node.unique_id}' depends on '{parent}' which is not in the graph!"
                )
    if cycle := _cycle(graph):
        raise FinalError(f"Found a cycle: {' --> '.join(cycle)}")
    return graph


def _cycle(graph: Graph) -> tuple[str, ...]:
    """Nodes that read each other in a ring; empty where there is none."""
    waiting = {uid: sum(p in graph.nodes for p in set(n.parents)) for uid, n in graph.nodes.items()}
    ready = [uid for uid, count in waiting.items() if not count]
    while ready:
        for child in set(graph.children.get(ready.pop(), ())):
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    left = {uid for uid, count in waiting.items() if count > 0}
    current, path = next(iter(sorted(left)), ""), list[str]()
    while current and current not in path:
        path.append(current)
        current = next(p for p in graph.nodes[current].parents if p in left)
    return tuple(path[path.index(current) :]) if current else ()
