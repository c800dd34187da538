"""Causes from text and from drift, roots before what they explain."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from agents.contracts import Cause, Evidence
from agents.diagnose.diagnose import diagnose
from agents.diagnose.error_text import cause_of
from agents.edits import NOT_THE_TEXT, Edit
from agents.graph import Graph, Node

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


REAL = yaml.safe_load((Path(__file__).parent / "dbt_errors.yml").read_text())


@pytest.mark.parametrize("fault", REAL)
def test_the_cause_is_read_from_what_dbt_and_duckdb_really_say(fault):
    assert cause_of(REAL[fault]["message"]).value == REAL[fault]["cause"]


def test_a_failing_test_over_an_edited_model_asks_about_the_edit_and_one_that_fails_by_the_old_text_too_does_not():
    edit = Edit("models/a.sql", "select id from t\n", "select id % 7 as id from t\n")
    graph = Graph({n.unique_id: n for n in (_node("model.p.a"), _node("test.p.unique_a_id.1", "model.p.a"))}, {})
    message = "test.p.unique_a_id.1: Got 3 results, configured to fail if != 0"
    failure = Evidence(kind="check_failure", node="test.p.unique_a_id.1", message=message, seen_at=datetime.now(UTC))
    as_before = failure.model_copy(update={"message": f"{message}\n{NOT_THE_TEXT}"})

    (asked,), (data,) = diagnose([failure], graph, [edit]), diagnose([as_before], graph, [edit])

    assert (asked.cause, asked.subject) == (Cause.logic_changed, "models/a.sql:1")
    assert data.cause is Cause.duplicate_keys


def _node(uid, *parents):
    kind, _, name = uid.split(".")[:3]
    return Node(
        unique_id=uid, kind=kind, name=name, path=f"models/{name}.sql", package="p", relation="", database="",
        schema="main", identifier=name, raw="", parents=parents, materialized="table", checksum="",
    )  # fmt: skip


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
