"""The inbox's verbs: show, approve, reject. Approving proves again where anything moved since."""

from dataclasses import dataclass

from agents.contracts import Applied, Options, Proposal, Verdict
from agents.diagnose.diagnose import diagnose
from agents.errors import UsageError
from agents.heal import settle
from agents.inbox import drop_branch
from agents.ledger import Ledger
from agents.look import look
from agents.project import Project
from agents.prove import prove
from agents.rebuild import Rebuilt, rebuild
from agents.repository import Repository


@dataclass(frozen=True)
class Kept:
    """A proposal as the ledger holds it."""

    proposal: Proposal
    verdict: Verdict
    state: str
    base: str
    commit: str | None
    note: str


def every(ledger: Ledger, project: Project, state: str | None = None) -> tuple[Kept, ...]:
    """Proposals of a project, oldest first."""
    return tuple(
        Kept(
            proposal=Proposal.model_validate(row["proposal"]),
            verdict=Verdict.model_validate(row["verdict"]),
            state=row["state"],
            base=row["base_commit"],
            commit=row["commit_sha"],
            note=row["note"] or "",
        )
        for row in ledger.proposals(project.prefix, state)
    )


def one(ledger: Ledger, project: Project, proposal_id: str) -> Kept:
    """The proposal with this id, or the start of one. Raises UsageError where none or several match."""
    found = [k for k in every(ledger, project) if k.proposal.id.startswith(proposal_id)]
    if len(found) != 1:
        known = ", ".join(k.proposal.id for k in every(ledger, project)) or "none"
        raise UsageError(
            f"{len(found)} proposals start with {proposal_id!r}. Known: {known}. See `adp proposals list`."
        )
    return found[0]


def diff(project: Project, kept: Kept) -> str:
    """Unified diff of the model files a proposal changes."""
    import difflib

    lines: list[str] = []
    for file in kept.proposal.files:
        before, after = (file.before or "").splitlines(True), (file.after or "").splitlines(True)
        lines += difflib.unified_diff(before, after, f"a/{file.path}", f"b/{file.path}")
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def reject(ledger: Ledger, project: Project, proposal_id: str, reason: str) -> None:
    """Close a pending proposal and delete its branch; the decision and its reason are kept."""
    kept = _pending(ledger, project, proposal_id)
    drop_branch(Repository(project.repo), kept.proposal.id)
    ledger.keep_proposal({"proposal_id": kept.proposal.id, "state": "rejected", "note": reason})
    ledger.decide("reject", context={"proposal": kept.proposal.id}, approved=False, executed=False,
                  outcome={"reason": reason})  # fmt: skip


def approve(ledger: Ledger, project: Project, proposal_id: str, approver: str) -> tuple[Applied, Rebuilt | None]:
    """Prove a pending proposal again on today's commit and sources, commit it, and rebuild.

    A person's choice between candidates that the data could not tell apart is taken as given; every
    other claim must hold.
    """
    kept = _pending(ledger, project, proposal_id)
    seen = look(project)
    if seen.graph is None:
        raise UsageError(f"{project.name} does not parse, so {kept.proposal.id} cannot be proved. Run `dbt parse`.")
    base = Repository(project.repo).head()
    current = _refreshed(project, kept.proposal, base)
    found = {d.fingerprint: d for d in diagnose(seen.evidence, seen.graph, seen.edits)}
    if not any(d.fingerprint in found for d in current.diagnoses):
        raise UsageError(f"{kept.proposal.id}: the fault it answers is no longer there. Reject it, or run `adp heal`.")
    diagnoses = tuple(found.get(d.fingerprint, d) for d in current.diagnoses)
    option = Options(diagnoses=diagnoses, candidates=(current.model_copy(update={"diagnoses": diagnoses}),))
    (judgement,) = prove(project, seen.graph, base, (option,), seen.grown, chosen=True)
    drop_branch(Repository(project.repo), kept.proposal.id)
    applied = settle(project, ledger, judgement, None, approver)
    rebuilt = rebuild(project, ledger, (applied,)) if applied.state == "applied" else None
    return applied, rebuilt


def _pending(ledger: Ledger, project: Project, proposal_id: str) -> Kept:
    kept = one(ledger, project, proposal_id)
    if kept.state != "pending":
        raise UsageError(f"Proposal {kept.proposal.id} is {kept.state}; only a pending one can be decided.")
    return kept


def _refreshed(project: Project, proposal: Proposal, base: str) -> Proposal:
    """The proposal on top of today's commit. Raises UsageError where somebody changed its files."""
    repository = Repository(project.repo)
    moved = [f.path for f in proposal.files if repository.read(base, f.path) != f.before]
    if moved:
        raise UsageError(f"{', '.join(moved)} changed since {proposal.id} was proposed. Run `adp heal` for a new one.")
    return proposal
