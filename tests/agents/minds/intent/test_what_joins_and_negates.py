"""Requests whose obvious reading would be a wrong number: answered in the right one, or refused."""

from datetime import date

import pytest

from agents.minds.intent.answer import Intent
from agents.minds.intent.parse import parse
from agents.minds.intent.reading import schema_from

GYM = """
tables:
  - name: fct_workouts
    columns:
      - {name: workout_id, type: bigint}
      - {name: member_id, type: string}
      - {name: started_at, type: timestamp}
      - {name: sport, type: string, values: [run, yoga, swim]}
      - {name: state, type: string, values: [booked, finished]}
      - {name: booked_via, type: string, values: [Ada, Ben, app]}
      - {name: wait_min, type: int, description: minutes at the door}
      - {name: item_cnt, type: int, description: towels and bottles lent}
      - {name: contract_flag, type: boolean, description: covered by a contract}
  - name: fct_body_daily
    columns:
      - {name: measure_id, type: bigint}
      - {name: member_id, type: string}
      - {name: day, type: date}
      - {name: resting_pulse, type: int}
  - name: dim_member
    columns:
      - {name: member_id, type: string}
      - {name: member_name, type: string}
      - {name: tier, type: string, values: [free, premium]}
      - {name: grade_lvl, type: int}
  - name: invoices
    columns:
      - {name: invoice_id, type: string}
      - {name: member_id, type: string}
      - {name: amt_eur, type: "decimal(10,2)"}
      - {name: isPaid, type: boolean}
      - {name: invoice_dt, type: date}
  - name: articles
    columns:
      - {name: article_id, type: string}
      - {name: purchase_price, type: "decimal(8,2)", description: what we paid for the article}
      - {name: sale_price, type: "decimal(8,2)"}
      - {name: brand, type: string}
  - name: lab_results
    columns:
      - {name: result_id, type: bigint}
      - {name: taken_on, type: date}
      - {name: parameter, type: string, values: [chlorine, lead]}
      - {name: measured_value, type: double}
      - {name: age_band, type: string, values: [18-29, 30-44, 60+]}
      - {name: pool, type: string}
"""


def asked(request: str) -> Intent:
    return parse(request, schema_from(GYM), engine="rules", today=date(2025, 11, 20))


@pytest.mark.parametrize(
    "request_",
    [
        "average resting pulse during yoga",  # days and workouts of one member: a join would multiply them
        "workouts by where members came from",
        "cheapest article per brand",  # two prices
        "how many people paid in May",
        "average number of towels per sport",
    ],
)
def test_what_would_be_guessed_is_refused(request_: str) -> None:
    assert asked(request_).unknown


@pytest.mark.parametrize(
    ("request_", "figures", "where", "by"),
    [
        ("average resting pulse by tier", [("avg", "fct_body_daily", "resting_pulse")], [], ["tier"]),
        ("off-contract workouts", [("count", "fct_workouts", None)], [("contract_flag", False)], []),
        ("average number of items by sport", [("avg", "fct_workouts", "item_cnt")], [], ["sport"]),
        ("workouts not booked by Ada", [("count", "fct_workouts", None)], [("booked_via", "Ada")], []),
        ("total of unpaid invoices", [("sum", "invoices", "amt_eur")], [("isPaid", False)], []),
        ("average chlorine by pool", [("avg", "lab_results", "measured_value")], [("parameter", "chlorine")], ["pool"]),
        ("number of lab results of the 18-29 group", [("count", "lab_results", None)], [("age_band", "18-29")], []),
        ("workouts by grade", [("count", "fct_workouts", None)], [], ["grade_lvl"]),
    ],
)
def test_what_is_said_is_bound(
    request_: str, figures: list[tuple[str, str, str | None]], where: list[tuple[str, object]], by: list[str]
) -> None:
    found = asked(request_)
    assert not found.unknown
    assert [(m.aggregation, m.table, m.column) for m in found.bindings.metrics] == figures
    assert [(f.column, f.value) for f in found.bindings.filters] == where
    assert [d.column for d in found.bindings.dimensions] == by


def test_members_of_whom_something_is_said_are_counted_where_it_happened() -> None:
    (figure,) = asked("how many members finished a workout in October").bindings.metrics
    assert (figure.aggregation, figure.table, figure.column) == ("count_distinct", "fct_workouts", "member_id")
    assert asked("how many members paid in October").unknown  # what it was paid for is not said


def test_what_is_not_done_by_somebody_is_denied_of_them() -> None:
    (condition,) = asked("workouts not booked by Ada").bindings.filters
    assert (condition.column, condition.op) == ("booked_via", "!=")
    (condition,) = asked("workouts by sport, all sports but yoga").bindings.filters
    assert (condition.op, condition.value) == ("!=", "yoga")


def test_figures_are_compared_in_the_unit_of_the_column() -> None:
    (condition,) = asked("workouts that waited over 2 hours").bindings.filters
    assert (condition.column, condition.op, condition.value) == ("wait_min", ">", 120)
    (condition,) = asked("workouts that waited between 1 and 2 hours").bindings.filters
    assert condition.value == [60, 120]
    assert asked("average wait in hours by sport").unknown


@pytest.mark.parametrize(
    "request_",
    ["first workout of each member", "completed workouts", "how many days did members swim", "workouts per person",
     "workouts longer than 30 minutes"],
)  # fmt: skip
def test_a_word_that_says_which_rows_is_never_dropped(request_: str) -> None:
    assert asked(request_).unknown


def test_the_fastest_take_the_least_time() -> None:
    (figure,) = asked("fastest wait in yoga").bindings.metrics
    assert (figure.aggregation, figure.column) == ("min", "wait_min")


def test_what_is_ranked_by_a_number_is_grouped_by() -> None:
    found = asked("members ranked by number of workouts").bindings
    assert [d.column for d in found.dimensions] == ["member_name"]
    assert [o.desc for o in found.order] == [True]
