"""The ledger's tables are a contract; its counting holds between processes."""

import sqlalchemy as sa

from agents.ledger import Ledger

CONTRACT = {
    "agent_decisions": [
        "decision_id", "timestamp", "operation_type", "context", "suggestion", "approved", "executed", "outcome",
        "feedback_score",
    ],
    "observed_patterns": [
        "pattern_id", "pattern_type", "pattern_data", "first_observed", "last_observed", "occurrence_count",
        "confidence",
    ],
    "agent_messages": [
        "message_id", "sender_id", "recipient_id", "message_type", "content", "sent_timestamp", "delivery_status",
        "response_id",
    ],
}  # fmt: skip


def test_the_tables_have_the_columns_that_other_programs_read(tmp_path):
    ledger = Ledger.at(tmp_path)
    inspector = sa.inspect(ledger.engine)

    for table, columns in CONTRACT.items():
        assert [c["name"] for c in inspector.get_columns(table)] == columns
    ledger.close()


def test_attempts_are_counted_for_each_fault_of_each_run_and_end(tmp_path):
    first, second = Ledger.at(tmp_path), Ledger.at(tmp_path)

    assert [first.attempt("f", "run", 2), second.attempt("f", "run", 2), first.attempt("f", "run", 2)] == [
        True,
        True,
        False,
    ]
    assert first.attempt("f", "another run", 2)
    first.close()
    second.close()


def test_a_decision_is_read_back_as_it_was_written(tmp_path):
    ledger = Ledger.at(tmp_path)
    ledger.decide("heal", context={"a": 1}, approved=True, executed=False, outcome={"state": "pending"})

    (row,) = ledger.decisions("heal")

    assert (row["context"], row["approved"], row["executed"]) == ({"a": 1}, True, False)
    ledger.close()


def test_an_equal_pattern_is_counted_not_repeated(tmp_path):
    ledger = Ledger.at(tmp_path)
    ledger.observe_pattern("column_renamed", {"source": "s", "column": "a"}, 1.0)
    ledger.observe_pattern("column_renamed", {"column": "a", "source": "s"}, 1.0)

    with ledger.engine.connect() as db:
        (count,) = db.execute(sa.text("select occurrence_count from observed_patterns")).one()
    assert count == 2
    ledger.close()
