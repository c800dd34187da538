"""A proved judgement on its way into git: frozen, held back or applied, and recorded."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agents import lock, published
from agents.commit import commit
from agents.contracts import Applied, Judgement, Tried
from agents.errors import RaceLost
from agents.freeze.freeze import freeze
from agents.freeze.package import Package
from agents.inbox import keep
from agents.ledger import Ledger
from agents.policy import facts_of, policy_at, ruling
from agents.project import Project
from agents.propose.restore_text import stops_parsing
from agents.repository import Repository
from agents.settings import SETTINGS_FILE

RACES = 10
"""How often a change is packed again because somebody else's commit came before."""


@dataclass(frozen=True)
class Packed:
    """A judgement on its way into git: frozen where it was proved, and why it may have to wait."""

    judgement: Judgement
    base: str
    ceiling: str | None = None
    approver: str = ""
    package: Package | None = None
    hold: str = ""
    blocked: str = ""
    """Another fault that must be answered first, whatever becomes of the branch meanwhile."""


def pack_all(project: Project, judged: Sequence[Judgement], ceiling: str | None) -> tuple[Packed, ...]:
    """Freeze all that was proved; nothing is applied while the project does not parse."""
    packed: list[Packed] = []
    blocked = ""
    for judgement in judged:
        packed.append(pack(project, judgement, ceiling, blocked=blocked))
        if stops_parsing(judgement.options) and (packed[-1].hold or packed[-1].package is None):
            blocked = f"the project does not parse until {judgement.options.diagnoses[0].subject} is answered"
    return tuple(packed)


def pack(
    project: Project, judgement: Judgement, ceiling: str | None, approver: str = "", *, blocked: str = ""
) -> Packed:
    """Freeze what was proved, on top of the commit that is checked out; nothing is written."""
    base = Repository(project.repo).head()
    best = judgement.accepted
    if best is None:
        return Packed(judgement, base, ceiling, approver)
    policy = policy_at(project, base)
    now = datetime.now(UTC)
    facts = facts_of(project, best.proposal, policy)
    rule = ruling(
        policy, best.proposal, facts, now,
        ceiling=ceiling, approved=bool(approver), settings_path=project.in_repo(SETTINGS_FILE),
    )  # fmt: skip
    by = approver or (f"policy auto={rule.ceiling}" if rule.applied else f"whoever merges adp/{best.proposal.id}")
    package = freeze(project, best, base, by, now)
    hold = (
        blocked
        or rule.hold
        or _overtaken(project, best, base)
        or ("" if approver else _taken_over(project, best, base))
    )
    return Packed(judgement, base, ceiling, approver, package, hold, blocked)


def _overtaken(project: Project, best: Tried, base: str) -> str:
    """Why the text that was proved is no longer the text to change; a commit must not undo somebody's."""
    now = Repository(project.repo).texts(base, [f.path for f in best.proposal.files])
    moved = [f.path for f in best.proposal.files if now[f.path] != f.before]
    return f"{', '.join(moved)} changed since the proposal was proved" if moved else ""


def _taken_over(project: Project, best: Tried, base: str) -> str:
    """Whose the files are that a person edited after agents wrote them: to these they only propose."""
    held = lock.at(project, base).values()
    entries = {project.in_repo(e.path): e for e in held if e.author != "adp"}
    theirs = [entries[f.path] for f in best.proposal.files if f.path in entries]
    return "; ".join(f"{e.asset} {e.version} is of {e.author}, who is asked" for e in theirs)


def land(project: Project, ledger: Ledger, packed: Packed) -> Applied:
    """Commit what is packed and allowed, keep the rest for a person, and record which and why.

    Where the branch moved, or moves while this is committed, it is packed again on the new tip; after RACES it waits.
    """
    for _ in range(RACES):
        with suppress(RaceLost):
            return _landed(project, ledger, packed)
        packed = _again(project, packed)
    return _landed(project, ledger, replace(packed, hold=packed.hold or f"the branch moved {RACES} times meanwhile"))


def _again(project: Project, packed: Packed) -> Packed:
    return pack(project, packed.judgement, packed.ceiling, packed.approver, blocked=packed.blocked)


def _landed(project: Project, ledger: Ledger, packed: Packed) -> Applied:
    if packed.package and Repository(project.repo).head() != packed.base:
        packed = _again(project, packed)
    if packed.package and not packed.approver and not packed.hold:
        packed = replace(packed, hold=_taken_back(ledger, packed.judgement))
    if packed.package and not packed.hold:
        published.keep(project)
    outcome = _commit(project, packed, packed.package) if packed.package else _unproved(packed.judgement, packed.base)
    return keep(ledger, project, outcome)


def _taken_back(ledger: Ledger, judgement: Judgement) -> str:
    """Who rolled a repair of the same fault back before, and why: the next one waits for a person."""
    faults = {d.fingerprint for d in judgement.options.diagnoses}
    for decision in reversed(ledger.decisions("rollback")):
        if faults & set(decision["context"]["faults"]):
            said = decision["outcome"]
            return f"a repair of this fault was rolled back by {said['by']}: {said['why']}"
    return ""


def settle(project: Project, ledger: Ledger, judgement: Judgement, ceiling: str | None, approver: str = "") -> Applied:
    """Freeze and commit in one go."""
    return land(project, ledger, pack(project, judgement, ceiling, approver))


def _unproved(judgement: Judgement, base: str) -> Applied:
    if judgement.undecided:
        names = [t.proposal.title for t in judgement.undecided]
        between = "not decidable from the data, a person chooses between: "
        note = names[0] if len(names) == 1 else between + "; ".join(names)
        return Applied(judgement=judgement, state="pending", note=note, base=base)
    failed = [f"{t.proposal.title}: {c.name}: {c.measured}" for t in judgement.tried[:3] for c in t.verdict.failed[:1]]
    note = judgement.options.refusal or "; ".join(failed) or "no candidate"
    return Applied(judgement=judgement, state="refused", note=note, base=base)


def _commit(project: Project, packed: Packed, package: Package) -> Applied:
    best = packed.judgement.accepted
    assert best is not None
    landed = commit(
        project,
        package.files,
        package.message,
        packed.base,
        best.proposal.id,
        frozen=package.frozen,
        hold=packed.hold,
        onto_tip=True,
    )
    return Applied(
        judgement=packed.judgement,
        state="applied" if landed.applied else "pending",
        note=landed.note,
        base=packed.base,
        commit=landed.commit,
        branch=landed.branch,
        frozen=package.frozen,
    )
