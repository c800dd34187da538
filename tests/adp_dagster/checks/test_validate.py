import polars as pl

from adp_dagster.checks.expected import Table, moment, number, text, whole
from adp_dagster.checks.validate import Failure, failures_in

PEOPLE = Table(
    key=("id", "part"),
    columns={
        "id": whole(1),
        "part": whole(),
        "age": whole(0, 120, empty=0.25),
        "email": text(like=r"[^@]+@[^@]+"),
        "tier": text("gold", "basic", empty=1.0),
    },
)
GOOD = pl.DataFrame(
    {
        "id": [1, 1, 2, 3],
        "part": [1, 2, 1, 1],
        "age": [30, None, 50, 60],
        "email": ["a@b", "c@d", "e@f", "g@h"],
        "tier": [None, "gold", "basic", None],
    }
)


def whats(frame: pl.DataFrame, table: Table = PEOPLE) -> list[str]:
    return [failure.what for failure in failures_in(frame, table, {"email"})]


def test_a_table_as_expected_has_no_failures() -> None:
    assert failures_in(GOOD, PEOPLE) == ()


def test_values_out_of_range_are_counted_and_sampled_with_their_key() -> None:
    (failure,) = failures_in(GOOD.with_columns(age=pl.Series([30, -1, 200, 60])), PEOPLE)
    sample = ({"id": "1", "part": "2", "age": "-1"}, {"id": "2", "part": "1", "age": "200"})
    assert failure == Failure("age", "age: 2 values are not 0 to 120.", 2, sample)


def test_personal_values_are_masked_in_the_sample() -> None:
    (failure,) = failures_in(GOOD.with_columns(email=pl.lit("Ada Evans")), PEOPLE, {"email"})
    assert failure.rows == 4
    assert {row["email"] for row in failure.sample} == {"A*** E***"}


def test_a_key_of_several_columns_must_be_unique_together() -> None:
    (failure,) = failures_in(GOOD.with_columns(part=pl.lit(1, pl.Int64)), PEOPLE)
    assert (failure.column, failure.rows) == ("id, part", 2)


def test_a_missing_column_is_named_beside_the_columns_that_nobody_expects() -> None:
    assert whats(GOOD.rename({"age": "years"})) == ["age: not in the table; columns that nobody expects: years."]


def test_a_missing_key_column_does_not_crash_the_other_rules() -> None:
    assert whats(GOOD.drop("part")) == ["part: not in the table."]


def test_a_column_of_another_type_gets_one_message_and_no_further_rule() -> None:
    frame = GOOD.with_columns(pl.col("age").cast(pl.String))
    assert whats(frame) == ["age: its type is String, a whole column is expected."]


def test_an_empty_value_is_told_where_none_is_allowed() -> None:
    frame = GOOD.with_columns(email=pl.Series([None, "c@d", "e@f", "g@h"]))
    assert whats(frame) == ["email: 1 values are empty, which is not allowed."]


def test_the_share_of_empty_values_is_judged_drop_by_drop() -> None:
    drops = GOOD.with_columns(_drop=pl.Series(["2013-01", "2013-02", "2013-02", "2013-02"]))
    assert whats(drops) == ["age: 33.3% empty in drop 2013-02, at most 25.0% empty is allowed."]


def test_known_outliers_are_tolerated_up_to_their_share() -> None:
    table = Table(key=("n",), columns={"n": whole(), "speed": number(0, 100, outliers=0.25)})
    one = pl.DataFrame({"n": [1, 2, 3, 4], "speed": [1.0, 2.0, 3.0, 1048.0]})
    assert whats(one, table) == []
    two = one.with_columns(speed=pl.Series([1.0, 2.0, 999.0, 1048.0]))
    assert whats(two, table) == ["speed: more values than allowed are outside the limits (at most 25.0% not 0 to 100)."]


def test_whole_numbers_pass_as_numbers_and_an_empty_table_passes_whole() -> None:
    table = Table(key=("n",), columns={"n": number(0), "at": moment()})
    empty = pl.DataFrame(schema={"n": pl.Int64, "at": pl.Datetime("us")})
    assert whats(empty, table) == []
