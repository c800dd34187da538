"""What became of proposals: those that a proof and a rerun held up, and those that a person turned down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from agents.contracts import Proposal
from agents.ledger import Ledger, in_utc

SAID_YES = ("approve", "merge")


@dataclass(frozen=True)
class Decided:
    """A proposal that is settled."""

    proposal: Proposal
    held: bool
    """Applied, found as proved by the rerun, and not taken back since; False: a person rejected it."""
    by_person: bool
    """Whether somebody said so; the policy applies what is of low risk by itself."""
    at: datetime


def decided(ledger: Ledger, prefix: str) -> tuple[Decided, ...]:
    """The settled proposals of a project (its path in the repository), oldest first.

    What lost in the sandbox, was superseded or taken back is not among them: nobody said that it was wrong.
    """
    return tuple(_decided(ledger, prefix))


def _decided(ledger: Ledger, prefix: str) -> Iterator[Decided]:
    said = {word: _proposals(ledger, word) for word in (*SAID_YES, "reject")}
    held = {
        str((d["suggestion"] or {}).get("id"))
        for d in ledger.decisions("heal")
        if ((d["outcome"] or {}).get("measured") or {}).get("held") is True
    }
    for row in ledger.proposals(prefix):
        name, state = row["proposal_id"], row["state"]
        stands = state == "applied" and name in held
        if not stands and not (state == "rejected" and name in said["reject"]):
            continue
        try:
            proposal = Proposal.model_validate(row["proposal"])
        except ValidationError:  # of another version of adp, which knew other changes
            continue
        asked = not stands or any(name in said[word] for word in SAID_YES)
        yield Decided(proposal, stands, asked, in_utc(row["changed_at"]))


def _proposals(ledger: Ledger, operation: str) -> set[str]:
    return {str((d["context"] or {}).get("proposal")) for d in ledger.decisions(operation)}
