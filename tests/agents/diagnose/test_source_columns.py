"""Each way in which a source drifts has its cause, its subject and the values for a person."""

from datetime import UTC, datetime

import pytest

from agents.contracts import Cause, ColumnChange, ColumnProfile, Evidence, TableDrift
from agents.diagnose.source_columns import source_columns

CAUSES = {
    "rescaled": Cause.unit_changed,
    "recoded": Cause.enum_recoded,
    "reformatted": Cause.key_format_drift,
    "duplicated": Cause.duplicate_keys,
    "emptied": Cause.null_keys,
    "orphaned": Cause.orphans,
    "retyped": Cause.column_retyped,
}


def diagnoses(rows_after=100, **fields):
    drift = TableDrift(unique_id="source.p.raw.t", relation="raw.t", rows_before=100, rows_after=rows_after, **fields)
    evidence = Evidence(kind="source_drift", node="n", message="seen", seen_at=datetime.now(UTC), drift=drift)
    return source_columns(evidence)


def change(name, kind, **fields):
    profile = ColumnProfile(name=name, type="DOUBLE", nonnull=100)
    return ColumnChange(name=name, change=kind, before=profile, after=profile, **fields)


@pytest.mark.parametrize(("kind", "cause"), CAUSES.items())
def test_a_change_has_its_cause_and_says_what_was_measured(kind, cause):
    (found,) = diagnoses(columns=(change("a", kind, words="x 100 in 98% of the rows"),))

    assert (found.cause, found.subject, found.column) == (cause, "raw.t.a", "a")
    assert "x 100 in 98% of the rows" in found.explanation


def test_two_columns_that_changed_places_are_one_diagnosis_that_names_both():
    (found,) = diagnoses(columns=(change("a", "swapped", other="b"), change("b", "swapped", other="a")))

    assert (found.cause, found.column, found.moved_to) == (Cause.columns_swapped, "a", ("b",))
    assert "raw.t.a and b changed places" in found.explanation


def test_each_changed_column_of_a_table_has_a_diagnosis_of_its_own():
    lost = ColumnChange(name="b", change="missing", before=ColumnProfile(name="b", type="DOUBLE", nonnull=100))
    found = diagnoses(columns=(change("a", "rescaled"), lost))

    assert {d.cause for d in found} == {Cause.unit_changed, Cause.column_dropped}


SHORT = {0: Cause.load_truncated, 40: Cause.load_truncated, 70: Cause.load_partial}


@pytest.mark.parametrize(("rows", "cause"), SHORT.items())
def test_lost_rows_are_a_truncated_or_a_partial_load(rows, cause):
    (found,) = diagnoses(rows_after=rows, lost_rows=True)

    assert (found.cause, found.subject) == (cause, "raw.t")


def test_rows_that_repeat_a_key_are_said_to_be_the_same_or_in_conflict():
    same = diagnoses(columns=(change("a", "duplicated"),), identical=True)
    other = diagnoses(columns=(change("a", "duplicated"),), identical=False)

    assert "are all the same" in same[0].explanation
    assert "in conflict" in other[0].explanation


def test_a_table_that_is_gone_was_renamed_where_another_has_its_columns():
    (renamed,) = diagnoses(rows_after=0, missing=True, columns=(ColumnChange(name="raw.t_v2", change="added"),))
    (gone,) = diagnoses(rows_after=0, missing=True)

    assert (renamed.cause, renamed.moved_to) == (Cause.table_renamed, ("raw.t_v2",))
    assert gone.cause is Cause.unknown_relation
