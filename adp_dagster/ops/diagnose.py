"""Name the causes, and decide for each whether it is repaired, run again or left to a person."""

import time
from contextlib import closing

import dagster as dg

from adp_dagster.ops.shown import diagnosis_table, minds_metadata, plainly
from adp_dagster.resources.platform import Platform
from agents import published
from agents.contracts import Diagnosis
from agents.diagnose.diagnose import diagnose
from agents.look import Seen
from agents.minds.asked import asking
from agents.triage import Triage, triage
from sensors.requests import ROOT_RUN_TAG


@dg.op(name="diagnose")
def diagnose_op(context: dg.OpExecutionContext, platform: Platform, seen: Seen) -> Triage:
    """Evidence in, causes out; attempts are counted for each cause and root run."""
    begun = time.monotonic()
    with plainly():
        project = platform.project()
        attempts = project.settings.policy.attempts
        root = context.run.tags.get(ROOT_RUN_TAG) or context.run.root_run_id or context.run_id
        with closing(platform.ledger(project)) as ledger:
            by_rules = project.settings.minds.heal == "rules"
            with asking(project.root, "diagnose", ledger, by_rules=by_rules) as asked:
                found = diagnose(seen.evidence, seen.graph, seen.edits)
            sorted_out = triage(found, ledger, root, attempts, published.required(project).state.published_at)
    for diagnosis in sorted_out.spent:
        context.log.warning(f"{attempts} attempts at {diagnosis.subject} are spent; a person is asked.")
    context.add_output_metadata(
        {
            "diagnoses": diagnosis_table(found),
            "to repair": _subjects(sorted_out.repair),
            "to run again": _subjects(sorted_out.retry),
            "for a person": _subjects(sorted_out.report),
            f"given up after {attempts} attempts": _subjects(sorted_out.spent),
            "counted against": root,
            **minds_metadata(asked),
            "seconds": round(time.monotonic() - begun, 2),
        }
    )
    return sorted_out


def _subjects(diagnoses: tuple[Diagnosis, ...]) -> str:
    return ", ".join(f"{d.cause.value} {d.subject}" for d in diagnoses) or "none"
