"""The encrypted copy of ledger, audit, lock and certificates as a job."""

from contextlib import closing

import dagster as dg

from adp_dagster.resources.platform import Platform
from agents.snapshot import prune, snapshot


@dg.op(name="snapshot")
def snapshot_op(context: dg.OpExecutionContext, platform: Platform) -> None:
    """Write a snapshot, then delete all but the newest that `adp.yml` keeps."""
    project = platform.project()
    with closing(platform.ledger(project)) as ledger:
        file = snapshot(project, ledger)
    gone = prune(project, project.settings.snapshots.keep)
    context.add_output_metadata(
        {"file": dg.MetadataValue.path(str(file)), "bytes": file.stat().st_size, "older deleted": len(gone)}
    )


@dg.job(
    description="Encrypt ledger, audit, lock and certificates into one file; `adp frozen restore` brings them back.",
    executor_def=dg.in_process_executor,
)
def snapshot_job() -> None:
    """The key is in `ADP_SNAPSHOT_KEY`, or in the file that `ADP_SNAPSHOT_KEY_FILE` names."""
    snapshot_op()
