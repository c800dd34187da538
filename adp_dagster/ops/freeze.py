"""Freeze what was proved: version, hashes, lock and certificate, still outside of git."""

import time

import dagster as dg

from adp_dagster.ops.shown import plainly, table
from adp_dagster.resources.platform import Platform
from agents.contracts import Judgement
from agents.land import Packed, pack_all


@dg.op(name="freeze")
def freeze_op(context: dg.OpExecutionContext, platform: Platform, judged: list[Judgement]) -> list[Packed]:
    """Judgements in, packages for git out; the policy of the base commit says which may land by itself."""
    begun = time.monotonic()
    with plainly():
        project = platform.project()
        packed = list(pack_all(project, judged, None))
    frozen = [f for p in packed if p.package for f in p.package.frozen]
    rows = [
        {
            "asset": f.asset,
            "version": f.version,
            "was": f.parent,
            "sha256": f.sha256[:16],
            "approver": f.approver,
        }
        for f in frozen
    ]
    context.add_output_metadata(
        {
            "frozen": table(rows, ("asset", "version", "was", "sha256", "approver")),
            "held back": "; ".join(p.hold for p in packed if p.hold) or "nothing",
            "not proved": len([p for p in packed if p.package is None]),
            "seconds": round(time.monotonic() - begun, 2),
        }
    )
    return packed
