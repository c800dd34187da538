"""Causes from text and from drift, roots before what they explain."""

from datetime import UTC, datetime

import pytest

from agents.contracts import Cause, Evidence
from agents.diagnose.diagnose import diagnose
from agents.diagnose.error_text import cause_of

MESSAGES = {
    'IO Error: Could not set lock on file "/w.duckdb": Conflicting lock is held in python (PID 1)': Cause.lock,
    "Out of Memory Error: failed to allocate data of size 16.0 MiB": Cause.out_of_memory,
    "IO Error: Could not write file: No space left on device": Cause.disk_full,
    'Parser Error: syntax error at or near "form" LINE 3': Cause.syntax_error,
    'Binder Error: Referenced column "amt" not found in FROM clause!': Cause.unknown_column,
    'Binder Error: Ambiguous reference to column name "id"': Cause.ambiguous_column,
    'Binder Error: column "x" must appear in the GROUP BY clause': Cause.missing_group_by,
    "Catalog Error: Table with name orders does not exist!": Cause.unknown_relation,
    "Model 'model.p.a' depends on a node named 'b' which was not found": Cause.unknown_relation,
    "Compilation Error 'my_macro' is undefined. This can happen when calling a macro": Cause.unknown_macro,
    "Found a cycle: model.p.a --> model.p.b": Cause.cyclic_refs,
    "This model has an enforced contract that failed.": Cause.contract_violated,
    "Conversion Error: Could not convert string 'x' to INT32": Cause.column_retyped,
    "test.p.unique_orders_id.123: Got 3 results, configured to fail if != 0": Cause.duplicate_keys,
    "test.p.not_null_orders_id.123: Got 3 results, configured to fail if != 0": Cause.null_keys,
    "the moon is full": Cause.other,
}


@pytest.mark.parametrize(("message", "cause"), MESSAGES.items(), ids=[c.value for c in MESSAGES.values()])
def test_the_cause_is_read_from_the_words_of_the_error(message, cause):
    assert cause_of(message) is cause


def test_a_failure_without_drift_speaks_for_itself_and_names_its_line():
    failure = Evidence(
        kind="run_failure",
        node="model.p.a",
        message="Parser Error: syntax error\nLINE 7: form x",
        seen_at=datetime.now(UTC),
        path="models/a.sql",
    )

    (found,) = diagnose([failure], None)

    assert (found.cause, found.subject) == (Cause.syntax_error, "models/a.sql:7")


def test_the_same_failure_seen_twice_is_one_diagnosis():
    failure = Evidence(
        kind="run_failure", node="n", message="the moon is full", seen_at=datetime.now(UTC), path="a.sql"
    )

    found = diagnose([failure, failure], None)

    assert len(found) == 1
    assert len(found[0].evidence) == 1
