"""A person's decision on a proposal, taken in the UI."""

from contextlib import closing
from typing import Literal

import dagster as dg
from pydantic import Field

from adp_dagster.ops.shown import certificate, diff, plainly
from adp_dagster.resources.platform import Platform
from adp_dagster.resources.warehouse import WRITER_POOL
from agents.masking import masked
from agents.notify.announce import announce
from agents.proposals import approve, one, reject


class Decision(dg.Config):
    """What to do with which proposal."""

    proposal: str
    """Its id, or the start of it: see the heal's page, or `adp proposals list`."""
    decision: Literal["approve", "reject"] = "approve"
    by: str = Field(default="", description="Your name in the policy; a key that signs where it wants signatures.")
    reason: str = ""
    during_freeze: bool = False


@dg.op(name="review", pool=WRITER_POOL)
def review_op(context: dg.OpExecutionContext, config: Decision, platform: Platform) -> str:
    """As `adp proposals approve` or `reject`: proved again where anything moved, committed, rebuilt, recorded."""
    with plainly():
        project = platform.project()
        with closing(platform.ledger(project)) as ledger:
            kept = one(ledger, project, config.proposal)
            shown = {
                "proposal": kept.proposal.title,
                "risk": kept.proposal.risk.value,
                "certificate": certificate(kept.verdict),
                "diff": diff(kept.proposal.files),
            }
            if config.decision == "reject":
                who = reject(ledger, project, config.proposal, config.reason, config.by)
                context.add_output_metadata({**shown, "state": "rejected", "by": str(who)})
                return "rejected"
            applied, rebuilt = approve(ledger, project, config.proposal, config.by, during_freeze=config.during_freeze)
            notified = "; ".join((*(rebuilt.told if rebuilt else ()), *announce(project, ledger)))
    held = rebuilt is None or rebuilt.compared
    state = applied.state if held else "rolled_back"
    told = rebuilt.detail if rebuilt else applied.note
    shown |= {"notified": masked(notified)} if notified else {}
    context.add_output_metadata({**shown, "state": state, "commit": applied.commit or "none", "detail": told})
    if state in ("refused", "rolled_back"):
        raise dg.Failure(f"{kept.proposal.id} is {state}: {told}", allow_retries=False)
    return state
