"""Rates, bounds and counts of the scoreboard."""

from typing import Any

import pytest
from _scores import at_most, by_kind, overall, percentile, wilson


def row(verdict: str, **more: Any) -> dict[str, Any]:
    """A decided case."""
    kept = {"project": "saas", "models": 17, "kind": "rename", "decidable": True, "control": False, "wall_s": 2.0}
    return {**kept, "verdict": verdict, **more}


def line(rows: list[dict[str, Any]], measure: str) -> dict[str, Any]:
    return next(r for r in overall(rows) if r["measure"].startswith(measure))


def test_wilson_holds_the_rate_and_stays_within_zero_and_one() -> None:
    for hits, n in ((0, 10), (5, 10), (10, 10)):
        low, high = wilson(hits, n)
        assert 0.0 <= low <= hits / n <= high <= 1.0
    assert wilson(50, 100) == pytest.approx((0.404, 0.596), abs=0.001)


def test_wilson_of_no_cases_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_no_hit_of_n_is_bounded_by_about_three_over_n() -> None:
    assert at_most(1000) == pytest.approx(3 / 1000, rel=0.01)
    assert at_most(0) == 1.0


def test_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.95) == 4.0
    assert percentile([], 0.95) is None


def test_a_place_that_was_not_found_counts_nowhere() -> None:
    rows = [row("healed_right", risk="low"), {"project": "saas", "kind": "rename", "verdict": "no_place"}]
    assert by_kind(rows)[0]["n"] == 1
    assert line(rows, "decidable: healed or waiting")["n"] == "1 of 1"


def test_a_repair_of_medium_risk_is_healed_at_medium_and_not_at_low() -> None:
    rows = [row("healed_right", risk="medium"), row("healed_right", risk="low"), row("waiting_right")]
    assert line(rows, "decidable: healed, ceiling medium")["n"] == "2 of 3"
    assert line(rows, "decidable: healed, ceiling low")["n"] == "1 of 3"
    assert line(rows, "decidable: healed or waiting right")["met"] is True


def test_one_wrong_repair_misses_the_target() -> None:
    rows = [row("healed_right")] * 99 + [row("wrongly_healed")]
    assert line(rows, "wrongly healed")["met"] is False
    assert line(rows[:99], "wrongly healed")["95% bound"] == "at most 3.0%"


def test_an_undecidable_fault_counts_by_its_cause() -> None:
    rows = [row("rightly_refused", decidable=False), row("refused_wrong_cause", decidable=False)]
    assert line(rows, "undecidable")["measured"] == "50.0%"


def test_a_large_project_is_compared_with_the_small_ones() -> None:
    rows = [row("healed_right", wall_s=4.0), row("healed_right", project="wide", models=108, wall_s=10.0)]
    assert line(rows, "wide (108 models), times")["measured"] == "2.5x"
