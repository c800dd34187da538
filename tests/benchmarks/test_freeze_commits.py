"""A short form of the scoreboard of commits: some kills, races and changed bytes, with real processes."""

import pytest
from _freeze import flips, kills, races

from agents.failpoints import POINTS

KILLS = ("one/audit.half_written=kill/0", "several/activate.file_renamed@2=kill/1", "held/land.branch_created=kill/0",
         "edited/land.ref_moved=kill/1", "edited/land.before_recorded=full/0", "recovery/activate.files_renamed=io/0",
         "publish/publish.before_switch=kill/0", "one/any_moment_of_all=kill/3")  # fmt: skip


@pytest.mark.parametrize("case", [*KILLS[:3], *(pytest.param(c, marks=pytest.mark.thorough) for c in KILLS[3:])])
def test_a_commit_that_is_cut_short_is_there_or_is_not(case):
    assert case in kills.cases(1)
    found = kills.run(case)
    assert found["ok"], found["detail"]


def test_a_rollback_that_is_cut_short_ends_with_its_data():
    found = kills.run("rollback/publish.before_switch=kill/0")
    assert found["ok"], found["detail"]


def test_every_point_is_killed_at_and_as_often_as_the_target_asks_for():
    cases = [c for c in kills.cases(1) if "=kill/" in c]
    assert len(set(cases)) >= 1000
    assert {c.split("/")[1].partition("=")[0].partition("@")[0] for c in cases} >= set(POINTS)
    assert len(set(races.cases(1))) >= 1000
    assert sum(c.startswith(flips.KINDS) for c in flips.cases(1)) * flips.BATCH >= 10_000


@pytest.mark.parametrize("case", ["3/apart/0", pytest.param("2/same/0", marks=pytest.mark.thorough), "2/person/0"])
def test_healers_at_the_same_moment_lose_nothing(case):
    found = races.run(case)
    assert found["ok"], found["detail"]


@pytest.mark.parametrize(
    "kind", [*flips.KINDS[:2], *(pytest.param(k, marks=pytest.mark.thorough) for k in flips.KINDS[2:])]
)
def test_a_changed_byte_is_found(kind, monkeypatch):
    monkeypatch.setattr(flips, "BATCH", 4)
    found = flips.run(f"{kind}/0")
    assert found["ok"], found["detail"]
