"""Turn causes into changes that could answer them, and rivals that must not."""

import time
from contextlib import closing

import dagster as dg

from adp_dagster.ops.shown import diff, minds_metadata, plainly, table
from adp_dagster.resources.platform import Platform
from agents.contracts import Options
from agents.look import Seen
from agents.memory import recall
from agents.minds.asked import Asked, asking
from agents.propose.propose import propose
from agents.repository import Repository
from agents.triage import Triage


@dg.op(name="propose")
def propose_op(context: dg.OpExecutionContext, platform: Platform, seen: Seen, triage: Triage) -> list[Options]:
    """Causes in, candidates out; text is taken from the commit that is checked out."""
    begun = time.monotonic()
    if not triage.repair:
        context.add_output_metadata({"note": "Nothing to repair; see the triage of the step before."})
        return []
    with plainly():
        project = platform.project()
        base = Repository(project.repo).head()
        asked = Asked(project.root, "propose")
        if seen.graph is None:
            refused = "the project does not parse"
            options = [Options(diagnoses=(d,), refusal=refused) for d in triage.repair]
        else:
            with closing(platform.ledger(project)) as ledger, asking(project.root, "propose", ledger) as asked:
                options = list(propose(triage.repair, project, seen.graph, base, memory=recall(ledger)))
    proposals = [p for o in options for p in (*o.candidates, *o.rivals)]
    candidates = {p.id for o in options for p in o.candidates}
    rows = [
        {
            "proposal": p.title,
            "as": "candidate" if p.id in candidates else "negative control",
            "risk": p.risk.value,
            "why": "; ".join((*p.reasons, *p.risk_reasons)),
            "impact": p.impact,
        }
        for p in proposals
    ]
    context.add_output_metadata(
        {
            "proposals": table(rows, ("proposal", "as", "risk", "why", "impact")),
            "refused": "; ".join(o.refusal for o in options if o.refusal) or "none",
            "first candidate": diff(f for o in options for p in o.candidates[:1] for f in p.files),
            "base commit": base,
            **minds_metadata(asked),
            "seconds": round(time.monotonic() - begun, 2),
        }
    )
    return options
