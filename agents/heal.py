"""The loop as a value: each step a function, the order a tuple, the same for operators and for the command line."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from agents.build import build
from agents.catch_up import catch_up
from agents.contracts import (
    OPERATIONAL,
    Applied,
    Diagnosis,
    Evidence,
    HealReport,
    Judgement,
    Options,
    Tried,
)
from agents.diagnose.diagnose import diagnose
from agents.errors import WarehouseBusy
from agents.inbox import every, report_of, reported
from agents.interrupted import alone, unfinished
from agents.land import land, pack_all
from agents.ledger import Ledger
from agents.look import Seen, look
from agents.masking import masked
from agents.memory import recall
from agents.merged import applied_commits
from agents.minds.asked import Asked, asking
from agents.minds.engines.reply import MindCall
from agents.notify.announce import announce
from agents.offer import offer
from agents.outcomes import measured
from agents.probation import end_probation
from agents.project import Project
from agents.propose.propose import propose
from agents.prove import prove
from agents.rebuild import Rebuilt, rebuild
from agents.repository import Repository
from agents.rollback import RolledBack
from agents.sandbox.isolation import described

STEPS = ("observe", "diagnose", "propose", "verify", "freeze", "commit", "rerun")
"""The order of the loop; freezing and committing share one transaction."""


@dataclass
class Healed:
    """A heal's report, and what a person wants to be told beside it."""

    report: HealReport
    diagnoses: tuple[Diagnosis, ...] = ()
    applied: tuple[Applied, ...] = ()
    rebuilt: Rebuilt | None = None
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds of each step."""
    sandbox: str = ""
    """What kept the candidates in."""
    told: tuple[str, ...] = ()
    """Who was told what waits, a line each; and who could not be reached."""
    minds: tuple[MindCall, ...] = ()
    """Questions to trained weights and models, and what they cost."""
    notes: tuple[str, ...] = ()
    """Why a version of the project's own weights was not asked."""


Rerun = Callable[[Project, Ledger, Sequence[Applied]], Rebuilt]


def heal(
    project: Project,
    ledger: Ledger,
    *,
    ceiling: str | None = None,
    dry_run: bool = False,
    rerun: Rerun = rebuild,
) -> Healed:
    """Run the whole loop once, one heal of a project at a time. With `dry_run` it stops before anything is committed.

    Raises WarehouseBusy where another heal of the project does not end within `lock_wait_seconds`.
    """
    with alone(project):
        catch_up(project, ledger, merges=not dry_run)
        healed = _heal(project, ledger, ceiling, dry_run, rerun)
        if not dry_run:
            begun = time.monotonic()
            offered = offer(replace(project), ledger, ceiling)
            healed = _with_offers(healed, offered, time.monotonic() - begun)
    if healed.diagnoses:  # where nothing was wrong, no sandbox was asked: bubblewrap need not be tried for words
        healed = replace(healed, sandbox=described(project))
    earlier = healed.rebuilt.told if healed.rebuilt else ()
    return healed if dry_run else replace(healed, told=(*earlier, *announce(project, ledger)))


def _with_offers(healed: Healed, offered: tuple[Applied, ...], seconds: float) -> Healed:
    """The heal with what became of contracts that broke: where a person is asked, it is pending at least."""
    waits = healed.report.status in ("healthy", "healed") and any(a.state == "pending" for a in offered)
    reports = (*healed.report.proposals, *(r for a in offered for r in report_of(a)))
    told = {"proposals": reports, "seconds": round(healed.report.seconds + seconds, 3)}
    told |= {"status": "pending"} if waits else {}
    return replace(healed, report=healed.report.model_copy(update=told), applied=(*healed.applied, *offered))


