from datetime import date

import pytest

from agents.masking import masked, masked_value


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
    assert masked_value(value, personal=True) == shown


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
    assert masked_value(value, personal=False) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Conversion Error: Could not convert string 'Ada Evans' to INT32 when casting from source column full_name",
            "Conversion Error: Could not convert string '***' to INT32 when casting from source column full_name",
        ),
        ('Could not convert string "Ada" when casting from column surname', 'Could not convert string "***" when '
         "casting from column surname"),
        (
            'Constraint Error: Duplicate key "Surname: O\'Hara" violates unique constraint',
            'Constraint Error: Duplicate key "Surname: ***" violates unique constraint',
        ),
        ("where birth_date = 1990-05-01 and status = open", "where birth_date = *** and status = open"),
        ("last_name recoded: 'Evans' -> 'EVANS' in 99.0% of 1,000 rows", "last_name recoded: '***' -> '***' in 99.0% "
         "of 1,000 rows"),
        ("pay to DE89370400440532013000 by 5500005555555559", "pay to *** by ***"),
        ("social security 078-05-1120, from 10.0.104.213", "social security ***, from ***"),
    ],
)  # fmt: skip
def test_a_text_names_the_personal_column_and_says_none_of_its_values(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        'Binder Error: Referenced column "email" not found. Candidate bindings: "mail", "phone"',
        "status recoded: 'new' -> 'N' in 99.9% of 1,204,500 rows",
        "column_agrees: email: 100.00% of 2,000 rows; stg_customers: email, phone",
        "join b on a.email = b.email in 'models/stg_emails.sql'",
        "2013-01-01 05:00:00+00:00, +0.1234567, 0.31250000000000, 1234567890123456",
        "dbt_utils@1.3.0 at 3f2504e04f8941d39a0c0305e82c3301",
    ],
)
def test_names_measurements_and_versions_are_no_persons(text: str) -> None:
    assert masked(text) == text


def test_columns_that_the_project_calls_personal_are_masked_whatever_their_name() -> None:
    assert masked("nick = joe, 'Joe' for one", {"nick"}) == "nick = ***, '***' for one"


def test_a_long_hostile_text_is_masked_in_linear_time() -> None:
    for text in ("a" * 200_000, "a@" * 100_000, "+1" + " " * 200_000, "email '" * 30_000, "a@b" + ".1" * 90_000):
        assert masked(text) is not None
