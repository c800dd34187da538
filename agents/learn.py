"""The minds learn from what people decided: trained anew, measured, and frozen in the project like any asset."""

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from agents import lock
from agents.commit import commit, recovered
from agents.contracts import Frozen, Record
from agents.errors import UsageError
from agents.freeze.freeze import next_version
from agents.freeze.package import Certified, certificate_of_version, pack
from agents.freeze.version import FIRST
from agents.ledger import Ledger
from agents.minds.decided import decided
from agents.minds.in_effect import JOBS, InEffect, asset_of, in_effect, path_of
from agents.minds.retrain import Candidate, retrained
from agents.minds.training.examples import Example
from agents.policy import frozen_until, policy_at
from agents.project import Project
from agents.repository import Repository


class Trained(Record):
    """What became of one training."""

    job: str
    version: str
    """Of the new weights; of those in effect where the new ones are not kept."""
    state: Literal["active", "pending", "rejected", "unchanged", "dry run"]
    """`active`: committed, and asked from now on. `pending`: on a branch, for a person to merge. `rejected`: the
    benchmark fell. `unchanged`: the very weights that are in effect."""
    why: str
    replaces: str
    drawn: int
    """Examples of the generator."""
    decisions: int
    """Examples of the ledger."""
    left_out: tuple[str, ...]
    """Decisions that were not learned, and why."""
    benchmark: dict[str, Any] | None
    """What is in effect, what is shipped, and the new one, on cases kept apart; None where nothing changed."""
    seconds: float
    commit: str | None = None
    branch: str | None = None
    note: str = ""
    """Why a version that is there was not in effect."""

    @property
    def passed(self) -> bool:
        """Whether the benchmark did not fall; without a benchmark nothing changed."""
        return self.benchmark is None or bool(self.benchmark["passed"])


def learn(
    project: Project,
    ledger: Ledger,
    job: str,
    *,
    by: str = "",
    seed: int = 0,
    examples: Sequence[Example] = (),
    cases: Path | None = None,
    dry_run: bool = False,
    share: float = 1.0,
) -> Trained:
    """Train one job from generator and ledger; commit the new version where the benchmark does not fall.

    `by` is the person who asked; without one, `policy.auto: none` holds it back as it does a repair.
    Some minutes of one core. Raises UsageError for an unknown job, and where adp's benchmark is not here.
    """
    if job not in JOBS:
        raise UsageError(f"{job!r} cannot be trained. Allowed are {', '.join(JOBS)}.")
    begun = time.monotonic()
    if not dry_run:
        recovered(project)
    now = in_effect(project.root, job)
    project.state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project.state, prefix="minds.") as scratch:
        made = retrained(
            job, now, decided(ledger, project.prefix), Path(scratch),
            seed=seed, examples=examples, cases=cases, share=share,
        )  # fmt: skip
    settled = _settled(project, now, made, by, seed, dry_run)
    done = Trained(
        job=job,
        replaces=now.version,
        drawn=made.drawn,
        decisions=made.decisions,
        left_out=made.left_out,
        benchmark={**made.gate.model_dump(), "passed": made.gate.passed} if made.gate else None,
        seconds=round(time.monotonic() - begun, 1),
        note=now.why,
        **settled,
    )
    if not dry_run:
        ledger.decide(
            "train",
            context={"project": project.prefix, "job": job, "by": by},
            suggestion={"version": done.version, "drawn": done.drawn, "decisions": done.decisions},
            approved=done.state == "active",
            executed=done.state == "active",
            outcome=done.model_dump(mode="json", include={"state", "why", "commit", "branch", "benchmark", "seconds"}),
        )
    return done


def _settled(project: Project, now: InEffect, made: Candidate, by: str, seed: int, dry_run: bool) -> dict[str, Any]:
    """What becomes of a candidate: its state, and where it went."""
    if made.gate is None:
        return {"state": "unchanged", "version": now.version, "why": "the same weights as before came of it"}
    if not made.gate.passed:
        state = "dry run" if dry_run else "rejected"
        return {"state": state, "version": now.version, "why": f"the benchmark fell: {made.gate.words}"}
    base = Repository(project.repo).head()
    entries = lock.at(project, base)
    asset = asset_of(made.job)
    before = entries.get(asset)
    version = next_version(project, asset, before, "patch")
    if dry_run:
        return {"state": "dry run", "version": version, "why": f"would take effect: {made.gate.words}"}
    at = datetime.now(UTC)
    approver = by or "policy: the benchmark did not fall"
    text = made.named(version)
    entry = Frozen(
        asset=asset,
        path=path_of(made.job),
        version=version,
        sha256=lock.digest(text.encode()),
        parent=before.version if before else FIRST,
        approver=approver,
        certificate="",
        certificate_sha256="",
        frozen_at=at,
    )
    said = f"trained with {_count(made.decisions)}, {made.gate.words}"
    subject = f"minds-{made.job}-{version}"
    package = pack(
        project, base, entries, [Certified(subject, _certificate(made, entry, before, base, seed), (entry,))],
        {project.in_repo(entry.path): text},
        why=said, message=f"Train {asset} {version}\n\n{said}\n", approver=approver,
    )  # fmt: skip
    landed = commit(project, package.files, package.message, base, subject, frozen=package.frozen,
                    hold=_hold(project, base, by, at), event="train")  # fmt: skip
    told = {"version": version, "commit": landed.commit, "branch": landed.branch}
    if landed.applied:
        return {**told, "state": "active", "why": made.gate.words}
    return {**told, "state": "pending", "why": f"waits on {landed.branch}: {landed.note}. Merge it to take effect"}


def _hold(project: Project, base: str, by: str, now: datetime) -> str:
    """Why a person has to merge it, as the committed policy has it."""
    policy = policy_at(project, base)
    if policy.approvers:
        return f"adp.yml names who approves: {', '.join(policy.approvers)}"
    if not by and policy.auto == "none":
        return "adp.yml applies nothing by itself"
    return frozen_until(policy.freeze_windows, now)


def _certificate(made: Candidate, version: Frozen, before: Frozen | None, base: str, seed: int) -> str:
    assert made.gate is not None
    return certificate_of_version(
        version, before, base, f"{made.job} trained with {_count(made.decisions)} and {made.drawn} drawn examples",
        [{"name": "benchmark", "passed": True, "measured": made.gate.words, "allowed": "no less than before"}],
        seed=seed, left_out=len(made.left_out), benchmark=made.gate.model_dump(),
    )  # fmt: skip


def _count(decisions: int) -> str:
    return f"{decisions} decision{'s' * (decisions != 1)} of the ledger"
