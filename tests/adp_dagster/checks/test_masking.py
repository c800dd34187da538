from datetime import date

import pytest

from adp_dagster.checks.masking import masked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ada.evans@example.com", "a***@***"),
        ("+1-555-0008164", "+***"),
        ("555-123-4567", "***"),
        ("10.0.104.213", "***"),
        ("Ada Evans", "A*** E***"),
        ("10 Main St", "***"),
        ("ada.evans@example.com (home)", "***"),
        (date(1990, 5, 1), "***"),
        (42, "***"),
        ("", "***"),
        (None, "null"),
    ],
)
def test_nothing_in_a_personal_column_points_at_a_person(value: object, shown: str) -> None:
    assert masked(value, personal=True) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("EWR", "EWR"),
        (-227, "-227"),
        ("2013-01-01 05:00:00", "2013-01-01 05:00:00"),
        ("write to ada@example.com", "write to a***@***"),
        ("call 555-123-4567 now", "call *** now"),
    ],
)
def test_other_columns_stay_readable_apart_from_contacts_in_their_text(value: object, shown: str) -> None:
    assert masked(value, personal=False) == shown
