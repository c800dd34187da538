"""Was it healed? Decided by building the repaired code from the broken raw data, without the engine."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _good import Good, adp
from _projects import git
from _rebuild import described, differences, rebuilt
from _scene import Fault

from agents.project import Project
from agents.warehouse import columns, quoted, reading

VERDICTS = (
    "healed_right", "waiting_right", "waiting_wrong", "refused_though_decidable", "rightly_refused",
    "refused_wrong_cause", "wrongly_healed", "missed", "false_alarm", "control_ok", "crashed",
)  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """One of `VERDICTS`, and what it rests on."""

    word: str
    why: str = ""


@dataclass(frozen=True)
class Case:
    """A broken copy after the engine was there."""

    good: Good
    project: Project
    fault: Fault
    day: int
    raw: Path
    """The raw tables as they are broken; made before the engine ran."""
    scratch: Path


def judge(case: Case, report: dict[str, Any] | None) -> Verdict:
    """Compare a heal's report and what it left behind with the label."""
    if report is None:
        return Verdict("crashed")
    status = report["status"]
    if case.fault.control:
        return Verdict("control_ok") if status == "healthy" else Verdict("false_alarm", _told(report))
    if status == "healthy":
        return _silent(case)
    applied = [p for p in report["proposals"] if p["state"] == "applied"]
    if not case.fault.decidable:
        if status == "healed" or applied:
            return Verdict("wrongly_healed", f"not decidable, yet applied: {_titles(applied)}")
        named = causes(report) & case.fault.causes
        return Verdict("rightly_refused") if named else Verdict("refused_wrong_cause", _told(report))
    if status == "healed":
        wrong = _wrong(case)
        return Verdict("wrongly_healed", wrong) if wrong else Verdict("healed_right")
    if applied and (wrong := _values_moved(case)):
        return Verdict("wrongly_healed", f"applied beside what was {status}: {wrong}")
    waiting = [p for p in report["proposals"] if p["state"] == "pending"]
    if status == "pending" and waiting:
        wrong = _wrong_if_approved(case, waiting[0])
        return Verdict("waiting_wrong", wrong) if wrong else Verdict("waiting_right")
    return Verdict("refused_though_decidable", _told(report))


def causes(report: dict[str, Any]) -> set[str]:
    """What the engine named."""
    return {d["cause"] for d in report["diagnoses"]}


def _silent(case: Case) -> Verdict:
    """`healthy` is right only where an earlier repair already reads what came."""
    if case.fault.undone_later and case.raw.read_bytes() == case.good.raw(case.day).read_bytes():
        wrong = _from_nothing(case, "HEAD")
        return Verdict("wrongly_healed", wrong) if wrong else Verdict("healed_right", "healthy, and reads both names")
    return Verdict("missed")


def _told(report: dict[str, Any]) -> str:
    parts = [f"{d['cause']} {d['subject']}: {(d.get('explanation') or '')[:160]}" for d in report["diagnoses"][:3]]
    return " | ".join(parts)


def _titles(proposals: Sequence[dict[str, Any]]) -> str:
    return "; ".join(p["title"] for p in proposals[:3])


def _wrong(case: Case) -> str:
    """What differs after a heal; empty if the repaired code and the living warehouse both hold what they should."""
    return _from_nothing(case, "HEAD") or _in_place(case) or _taken_back(case, case.project.warehouse)


def _from_nothing(case: Case, commit: str) -> str:
    with rebuilt(case.project, commit, case.raw, case.scratch, case.good.warm) as made:
        if made.error:
            return f"does not build: {made.error[:300]}"
        return described(differences(made.file, case.good.fresh(case.day))) or _taken_back(case, made.file)


def _values_moved(case: Case) -> str:
    """Wrong content in a model that builds; what does not build misleads nobody."""
    with rebuilt(case.project, "HEAD", case.raw, case.scratch, case.good.warm) as made:
        return "" if made.error else described(differences(made.file, case.good.fresh(case.day)))


def _in_place(case: Case) -> str:
    """The living warehouse below the fault. An incremental model may hold what daily builds or one build give.

    What does not lie below the fault may still be as it was on the first day.
    """
    file, good = case.project.warehouse, case.good
    below = set(good.graph.downstream(*case.fault.roots))
    wrong = differences(file, good.fresh(case.day))
    lived = differences(file, good.lived(case.day), wrong)
    before = differences(file, good.lived(1), set(lived) - below)
    left = {uid: words for uid, words in lived.items() if uid in below or uid in before}
    return f"in the warehouse: {described(left)}" if left else ""


def _taken_back(case: Case, file: Path) -> str:
    """What a person added and a warehouse does not hold, or holds only in part."""
    nodes = case.good.graph.nodes
    with reading(file) as db:
        for uid, column, source in case.fault.keeps:
            name = quoted(file.stem, nodes[uid].schema, nodes[uid].identifier)
            if column not in columns(db, name):
                return f"{nodes[uid].name}.{column}, which a person added, is not there"
            filled = f"select count(*) from {name} where {quoted(column)} is distinct from {quoted(source)}"
            if db.execute(filled).fetchone() != (0,):
                return f"{nodes[uid].name}.{column} is not {source} in every row"
    return ""


def _wrong_if_approved(case: Case, proposal: dict[str, Any]) -> str:
    """What would differ if a person approved the first proposal."""
    commit = _proposed(case.project, proposal)
    return _from_nothing(case, commit) if commit else f"{proposal['title']}: has no branch, and its diff does not apply"


def _proposed(project: Project, proposal: dict[str, Any]) -> str:
    """The commit of a proposal's branch, or one made from the diff that a person is shown."""
    branch = f"refs/heads/adp/{proposal['id']}"
    if git(project.repo, "for-each-ref", branch):
        return git(project.repo, "rev-parse", branch)
    done = adp("proposals", "diff", proposal["id"], "--json", "--project", str(project.root))
    diff = json.loads(done.stdout).get("diff", "") if done.returncode == 0 else ""
    apply = subprocess.run(
        ["git", "-C", str(project.repo), "apply", "--index"], input=diff, text=True, capture_output=True, check=False
    )
    if not diff or apply.returncode:
        return ""
    git(project.repo, "commit", "-q", "-m", "as if approved")
    return git(project.repo, "rev-parse", "HEAD")
