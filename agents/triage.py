"""What becomes of each diagnosis: a repair, another run, or a person; every loop has a budget."""

from collections.abc import Iterable
from datetime import datetime

from agents.contracts import OPERATIONAL, Cause, Diagnosis, Record
from agents.diagnose.error_text import cut_off
from agents.ledger import Ledger

RETRIED = (Cause.lock, Cause.timeout)
"""Operational causes that the same run may outlive; the others need more memory or disk first."""


class Triage(Record):
    """Diagnoses by what may be done about them."""

    root_run_id: str
    """What attempts are counted against: the first run of a chain of re-executions."""
    repair: tuple[Diagnosis, ...] = ()
    retry: tuple[Diagnosis, ...] = ()
    """Answered by running again; never by a change of code."""
    report: tuple[Diagnosis, ...] = ()
    """Operational, and only a person can free the resource."""
    spent: tuple[Diagnosis, ...] = ()
    """Tried as often as the policy allows: a person is asked."""

    @property
    def everything(self) -> tuple[Diagnosis, ...]:
        """All diagnoses, those to repair first."""
        return (*self.repair, *self.retry, *self.report, *self.spent)


def triage(
    diagnoses: Iterable[Diagnosis], ledger: Ledger, root_run_id: str, attempts: int, good_since: datetime | None = None
) -> Triage:
    """Sort diagnoses, and count one attempt for each that is tried now.

    A run that failed before the last good state was published, `good_since`, failed on something that has been
    answered meanwhile: it is run again.
    """
    sorted_into: dict[str, list[Diagnosis]] = {"repair": [], "retry": [], "report": [], "spent": []}
    for diagnosis in diagnoses:
        if diagnosis.cause in OPERATIONAL and diagnosis.cause not in RETRIED:
            sorted_into["report"].append(diagnosis)
        elif not ledger.attempt(diagnosis.fingerprint, root_run_id, attempts):
            sorted_into["spent"].append(diagnosis)
        else:
            again = by_machine(diagnosis) or _overtaken(diagnosis, good_since)
            sorted_into["retry" if again else "repair"].append(diagnosis)
    for diagnosis in sorted_into["report"]:
        _ask(ledger, diagnosis, root_run_id, "refused", f"no change of code answers {diagnosis.cause.value}")
    for diagnosis in sorted_into["spent"]:
        _ask(ledger, diagnosis, root_run_id, "pending", f"{attempts} attempts are spent")
    return Triage(root_run_id=root_run_id, **{name: tuple(found) for name, found in sorted_into.items()})


def by_machine(diagnosis: Diagnosis) -> bool:
    """Whether nothing but the machine failed the run, so that the same run may succeed."""
    return diagnosis.cause in RETRIED or all(cut_off(e.message) for e in diagnosis.evidence)


def _overtaken(diagnosis: Diagnosis, good_since: datetime | None) -> bool:
    return good_since is not None and all(
        e.kind == "run_failure" and e.seen_at < good_since for e in diagnosis.evidence
    )


def _ask(ledger: Ledger, diagnosis: Diagnosis, root_run_id: str, state: str, note: str) -> None:
    context = {"diagnosis": diagnosis.model_dump(mode="json"), "root_run_id": root_run_id}
    ledger.decide("ask_person", context=context, executed=False, outcome={"state": state, "note": note})
