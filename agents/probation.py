"""A version that agents made is on probation in its first runs: if its checks fail, it is taken back by itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from agents import lock, published
from agents.contracts import Evidence, Frozen
from agents.edits import Edit
from agents.errors import UsageError
from agents.graph import Graph
from agents.interrupted import alone
from agents.ledger import Ledger
from agents.look import look
from agents.notify.announce import announce_versions
from agents.notify.waiting import PROBATION
from agents.policy import policy_at
from agents.project import Project
from agents.repository import Repository
from agents.rollback import RolledBack, rolled_back
from agents.text import as_bytes

FAILED = ("check_failure", "build_error", "run_failure")


def end_probation(
    project: Project, ledger: Ledger, graph: Graph | None, evidence: Iterable[Evidence], edits: Iterable[Edit] = ()
) -> RolledBack | None:
    """Roll back a version on probation that fails, or whose checks do, and tell its owner and its approver; None where
    none is to blame.

    A source that drifted, or a person's edit, explains a failure better, and is diagnosed. The caller holds the
    project's lock.
    """
    seen = tuple(evidence)
    failed = [e for e in seen if e.kind in FAILED]
    proved = {e.path: e.sha256 for e in lock.load(project.root).values() if e.author == "adp"}
    theirs = [e for e in edits if e.now is None or proved.get(e.path) != lock.digest(as_bytes(e.now))]
    if graph is None or not failed or theirs or any(e.kind == "source_drift" for e in seen):
        return None
    limit = _limit(project)
    for entry, runs in _on_probation(project, ledger, limit):
        blamed = next((e for e in failed if _is_about(e, entry, graph)), None)
        if blamed is None:
            continue
        number = f"run {runs + 1} of its first {limit}"
        why = f"{entry.asset} {entry.version} fails its checks in {number}: {blamed.message}"
        back = rolled_back(project, ledger, entry.asset, by=PROBATION, why=why)
        return replace(back, told=announce_versions(project, ledger))
    return None


def end_probation_alone(project: Project, ledger: Ledger, failures: Sequence[Evidence]) -> RolledBack | None:
    """`end_probation` after a build that failed so, in the turn of a heal; it looks further only where it may apply."""
    if not failures or published.current(project) is None:
        return None
    if not any(_on_probation(project, ledger, _limit(project))):
        return None
    with alone(project):
        try:
            seen = look(project, failures)
        except UsageError:  # a person is editing, which explains a failure better
            return None
        return end_probation(project, ledger, seen.graph, seen.evidence, seen.edits)


def _limit(project: Project) -> int:
    return policy_at(project, Repository(project.repo).head()).probation_runs


def _on_probation(project: Project, ledger: Ledger, limit: int) -> Iterator[tuple[Frozen, int]]:
    """Versions that agents made and nobody changed, with their good runs so far, which are fewer than `limit`."""
    for entry in lock.load(project.root).values():
        if entry.author == "adp" and lock.holds(project.root, entry):
            runs = _runs(ledger, project, entry)
            if runs < limit:
                yield entry, runs


def _runs(ledger: Ledger, project: Project, entry: Frozen) -> int:
    """Good states that were published since the version was frozen."""
    found = ledger.since("observe", entry.frozen_at)
    return sum(bool(d["executed"]) and (d["context"] or {}).get("project") == project.prefix for d in found)


def _is_about(evidence: Evidence, entry: Frozen, graph: Graph) -> bool:
    """Whether the node of the asset failed, or a check that reads it directly."""
    node = graph.nodes.get(evidence.node)
    if node is None:
        return evidence.path == entry.path
    checked = [graph.nodes[uid].path for uid in node.parents if uid in graph.nodes] if "test" in node.kind else []
    return entry.path in (node.path, *checked)
