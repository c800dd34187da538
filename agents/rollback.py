"""Take versions of frozen assets back, code and data as one."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from agents import lock, published
from agents.activate import activate
from agents.audit import Audit
from agents.build import audit, dbt_build
from agents.commit import Landed, commit, recovered
from agents.contracts import Proposal
from agents.failpoints import passing
from agents.frozen.undo import Undo, undo
from agents.inbox import forget
from agents.interrupted import alone
from agents.ledger import Ledger
from agents.observe.observe import observe
from agents.project import Project
from agents.repository import Repository

JOURNAL = "rollback.json"
"""The rollback that is being made; of a process that was killed it stays, and the next one ends it."""
BUILT = ("model", "snapshot", "seed")


@dataclass(frozen=True)
class RolledBack:
    """What became of code and data."""

    moves: dict[str, tuple[str, str]]
    """Asset -> version before and version now."""
    landed: Landed | None
    """None where only bytes of the work tree were put back."""
    why: str
    data: str
    """`restored`, `rebuilt`, `kept` (code waits, or only bytes moved) or `missing` (no copy is kept of then)."""
    detail: str
    aside: str = ""
    """Folder with the uncommitted texts that were in the way."""
    told: tuple[str, ...] = ()
    """Who was told, a line each."""


def rollback(project: Project, ledger: Ledger, asset: str, to: str | None = None, *, by: str, why: str) -> RolledBack:
    """Put an asset, and what changed with it, back to version `to` or to the one before.

    The tables follow: where the sources are still as they were then, the old code builds them anew; else the last
    good relations come back from the copy that was kept, and that copy is what readers see. Repairs of the same fault
    wait for a person from then on. Raises UsageError for an unknown asset or version.
    """
    with alone(project):
        recovered(project)
        resumed(project, ledger)
        return rolled_back(project, ledger, asset, to, by=by, why=why)


def rolled_back(
    project: Project, ledger: Ledger, asset: str, to: str | None = None, *, by: str, why: str
) -> RolledBack:
    """As `rollback`, for a caller that holds the project's lock."""
    planned = undo(project, asset, to)
    aside = _set_aside(project, planned)
    if not planned.undone:
        head = Repository(project.repo).head()
        activate(Repository(project.repo), head, tuple(planned.files))
        Audit(project.state).append("bytes_restored", assets=list(planned.moves), commit_of=head, by=by, why=why)
        return RolledBack(planned.moves, None, why, "kept", "the committed bytes are back", aside)
    subject = f"rollback-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    _note(project, {"subject": subject, "planned": {**asdict(planned), "files": {}}, "by": by, "why": why})
    landed = _commit(project, planned, subject, by, why)
    if not landed.applied:
        _forget(project)
        return RolledBack(planned.moves, landed, why, "kept", f"waits on {landed.branch}: {landed.note}", aside)
    data, detail = _followed(project, ledger, planned, landed.commit, by, why)
    return RolledBack(planned.moves, landed, f"{by}: {why}", data, detail, aside)


def resumed(project: Project, ledger: Ledger) -> str:
    """Let ledger and data follow a rollback whose process was killed when its code was back; what was done, in words.

    For a caller that holds the project's lock, and after `agents.commit.recovered`.
    """
    file = project.state / JOURNAL
    if not file.is_file():
        return ""
    told = json.loads(file.read_text())
    lines = reversed(Audit(project.state).read().lines)
    made = (
        str(x.facts["commit"]) for x in lines if x.facts.get("subject") == told["subject"] and x.facts.get("commit")
    )
    commit = next(made, "")
    if not commit or not Repository(project.repo).contains("HEAD", commit):
        _forget(project)
        return ""
    data, detail = _followed(project, ledger, Undo(**told["planned"]), commit, told["by"], told["why"])
    return f"{', '.join(told['planned']['moves'])}: an interrupted rollback was ended, data {data}: {detail}"


def resumed_alone(project: Project, ledger: Ledger) -> str:
    """`resumed` in the turn of a heal, which is waited for only where there is something to end."""
    if not (project.state / JOURNAL).is_file():
        return ""
    with alone(project):
        return resumed(project, ledger)


def _note(project: Project, journal: Mapping[str, Any]) -> None:
    fresh = project.state / f"{JOURNAL}.next"
    fresh.write_text(json.dumps(journal))
    fresh.replace(project.state / JOURNAL)


def _forget(project: Project) -> None:
    (project.state / JOURNAL).unlink(missing_ok=True)


def _followed(project: Project, ledger: Ledger, planned: Undo, commit: str, by: str, why: str) -> tuple[str, str]:
    """Ledger and data after the code; done again, it ends what was begun."""
    if all(d["outcome"]["commit"] != commit for d in ledger.decisions("rollback")):
        _remember(project, ledger, planned, commit, by, why)
    passing("rollback.code_landed")
    data, detail = _data(replace(project), ledger, planned, commit)
    for decision in (d for d in ledger.decisions("rollback") if d["outcome"]["commit"] == commit):
        ledger.amend(decision["decision_id"], {**decision["outcome"], "data": data, "detail": detail})
    Audit(project.state).append("rollback_data", commit_of=commit, data=data, detail=detail)
    _forget(project)
    return data, detail


