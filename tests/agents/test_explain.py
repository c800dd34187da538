"""A proposal explains itself from what was measured; people's feedback and later outcomes move its confidence."""

import pytest

from agents.contracts import (
    Check,
    Diagnosis,
    FileChange,
    Fingerprint,
    MapColumn,
    Proposal,
    Risk,
    Tried,
    Verdict,
)
from agents.errors import UsageError
from agents.explain import confidence_of, explain, text_of
from agents.ledger import Ledger
from agents.memory import TrackRecord, recall, track_record
from agents.outcomes import feedback, taken_back
from agents.proposals import explanation, one


def _proposal(name: str, title: str = "read total as amount") -> Proposal:
    diagnosis = Diagnosis(cause="column_renamed", subject="raw.o.amount", confidence=0.9, evidence=(), explanation="x")
    return Proposal(
        id=name, title=title, diagnoses=(diagnosis,), nodes=("model.shop.stg_orders",), claims=(), reasons=(),
        risk=Risk.low, risk_reasons=("one type-compatible candidate",), impact="below stg_orders: 1 model",
        changes=(MapColumn(source="s", relation="raw.o", column="amount", arrives_as="total"),),
        files=(FileChange(path="models/stg_orders.sql", before="a\nb\nc\n", after="a\nB\nc\nd\n"),),
    )  # fmt: skip


def _tried(name: str, *checks: Check, title: str = "read total as amount") -> Tried:
    accepted = all(c.passed for c in checks)
    prints = {"model.shop.stg_orders": Fingerprint(rows=2000, columns={"a": "1", "b": "2"}, whole="3")}
    verdict = Verdict(proposal_id=name, accepted=accepted, checks=checks, fingerprints=prints if accepted else {},
                      affected=("model.shop.stg_orders", "model.shop.fct_totals") if accepted else ())  # fmt: skip
    return Tried(proposal=_proposal(name, title), verdict=verdict)


AGREES = Check(name="column_agrees", passed=True, measured="2,000 of 2,000 rows", allowed="at least 99%")
REACH = Check(name="blast_radius", passed=True, measured="stg_orders: order_amount", allowed="measured only")
FAILS = Check(name="column_agrees", passed=False, measured="3 of 2,000 rows", allowed="at least 99%")


def test_an_explanation_holds_what_was_measured_and_why_the_others_lost():
    best, rival = _tried("p1", AGREES, REACH), _tried("p2", FAILS, title="read tax as amount")

    told = explain(best, (best, rival), TrackRecord(12, 1, (0.5, 1.0, 0.0)))

    assert [f.claim for f in told.factors] == ["column_agrees", "blast_radius"]
    (lost,) = told.alternatives
    assert (lost.title, lost.claim, lost.measured) == ("read tax as amount", "column_agrees", "3 of 2,000 rows")
    impact = told.impact
    assert (impact.rows, impact.columns, impact.relations) == (2000, 2, 2)
    assert (impact.lines_added, impact.lines_removed) == (2, 1)
    assert told.risks == ("risk low", "one type-compatible candidate")
    assert told.blast_radius == "stg_orders: order_amount"
    assert told.confidence.words == (
        "confidence 0.93: 12 repairs by map_column held, 1 taken back, feedback +0.5 over 3"
    )
    text = text_of(told)
    assert "read tax as amount: column_agrees: 3 of 2,000 rows" in text
    assert "2,000 rows in 2 columns proved; 2 relations rebuilt (stg_orders, fct_totals)" in text


@pytest.mark.parametrize(
    ("record", "value"),
    [
        (TrackRecord(), 0.9),  # the diagnosis, where nothing is known
        (TrackRecord(held=8), 0.98),
        (TrackRecord(taken_back=8), 0.18),
        (TrackRecord(scores=(-1.0, -1.0)), 0.45),
        (TrackRecord(held=1, scores=(-0.5,)), 0.8),
    ],
)
def test_confidence_follows_what_held_and_what_people_said(record, value):
    assert confidence_of(_proposal("p1"), record).value == pytest.approx(value, abs=0.001)


def _apply(ledger: Ledger, name: str, state: str = "applied") -> None:
    row = _proposal(name).model_dump(mode="json")
    verdict = Verdict(proposal_id=name, accepted=True, checks=()).model_dump(mode="json")
    ledger.keep_proposal(
        {"proposal_id": name, "project": "", "state": state, "proposal": row, "verdict": verdict}
    )  # fmt: skip
    ledger.decide("heal", context={}, suggestion=row, outcome={"state": state})


def test_outcomes_and_feedback_are_kept_with_the_decision_and_counted(shop):
    with shop.opened() as ledger:
        _apply(ledger, "p1")
        _apply(ledger, "p2")
        _apply(ledger, "p3", "rolled_back")
        taken_back(ledger, "p3", "differs")
        feedback(ledger, shop.project, "p1", 1.0, "just right")
        feedback(ledger, shop.project, "p1", 0.5)
        with pytest.raises(UsageError, match="allowed is -1"):
            feedback(ledger, shop.project, "p1", 2.0)

        assert track_record(ledger, {"map_column"}) == TrackRecord(2, 1, (0.5,))
        assert track_record(ledger, {"scale_column"}) == TrackRecord()
        assert recall(ledger).rate("map_column") == pytest.approx(3.5 / 5.5)
        assert recall(ledger).rate("scale_column") == 0.5
        assert ledger.decision_of("p3")["outcome"]["taken_back"]["reason"] == "differs"
        assert ledger.decision_of("p1")["feedback_score"] == 0.5
        assert ledger.decision_of("p1")["outcome"]["state"] == "applied"


@pytest.mark.thorough
def test_a_heal_keeps_its_explanation_and_what_was_measured_after(shop):
    shop.deliver_orders(amount="orderTotal")
    healed = shop.heal()
    name = healed.report.proposals[0].id

    with shop.opened() as ledger:
        told = explanation(ledger, one(ledger, shop.project, name))
        outcome = ledger.decision_of(name)["outcome"]

    assert told.alternatives
    assert {a.claim for a in told.alternatives} == {"column_agrees"}
    assert told.impact.relations == 2
    assert told.impact.rows > 2000
    assert "order_amount" in told.blast_radius
    assert told.confidence.held == 0
    assert outcome["expected"]["rows"] == told.impact.rows
    assert outcome["measured"]["held"]
