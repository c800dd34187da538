"""The loop as a job."""

import dagster as dg

from adp_dagster.ops.commit import commit_op
from adp_dagster.ops.diagnose import diagnose_op
from adp_dagster.ops.freeze import freeze_op
from adp_dagster.ops.observe import observe_op
from adp_dagster.ops.propose import propose_op
from adp_dagster.ops.rerun import rerun_op
from adp_dagster.ops.verify import verify_op


@dg.job(
    description="observe, diagnose, propose, verify, freeze, commit, rerun: one failed run or one drift, whole.",
    executor_def=dg.in_process_executor,
)
def heal_job() -> None:
    """The run to heal is named by the tag `adp/failed_run_id`; without it, drift alone is looked for."""
    seen = observe_op()
    sorted_out = diagnose_op(seen)
    options = propose_op(seen, sorted_out)
    judged = verify_op(seen, options)
    packed = freeze_op(judged)
    rerun_op(sorted_out, commit_op(packed))
