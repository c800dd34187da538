"""Prove each candidate in a sandbox, or reject it."""

import time
from typing import Any

import dagster as dg

from adp_dagster.charts import line_chart
from adp_dagster.ops.shown import certificate, diff, plainly, tried_table
from adp_dagster.resources.platform import Platform
from adp_dagster.resources.warehouse import WRITER_POOL
from agents.contracts import Judgement, Options
from agents.look import Seen
from agents.prove import prove
from agents.repository import Repository


@dg.op(name="verify", pool=WRITER_POOL)
def verify_op(
    context: dg.OpExecutionContext, platform: Platform, seen: Seen, options: list[Options]
) -> list[Judgement]:
    """Candidates in, judgements with certificates out."""
    begun = time.monotonic()
    if seen.graph is None or not options:
        context.add_output_metadata({"note": "No candidate to prove."})
        return [Judgement(options=o) for o in options]
    with plainly():
        project = platform.project()
        judged = list(prove(project, seen.graph, Repository(project.repo).head(), options, seen.grown))
    metadata: dict[str, Any] = {
        "tried": tried_table(judged),
        "accepted": ", ".join(j.accepted.proposal.title for j in judged if j.accepted) or "none",
        "seconds": round(time.monotonic() - begun, 2),
    }
    for best in (j.accepted or next(iter(j.tried), None) for j in judged):
        if best is None:
            continue
        metadata[f"certificate of {best.proposal.id}"] = certificate(best.verdict)
        metadata[f"diff of {best.proposal.id}"] = diff(best.proposal.files)
        if chart := best.verdict.chart:
            drawn = line_chart(chart.title, chart.labels, chart.series)
            metadata[f"chart of {best.proposal.id}"] = dg.MarkdownMetadataValue(drawn)
    context.add_output_metadata(metadata)
    return judged
