"""Which diagnoses are repaired, run again or left to a person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.contracts import Cause, Diagnosis, Evidence
from agents.ledger import Ledger
from agents.triage import triage

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger.at(tmp_path)
    yield made
    made.close()


def found(cause: Cause, message: str = "no") -> Diagnosis:
    evidence = Evidence(kind="run_failure", node="model.shop.a", message=message, seen_at=NOON)
    return Diagnosis(cause=cause, subject="main.a", confidence=0.9, evidence=(evidence,), explanation="no")


def test_operational_causes_never_reach_a_repair(ledger: Ledger) -> None:
    sorted_out = triage([found(c) for c in (Cause.lock, Cause.timeout, Cause.disk_full)], ledger, "r1", 2)

    assert sorted_out.repair == ()
    assert [d.cause for d in sorted_out.retry] == [Cause.lock, Cause.timeout]
    assert [d.cause for d in sorted_out.report] == [Cause.disk_full]


def test_the_third_attempt_at_a_fault_of_a_run_goes_to_a_person(ledger: Ledger) -> None:
    fault = found(Cause.column_renamed)
    assert [bool(triage([fault], ledger, "r1", 2).repair) for _ in range(3)] == [True, True, False]

    asked = ledger.latest("ask_person")
    assert asked is not None
    assert asked["outcome"] == {"state": "pending", "note": "2 attempts are spent"}
    assert triage([fault], ledger, "another run", 2).repair, "attempts count for each root run"


def test_a_failure_older_than_the_last_good_state_is_run_again(ledger: Ledger) -> None:
    fault = found(Cause.unknown_column)
    assert triage([fault], ledger, "r1", 2, NOON + timedelta(hours=1)).retry
    assert triage([fault], ledger, "r1", 2, NOON - timedelta(hours=1)).repair


@pytest.mark.parametrize(
    ("message", "again"),
    [
        ("dagster._core.errors.DagsterExecutionInterruptedError", True),
        ("This run has been marked as failed from outside the execution context.", True),
        ("Multiprocess executor: child process for step a was terminated by signal 9 (SIGKILL).", True),
        ("Database Error: interrupted by a missing column", False),
    ],
)
def test_a_run_that_was_cut_off_is_run_again(ledger: Ledger, message: str, again: bool) -> None:
    assert bool(triage([found(Cause.other, message)], ledger, "r1", 2).retry) is again
