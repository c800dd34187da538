"""The judge is not to be fooled, and a seeded sample of the scoreboard has no wrong repair."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _case import grown, run_case
from _judge import Case, Verdict, judge
from _projects import commit_all
from _rebuild import keep_raw
from _scene import Fault, Scene

from agents import dbt

if TYPE_CHECKING:
    from _good import Good

STAGING = "models/staging/stg_helpdesk__tickets.sql"
SAMPLE = [
    ("rename_synonym", 2),
    pytest.param("load_truncated", 0, marks=pytest.mark.thorough),
    pytest.param("control", 0, marks=pytest.mark.thorough),
]


@pytest.fixture
def renamed(saas: "Good", tmp_path: Path) -> Case:
    """`tickets.firstReplyMinutes` is delivered as `replyMins`."""
    project = saas.copy(tmp_path / "repo")
    scene = Scene(project, saas.graph)
    table = next(t for t in scene.tables if t.label == "support.tickets")
    scene.deliver(table, "select * rename (firstReplyMinutes as replyMins) from t")
    raw = tmp_path / "raw.duckdb"
    keep_raw(project, saas.graph, raw)
    fault = Fault("rename", "renamed", frozenset({"column_renamed"}), True, lambda: None, roots=(table.node.unique_id,))
    return Case(saas, project, fault, 1, raw, tmp_path / "scratch")


def repaired(case: Case, expression: str, build: bool = True) -> Verdict:
    """The verdict on a repair by hand that reads `expression`, reported as healed."""
    file = case.project.root / STAGING
    file.write_text(file.read_text().replace("t.firstReplyMinutes", expression))
    commit_all(case.project.repo, "a repair")
    if build:
        project = case.project
        done = dbt.invoke(
            "build", project.root, profiles_dir=project.profiles_dir, artifacts=case.scratch.parent / "artifacts"
        )
        assert done.succeeded, done
    return judge(case, report("healed", "applied"))


def report(status: str, state: str = "", cause: str = "column_renamed") -> dict[str, Any]:
    """What an engine might claim."""
    proposals = [{"id": "p1", "title": "map it", "risk": "low", "state": state}] if state else []
    return {"status": status, "proposals": proposals, "diagnoses": [{"cause": cause, "subject": "support.tickets"}]}


def test_the_right_column_is_judged_healed(renamed: Case) -> None:
    assert repaired(renamed, "t.replyMins").word == "healed_right"


def test_another_column_is_judged_wrongly_healed(renamed: Case) -> None:
    verdict = repaired(renamed, "t.satisfaction")
    assert verdict.word == "wrongly_healed"
    assert "first_reply_minutes" in verdict.why


def test_right_code_over_a_stale_warehouse_is_judged_wrongly_healed(renamed: Case) -> None:
    assert repaired(renamed, "t.replyMins", build=False).word == "wrongly_healed"


def test_a_broken_project_called_healthy_is_missed(renamed: Case) -> None:
    assert judge(renamed, report("healthy")).word == "missed"


def test_no_report_is_a_crash(renamed: Case) -> None:
    assert judge(renamed, None).word == "crashed"


def test_a_refusal_is_right_only_for_what_cannot_be_decided(renamed: Case) -> None:
    assert judge(renamed, report("refused")).word == "refused_though_decidable"
    undecidable = Case(**{**vars(renamed), "fault": Fault("x", "x", frozenset({"orphans"}), False, lambda: None)})
    assert judge(undecidable, report("refused", cause="orphans")).word == "rightly_refused"
    assert judge(undecidable, report("refused", cause="other")).word == "refused_wrong_cause"
    assert judge(undecidable, report("healed", "applied", "orphans")).word == "wrongly_healed"


def test_a_control_must_be_quiet(renamed: Case) -> None:
    control = Case(**{**vars(renamed), "fault": Fault("x", "x", frozenset(), True, lambda: None, control=True)})
    assert judge(control, report("healthy")).word == "control_ok"
    assert judge(control, report("refused")).word == "false_alarm"


@pytest.mark.parametrize(("kind", "seed"), SAMPLE)
def test_a_seeded_sample_has_no_wrong_repair(saas: "Good", tmp_path: Path, kind: str, seed: int) -> None:
    row = run_case(saas, kind, seed, tmp_path)
    assert row["verdict"] not in ("wrongly_healed", "crashed", "no_place", "missed"), row


def test_half_of_the_cases_come_with_a_healthy_day(saas: "Good") -> None:
    assert {grown(saas, "control", seed) for seed in range(2)} == {True, False}
