"""Approve or reject a proposal from the UI."""

import dagster as dg

from adp_dagster.ops.review import review_op


@dg.job(
    description="Approve or reject a proposal that waits: name it in the launchpad.",
    executor_def=dg.in_process_executor,
)
def review_job() -> None:
    """The same as `adp proposals approve` and `reject`."""
    review_op()
