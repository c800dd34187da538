"""Drift is told from growth by profiles alone."""

from agents.contracts import ColumnProfile, TableProfile
from agents.observe.compare import compare


def table(rows: int, **nonnull: int | tuple[int, str]) -> TableProfile:
    columns = []
    for name, value in nonnull.items():
        count, kind = value if isinstance(value, tuple) else (value, "DOUBLE")
        columns.append(ColumnProfile(name=name, type=kind, nonnull=count))
    return TableProfile(unique_id="source.p.raw.t", relation="raw.t", rows=rows, columns=tuple(columns))


def test_growth_is_not_drift():
    assert compare(table(100, a=100, b=90), table(200, a=200, b=180)) is None


def test_a_new_column_is_not_drift():
    assert compare(table(100, a=100), table(200, a=200, new=50)) is None


def test_a_column_that_carries_nothing_in_the_new_rows_has_stopped():
    drift = compare(table(100, a=100, b=90), table(200, a=100, b=180, c=100))

    assert drift is not None
    assert [(c.name, c.change) for c in drift.columns] == [("a", "stopped"), ("c", "added")]
    assert drift.stayed == {"b": "DOUBLE"}


def test_a_reload_of_old_rows_without_the_column_is_seen_too():
    drift = compare(table(1000, a=1000), table(1000, a=900, c=100))

    assert drift is not None
    assert [c.change for c in drift.columns] == ["stopped", "added"]


def test_a_column_that_was_mostly_empty_may_stay_silent():
    assert compare(table(1000, a=5), table(1100, a=5)) is None


def test_a_missing_column_is_drift():
    drift = compare(table(100, a=100), table(100, b=100))

    assert drift is not None
    assert [(c.name, c.change) for c in drift.columns] == [("a", "missing"), ("b", "added")]


def test_a_wider_number_is_no_drift_but_text_is():
    before = table(100, a=(100, "INTEGER"))
    assert compare(before, table(100, a=(100, "DOUBLE"))) is None
    drift = compare(before, table(100, a=(100, "VARCHAR")))
    assert drift is not None
    assert drift.columns[0].change == "retyped"


def test_half_a_load_is_drift():
    drift = compare(table(1000, a=1000), table(400, a=400))

    assert drift is not None
    assert drift.rows_after == 400
