"""What became of a decision: expected against measured, what was taken back, and what people thought of it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from agents.audit import Audit
from agents.contracts import Applied
from agents.errors import UsageError
from agents.ledger import Ledger
from agents.project import Project


def measured(ledger: Ledger, settled: Sequence[Applied], compared: bool, detail: str) -> None:
    """Write expected against measured to the decisions that a rerun answers.

    `compared`: the warehouse holds what the sandbox proved.
    """
    for applied in settled:
        best = applied.judgement.accepted
        if best is None or applied.state != "applied":
            continue
        prints = best.verdict.fingerprints
        facts = {
            "expected": {"relations": len(prints), "rows": sum(p.rows for p in prints.values())},
            "measured": {"held": compared, "detail": detail, "at": _now()},
        }
        _amend(ledger, best.proposal.id, facts)


def taken_back(ledger: Ledger, proposal_id: str, reason: str) -> None:
    """Write to a decision that what it applied was taken back later."""
    _amend(ledger, proposal_id, {"taken_back": {"reason": reason, "at": _now()}})


def feedback(ledger: Ledger, project: Project, proposal_id: str, score: float, note: str = "") -> None:
    """Keep what a person thinks of a proposal, from -1 to 1; the newest score counts. Raises UsageError outside."""
    if not -1 <= score <= 1:
        raise UsageError(f"--score {score:g}: allowed is -1 (harmful) to 1 (right).")
    row = ledger.decision_of(proposal_id)
    if row is None:  # a choice that nobody made yet
        (kept,) = [r for r in ledger.proposals(project.prefix) if r["proposal_id"] == proposal_id]
        key = ledger.decide("feedback", context={"proposal": proposal_id}, suggestion=kept["proposal"])
        row = {"decision_id": key, "outcome": {}}
    outcome = {**(row["outcome"] or {}), "feedback": {"score": score, "note": note, "at": _now()}}
    ledger.amend(row["decision_id"], outcome, score)
    Audit(project.state).append("feedback", proposal=proposal_id, score=score, note=note)


def _amend(ledger: Ledger, proposal_id: str, facts: dict[str, object]) -> None:
    if row := ledger.decision_of(proposal_id):
        ledger.amend(row["decision_id"], {**(row["outcome"] or {}), **facts})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
