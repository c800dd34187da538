"""Proposals in the ledger: what was decided, what waits, and how a person sees it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from agents.contracts import Applied, Proposal, ProposalReport, Tried, Verdict
from agents.explain import explain
from agents.ledger import Ledger
from agents.masking import masked
from agents.memory import track_record
from agents.outcomes import taken_back
from agents.policy import policy_at
from agents.project import Project
from agents.remote import delete, push
from agents.repository import Repository

State = Literal["applied", "pending", "rejected", "superseded", "rolled_back"]


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


def keep(ledger: Ledger, project: Project, outcome: Applied) -> Applied:
    """Record a settled judgement: one decision, and a row and an explanation for each candidate.

    A branch that waits is pushed where the policy names a remote; what git says against it joins the note.
    """
    best = outcome.judgement.accepted
    outcome = _offered(project, outcome)
    supersede(ledger, project, outcome)
    _explain(ledger, outcome)
    for tried in outcome.judgement.tried:
        chosen = best is not None and tried.proposal.id == best.proposal.id
        ledger.keep_proposal(
            {
                "proposal_id": tried.proposal.id,
                "project": project.prefix,
                "state": state_of(outcome, tried),
                "proposal": tried.proposal.model_dump(mode="json"),
                "verdict": tried.verdict.model_dump(mode="json"),
                "base_commit": outcome.base,
                "commit_sha": outcome.commit if chosen else None,
                "note": outcome.note,
            }
        )
    diagnoses = outcome.judgement.options.diagnoses
    ledger.decide(
        "heal",
        context={
            "project": project.prefix,
            "diagnoses": [d.model_dump(mode="json") for d in diagnoses],
            "base": outcome.base,
        },
        suggestion=best.proposal.model_dump(mode="json") if best else None,
        approved=outcome.state == "applied",
        executed=outcome.state == "applied",
        outcome={"state": outcome.state, "note": outcome.note, "commit": outcome.commit},
    )
    if best and outcome.state == "applied":
        for change in best.proposal.changes:
            ledger.observe_pattern(change.kind, change.model_dump(mode="json"), confidence=1.0)
    return outcome


def _offered(project: Project, outcome: Applied) -> Applied:
    name = f"adp/{best.proposal.id}" if (best := outcome.judgement.accepted) else ""
    remote = policy_at(project, outcome.base).remote
    if best is None or not remote or outcome.state != "pending" or outcome.branch != name:
        return outcome
    refused = push(project, remote, best.proposal.id)
    said = f"{remote} refused {name}: {refused}" if refused else f"{name} is on {remote}"
    return outcome.model_copy(update={"note": f"{outcome.note}; {said}"})


def _explain(ledger: Ledger, outcome: Applied) -> None:
    tried = outcome.judgement.tried
    kinds = {one.proposal.id: frozenset(c.kind for c in one.proposal.changes) for one in tried}
    records = {some: track_record(ledger, some) for some in set(kinds.values())}
    for one in tried:
        explained = explain(one, tried, records[kinds[one.proposal.id]])
        ledger.keep_explanation(one.proposal.id, explained.model_dump(mode="json"))


def supersede(ledger: Ledger, project: Project, outcome: Applied) -> None:
    """Close what waited for the same fault before, its branch with it; a newer answer is there."""
    if outcome.state == "refused":
        return
    answered = {d.fingerprint for d in outcome.judgement.options.diagnoses}
    for row in ledger.proposals(project.prefix, "pending"):
        older = Proposal.model_validate(row["proposal"])
        if answered & {d.fingerprint for d in older.diagnoses}:
            ledger.keep_proposal({"proposal_id": older.id, "state": "superseded"})
            if older.id not in {t.proposal.id for t in outcome.judgement.tried}:
                drop_branch(project, older.id)


def drop_branch(project: Project, proposal_id: str) -> str:
    """Delete the branch on which a proposal waited, if there is one, here and on the policy's remote.

    Returns git's words where the remote keeps it.
    """
    repository = Repository(project.repo)
    ref = f"refs/heads/adp/{proposal_id}"
    if repository.line("for-each-ref", ref):
        repository.git("update-ref", "-d", ref)
    remote = policy_at(project, repository.head()).remote
    return delete(project, remote, proposal_id) if remote else ""


def state_of(outcome: Applied, tried: Tried) -> State:
    """The state of one candidate of a settled judgement."""
    if tried.verdict.accepted and outcome.state != "refused":
        return outcome.state
    return "pending" if tried.verdict.undecidable else "rejected"


def report_of(outcome: Applied, *, rolled_back: bool = False) -> tuple[ProposalReport, ...]:
    """Every candidate of a judgement as other programs see it, the accepted one first."""
    states = ((tried, state_of(outcome, tried)) for tried in outcome.judgement.tried)
    return tuple(reported(t, "rolled_back" if rolled_back and s == "applied" else s) for t, s in states)


def reported(tried: Tried, state: State) -> ProposalReport:
    """One candidate as other programs see it."""
    proposal, checks = tried.proposal, tried.verdict.checks
    return ProposalReport(
        id=proposal.id,
        title=proposal.title,
        risk=proposal.risk,
        state=state,
        files=tuple(f.path for f in proposal.files),
        certificate={"checks": [{**c.model_dump(), "measured": masked(c.measured)} for c in checks]},
    )


def rolled_back(ledger: Ledger, outcomes: Iterable[Applied], reason: str) -> None:
    """Record that applied proposals were taken back."""
    for outcome in outcomes:
        best = outcome.judgement.accepted
        if best and outcome.state == "applied":
            forget(ledger, best.proposal, reason)


def forget(ledger: Ledger, proposal: Proposal, reason: str) -> None:
    """Record that one applied proposal was taken back, and unlearn what it taught."""
    ledger.keep_proposal({"proposal_id": proposal.id, "state": "rolled_back", "note": reason})
    taken_back(ledger, proposal.id, reason)
    for change in proposal.changes:
        ledger.forget_pattern(change.kind, change.model_dump(mode="json"))