def _commit(project: Project, planned: Undo, subject: str, by: str, why: str) -> Landed:
    said = ", ".join(f"{name} {a} to {b}" for name, (a, b) in planned.moves.items())
    undone = "".join(f"Reverts: {sha}\n" for sha in planned.undone)
    message = f"Roll back {said}\n\n{' '.join(why.split())}\n\n{undone}Approved-By: {by}\n"
    base = Repository(project.repo).head()
    return commit(project, planned.files, message, base, subject, event="rollback", meant=tuple(planned.files))


def _set_aside(project: Project, planned: Undo) -> str:
    """Copy uncommitted texts that the rollback overwrites, so that nothing is lost; the folder, or nothing."""
    repository = Repository(project.repo)
    same = set(repository.same_as("HEAD", tuple(planned.files)))
    edited = [p for p in planned.files if p not in same and (project.repo / p).is_file()]
    if not edited:
        return ""
    folder = project.state / "set_aside" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    for path in edited:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(project.repo / path, folder / path)
    return str(folder)


def _remember(project: Project, ledger: Ledger, planned: Undo, commit: str, by: str, why: str) -> None:
    """The proposals are rolled back, what was learned from them is forgotten, and their faults wait for a person."""
    faults: list[str] = []
    gone = _proved_by(project, planned)
    for row in ledger.proposals(project.prefix, "applied"):
        if row["commit_sha"] not in planned.undone and row["proposal_id"] not in gone:
            continue
        proposal = Proposal.model_validate(row["proposal"])
        faults += [d.fingerprint for d in proposal.diagnoses]
        forget(ledger, proposal, f"{by}: {why}")
    ledger.decide(
        "rollback",
        context={"moves": planned.moves, "undone": list(planned.undone), "faults": faults, "project": project.prefix},
        approved=True,
        executed=True,
        outcome={"commit": commit, "by": by, "why": why},
    )


def _proved_by(project: Project, planned: Undo) -> set[str]:
    """Proposals whose certificates the versions that go stand on: of a merge, the ledger knows another commit."""
    then = lock.at(project, planned.then)
    locks = [lock.at(project, sha) for sha in planned.undone]
    entries = (entries[name] for entries in locks for name in planned.moves if name in entries)
    return {PurePosixPath(e.certificate).stem for e in entries if e != then.get(e.asset)}


def _data(project: Project, ledger: Ledger, planned: Undo, commit: str) -> tuple[str, str]:
    graph = project.graph
    nodes = [n.unique_id for n in graph.nodes.values() if n.path in planned.paths]
    below = graph.downstream(*nodes)
    affected = [graph.nodes[uid] for uid in below if uid in graph.nodes and graph.nodes[uid].kind in BUILT]
    names = [n.name for n in affected]
    if not names:
        return "kept", "no table depends on it"
    copy = _of_then(project, planned, commit)
    if copy is None:
        outcome = dbt_build(project, names)
        if not outcome.succeeded:
            failed = outcome.error or "; ".join(f"{f.unique_id}: {f.message}" for f in outcome.failures)
            return "missing", f"no copy of the data of then is kept, and the old code does not build: {failed}"
        held = audit(project, ledger)
        return "rebuilt", f"{len(names)} relations built by the old code" + _waits(held.evidence)
    published.republish(project, copy, commit)
    seen = observe(project, graph)
    if not seen.evidence and dbt_build(project, names).succeeded:
        held = audit(project, ledger)
        return "rebuilt", f"{len(names)} relations built by the old code on today's sources" + _waits(held.evidence)
    done = published.restore(project, affected, copy)
    passing("rollback.data_restored")
    why = "; ".join(e.message for e in seen.evidence) or "the old code no longer builds"
    when = f"{copy.state.published_at:%F %T}"
    return "restored", f"{len(done)} relations as they were published {when} UTC, because {why}"


def _waits(evidence: Sequence[object]) -> str:
    return f"; {len(evidence)} findings wait, and nothing is published: see `adp observe`" if evidence else ""


def _of_then(project: Project, planned: Undo, commit: str) -> published.Published | None:
    """The newest copy that holds none of the versions that go, or is already that of `commit`."""
    repository = Repository(project.repo)

    def is_of_then(copied: str) -> bool:
        there = repository.contains(commit, copied)
        return there and not any(repository.contains(copied, sha) for sha in planned.undone)

    copies = published.kept(project)
    return next((c for c in copies if c.state.commit == commit or is_of_then(c.state.commit)), None)