def _heal(project: Project, ledger: Ledger, ceiling: str | None, dry_run: bool, rerun: Rerun) -> Healed:
    started, stages = time.monotonic(), dict[str, float]()
    with _timed(stages, "observe"):
        seen = _seen(project)
    counting, by_rules = None if dry_run else ledger, project.settings.minds.heal == "rules"
    with _timed(stages, "diagnose"), asking(project.root, "diagnose", counting, by_rules=by_rules) as naming:
        found = diagnose(seen.evidence, seen.graph, seen.edits)
    if not dry_run and (back := end_probation(project, ledger, seen.graph, seen.evidence, seen.edits)):
        return _ended(project, ledger, back, stages, started)
    if not found:
        if not dry_run and (left := unfinished(project, applied_commits(ledger, project))):
            with _timed(stages, "rerun"):
                done = build(project, ledger)
            finished = Rebuilt(
                done.published,
                done.published,
                f"built what a heal that was cut short committed: {left}",
                done.told,
            )
            status = "healed" if done.published else "refused"
            return Healed(_report(status, (), (), left, started), rebuilt=finished, stages=stages)
        return Healed(_report("healthy", (), (), None, started), stages=stages)
    base = Repository(project.repo).head()
    with _timed(stages, "propose"), asking(project.root, "propose", counting) as matching:
        unanswered = tuple(Options(diagnoses=(d,), refusal=_unanswerable(d)) for d in found)
        remembered = recall(ledger)
        options = propose(found, project, seen.graph, base, memory=remembered) if seen.graph else unanswered
    with _timed(stages, "verify"):
        judged = prove(project, seen.graph, base, options, seen.grown) if seen.graph else _as_judged(options)
    asked = (naming, matching)
    if dry_run:
        return _with_minds(Healed(_dry(found, judged, started), found, stages=stages), asked)
    with _timed(stages, "commit"):
        settled = tuple(land(project, ledger, p) for p in pack_all(project, judged, ceiling))
    rebuilt = None
    with _timed(stages, "rerun"):
        if any(a.state == "applied" for a in settled):
            rebuilt = rerun(project, ledger, settled)
            measured(ledger, settled, rebuilt.compared, rebuilt.detail)
    return _with_minds(_conclude(found, settled, rebuilt, stages, started), asked)


def _with_minds(healed: Healed, asked: Sequence[Asked]) -> Healed:
    calls = tuple(call for one in asked for call in one.calls)
    return replace(healed, minds=calls, notes=tuple(dict.fromkeys(note for one in asked for note in one.notes)))


def _ended(project: Project, ledger: Ledger, back: RolledBack, stages: dict[str, float], started: float) -> Healed:
    """What a version that failed on probation leaves: it is taken back, and a person looks at it."""
    undone = [kept for kept in every(ledger, project, "rolled_back") if kept.note == back.why]
    reports = tuple(reported(Tried(proposal=k.proposal, verdict=k.verdict), "rolled_back") for k in undone)
    held = back.data in ("restored", "rebuilt")
    done = Rebuilt(held, back.data == "restored", f"{back.why}; {back.detail}", back.told)
    commit = back.landed.commit if back.landed else None
    return Healed(_report("pending", (), reports, commit, started), rebuilt=done, stages=stages)


def _seen(project: Project) -> Seen:
    """What is wrong; a warehouse that somebody holds is reported as that, and nothing else can be seen."""
    try:
        return look(project)
    except WarehouseBusy as error:
        return Seen((Evidence(kind="build_error", node="warehouse", message=str(error), seen_at=datetime.now(UTC)),))


def _unanswerable(diagnosis: Diagnosis) -> str:
    if diagnosis.cause in OPERATIONAL:
        return f"no change of code answers {diagnosis.cause.value}: free it and run `adp heal` again"
    return "the project does not parse"


def _conclude(
    found: tuple[Diagnosis, ...],
    settled: tuple[Applied, ...],
    rebuilt: Rebuilt | None,
    stages: dict[str, float],
    started: float,
) -> Healed:
    states = {a.state for a in settled}
    undone = rebuilt is not None and not rebuilt.compared
    status = "refused" if "refused" in states or undone else "pending" if "pending" in states else "healed"
    commits = [a.commit for a in settled if a.state == "applied"]
    reports = tuple(r for a in settled for r in report_of(a, rolled_back=undone))
    report = _report(status, found, reports, commits[-1] if commits and not undone else None, started)
    return Healed(report, found, settled, rebuilt, stages)


def _as_judged(options: Sequence[Options]) -> tuple[Judgement, ...]:
    return tuple(Judgement(options=o) for o in options)


def _dry(found: tuple[Diagnosis, ...], judged: Sequence[Judgement], started: float) -> HealReport:
    states = ["pending" if j.accepted or j.undecided else "refused" for j in judged]
    previews = [
        Applied(judgement=j, state="pending" if j.accepted else "refused", note="dry run", base="") for j in judged
    ]
    status = "refused" if "refused" in states else "pending"
    return _report(status, found, tuple(r for a in previews for r in report_of(a)), None, started)


def _report(
    status: str, found: tuple[Diagnosis, ...], proposals: tuple[object, ...], sha: str | None, started: float
) -> HealReport:
    diagnoses = tuple(
        {
            "cause": d.cause.value,
            "subject": d.subject,
            "confidence": d.confidence,
            "evidence": [masked(e.message) for e in d.evidence],
            "explanation": masked(d.explanation),
        }
        for d in found
    )
    return HealReport.model_validate(
        {"status": status, "diagnoses": diagnoses, "proposals": proposals, "commit": sha,
         "seconds": round(time.monotonic() - started, 3)}
    )  # fmt: skip


@contextmanager
def _timed(stages: dict[str, float], name: str) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        stages[name] = round(time.monotonic() - begun, 3)
