"""See what is wrong: the failed run that was named, and every source that drifted."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import dagster as dg

from adp_dagster.failures import failures_of
from adp_dagster.ops.shown import evidence_table, plainly
from adp_dagster.resources.platform import Platform
from adp_dagster.resources.warehouse import WRITER_POOL
from agents.catch_up import catch_up
from agents.contracts import Evidence
from agents.errors import FinalError
from agents.interrupted import alone
from agents.look import Seen, look
from agents.masking import masked
from agents.offer import in_words, offer
from agents.probation import end_probation
from agents.project import Project
from sensors.requests import FAILED_RUN_TAG

STATUS_TAG = "adp/status"
"""What a heal came to, on its run: healthy, healed, pending or refused."""


@dg.op(name="observe", pool=WRITER_POOL, out=dg.Out(is_required=False))
def observe_op(context: dg.OpExecutionContext, platform: Platform) -> Iterator[dg.Output[Seen]]:
    """Evidence for everything that is wrong now; the steps below are skipped where nothing is."""
    begun = time.monotonic()
    with plainly():
        project = platform.project()
        failures = _failures(context, project)
        with closing(platform.ledger(project)) as ledger, alone(project):
            catch_up(project, ledger)
            seen = look(project, failures)
            back = end_probation(project, ledger, seen.graph, seen.evidence, seen.edits)
            offered = () if back else offer(replace(project), ledger)
        if back:
            context.log.warning(masked(f"Rolled back: {back.why}. Data {back.data}: {back.detail}"))
            for line in back.told:
                context.log.info(f"Notified {line}")
            seen = look(platform.project())
    for outcome in offered:
        context.log.info(in_words(outcome))
    if not seen.evidence:
        context.instance.add_run_tags(context.run_id, {STATUS_TAG: "healthy"})
        context.log.info("Nothing to heal: no run was named, no source drifted, and what changed builds.")
        return
    metadata: dict[str, Any] = {
        "evidence": evidence_table(seen.evidence),
        "failed run": context.run.tags.get(FAILED_RUN_TAG, "none: drift was seen without a failure"),
        "sources that moved": ", ".join(seen.grown) or "none",
        "seconds": round(time.monotonic() - begun, 2),
    }
    yield dg.Output(seen, metadata=metadata)


def _failures(context: dg.OpExecutionContext, project: Project) -> tuple[Evidence, ...]:
    run_id = context.run.tags.get(FAILED_RUN_TAG)
    if not run_id:
        return ()
    run = context.instance.get_run_by_id(run_id)
    if run is None:
        raise dg.Failure(f"Run {run_id} (tag {FAILED_RUN_TAG}) is not in this Dagster instance.")
    try:
        graph = project.graph
    except FinalError:
        graph = None  # the project does not parse: `look` says so, and dbt's short names must do
    return failures_of(context.instance, run, graph)
