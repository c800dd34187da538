"""Put what is frozen into git, and the warehouse's continued tables back to where the rerun goes on from."""

import time
from contextlib import closing

import dagster as dg

from adp_dagster.ops.shown import diff, plainly, table
from adp_dagster.resources.platform import Platform
from adp_dagster.resources.warehouse import WRITER_POOL
from agents.contracts import Applied
from agents.land import Packed, land
from agents.rebuild import continue_from_good, proved


@dg.op(name="commit", pool=WRITER_POOL)
def commit_op(context: dg.OpExecutionContext, platform: Platform, packed: list[Packed]) -> list[Applied]:
    """Packages in, commits out: on the branch, or on a branch of their own where a person must look first.

    Incremental models are restored here and not in the rerun, because this step holds the writer's
    slot and the rerun must leave it free.
    """
    begun = time.monotonic()
    with plainly():
        project = platform.project()
        with closing(platform.ledger(project)) as ledger:
            settled = [land(project, ledger, p) for p in packed]
        if proved(settled):
            continue_from_good(project, project.graph, settled)
    rows = [
        {"proposal": _title(a), "state": a.state, "commit": a.commit, "branch": a.branch, "note": a.note}
        for a in settled
    ]
    best = [a.judgement.accepted for a in settled]
    context.add_output_metadata(
        {
            "commits": table(rows, ("proposal", "state", "commit", "branch", "note")),
            "diff": diff(f for tried in best if tried for f in tried.proposal.files),
            "seconds": round(time.monotonic() - begun, 2),
        }
    )
    return settled


def _title(applied: Applied) -> str:
    best = applied.judgement.accepted
    return best.proposal.title if best else "; ".join(d.explanation for d in applied.judgement.options.diagnoses)
