"""Run again what failed, and hold the warehouse against the proof."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from adp_dagster.failures import failures_of
from adp_dagster.launching import Launcher, finished, keys_to_run, launcher_of, materialized, repository_of
from adp_dagster.ops.observe import STATUS_TAG
from adp_dagster.resources.platform import Platform
from agents import published
from agents.contracts import Applied, Diagnosis
from agents.diagnose.diagnose import diagnose
from agents.errors import AdpError, WarehouseBusy
from agents.ledger import Ledger
from agents.masking import masked
from agents.minds.asked import asking
from agents.notify.announce import announce
from agents.outcomes import measured
from agents.project import Project
from agents.rebuild import affected, compare, proved, rebuild, take_back
from agents.triage import Triage, by_machine
from sensors.requests import FAILED_RUN_TAG, ROOT_RUN_TAG

HEALED_BY_TAG = "adp/healed_by"
PUBLISHED_COPY = "published_copy"
"""The asset that audits and publishes; it goes with every rerun."""


class Budget(dg.Config):
    """How long a rerun may take."""

    seconds: float = 3600
    """After this the rerun is left running, and a person compares."""


@dataclass
class Reruns:
    """The runs that were started, and what came of the last."""

    ids: list[str] = field(default_factory=list)
    failed: str = ""
    """Why the last one failed; empty where it succeeded."""


@dg.op(name="rerun")
def rerun_op(
    context: dg.OpExecutionContext,
    config: Budget,
    platform: Platform,
    triage: Triage,
    settled: list[Applied],
) -> str:
    """Commits in, a healed warehouse out: `healed`, or why not. Holds no pool, because the rerun needs it."""
    begun = time.monotonic()
    applied = [a for a in settled if a.state == "applied"]
    if not applied and not triage.retry:
        status = _status(triage, settled)
        context.log.info(f"Nothing to run again: {status}.")
        return _told(context, platform, status, {"note": _waiting(triage, settled)})
    project = platform.project()
    with closing(platform.ledger(project)) as ledger:
        try:
            return _rerun(context, config, platform, project, ledger, triage, settled, begun)
        except AdpError as error:
            _told(context, platform, "refused", {"note": str(error)})
            raise dg.Failure(masked(str(error)), allow_retries=False) from error


def _rerun(
    context: dg.OpExecutionContext,
    config: Budget,
    platform: Platform,
    project: Project,
    ledger: Ledger,
    triage: Triage,
    settled: list[Applied],
    begun: float,
) -> str:
    launcher = launcher_of(context, context.job_name)
    reruns = Reruns()
    if launcher is None:
        context.log.warning("No webserver and no code location: dbt rebuilds what was affected, without a run.")
        rebuilt = rebuild(project, ledger, settled)
        differing = "" if rebuilt.compared else rebuilt.detail
    else:
        differing = _through_dagster(context, launcher, config, project, ledger, triage, settled, reruns)
        if differing:
            take_back(project, ledger, settled, differing)
    measured(ledger, settled, not differing, differing or "every relation holds what the sandbox proved")
    status = "refused" if differing or reruns.failed else _status(triage, settled)
    good = published.current(project)
    told: dict[str, Any] = {
        "reruns": ", ".join(reruns.ids) or "dbt build in this process",
        "through": launcher.name if launcher else "dbt",
        "compared": differing or f"{len(proved(settled))} relations hold exactly what the sandbox proved",
        "failure of the rerun": reruns.failed or "none",
        "published": f"{good.state.published_at:%F %T}" if good else "never",
        "waits for a person": _waiting(triage, settled),
        "seconds": round(time.monotonic() - begun, 2),
    }
    _told(context, platform, status, told)
    if launcher:
        _reload(context, launcher)
    if differing:
        raise dg.Failure(
            f"The rerun did not give what was proved, so the commit was taken back: {masked(differing)}",
            allow_retries=False,
        )
    return status


def _through_dagster(
    context: dg.OpExecutionContext,
    launcher: Launcher,
    config: Budget,
    project: Project,
    ledger: Ledger,
    triage: Triage,
    settled: list[Applied],
    reruns: Reruns,
) -> str:
    """Run, wait and compare; returns what differs from the proof."""
    deadline = time.monotonic() + config.seconds
    tags = {HEALED_BY_TAG: context.run_id, ROOT_RUN_TAG: triage.root_run_id}
    failed_run = context.instance.get_run_by_id(context.run.tags.get(FAILED_RUN_TAG, ""))
    repository = repository_of(context)
    wanted = keys_to_run(repository, affected(settled), PUBLISHED_COPY) if repository else ()
    if failed_run is not None:
        run = _awaited(context, launcher.again(failed_run, tags), reruns, deadline)
        while not run.is_success and _may_retry(context, run, project, ledger, triage.root_run_id):
            run = _awaited(context, launcher.again(run, tags), reruns, deadline)
    else:
        run = _awaited(context, launcher.assets(wanted, tags), reruns, deadline)
    differing = _compared(project, settled)
    done = {key for run_id in reruns.ids for key in materialized(context.instance, run_id)}
    if differing and (left := [key for key in wanted if key not in done]):
        # the failed run does not hold everything that the fault reached
        run = _awaited(context, launcher.assets(left, tags), reruns, deadline)
        differing = _compared(project, settled)
    if not run.is_success:
        found = failures_of(context.instance, run, project.graph)
        reruns.failed = "; ".join(e.message for e in found) or f"run {run.run_id} is {run.status.value}"
    return differing


def _awaited(context: dg.OpExecutionContext, run_id: str, reruns: Reruns, deadline: float) -> dg.DagsterRun:
    reruns.ids.append(run_id)
    context.log.info(f"Waiting for run {run_id}.")
    run = finished(context.instance, run_id, deadline - time.monotonic())
    if run is None:
        raise dg.Failure(
            f"Run {run_id} still goes on and the budget for it is spent. The commit stays, but the warehouse "
            "was not compared with the proof; run `adp observe` when it has ended.",
            allow_retries=False,
        )
    return run


def _may_retry(context: dg.OpExecutionContext, run: dg.DagsterRun, project: Project, ledger: Ledger, root: str) -> bool:
    """Whether only the machine failed the run, and attempts are left to try it again."""
    with asking(project.root, "rerun", ledger):
        found = diagnose(failures_of(context.instance, run, project.graph), project.graph)
    if not found or not all(map(by_machine, found)):
        return False
    limit = project.settings.policy.attempts
    attempts = [ledger.attempt(d.fingerprint, root, limit) for d in found]  # count each, also after a spent one
    return all(attempts)


def _compared(project: Project, settled: Sequence[Applied]) -> str:
    prints = proved(settled)
    for left in (2, 1, 0):
        try:
            return compare(project, project.graph, prints) if prints else ""
        except WarehouseBusy:
            if not left:
                raise
    raise AssertionError("unreachable")


def _status(triage: Triage, settled: Sequence[Applied]) -> str:
    """The worst of what became of each fault, as everywhere: refused, pending, healed."""
    states = {a.state for a in settled}
    if "refused" in states or triage.report:
        return "refused"
    return "pending" if "pending" in states or triage.spent else "healed"


def _waiting(triage: Triage, settled: Sequence[Applied]) -> str:
    asked: list[Diagnosis] = [*triage.report, *triage.spent]
    words = [f"{d.cause.value} {d.subject}: {d.explanation}" for d in asked]
    return "; ".join([*words, *(a.note for a in settled if a.state != "applied")]) or "nothing"


def _told(context: dg.OpExecutionContext, platform: Platform, status: str, metadata: dict[str, Any]) -> str:
    """Say what the heal came to: on the run, in its metadata, and to whom something waits."""
    context.instance.add_run_tags(context.run_id, {STATUS_TAG: status})
    project = platform.project()
    with closing(platform.ledger(project)) as ledger:
        notified = "; ".join(announce(project, ledger))
    shown = {key: masked(value) if isinstance(value, str) else value for key, value in metadata.items()}
    context.add_output_metadata({"status": status, **shown, **({"notified": notified} if notified else {})})
    return status


def _reload(context: dg.OpExecutionContext, launcher: Launcher) -> None:
    try:
        launcher.reload()
    except Exception as error:
        context.log.warning(f"The code location was not reloaded; do it in the UI to see new assets. {error}")
