"""Named places where the process may be killed or the disk may fail, so that a benchmark can do it there.

Nothing happens at a point unless `ADP_FAIL_AT` names it: `point=kill`, `point=full` (no space left) or `point=io`.
"""

import errno
import os
import signal

VARIABLE = "ADP_FAIL_AT"
WAYS = {"full": errno.ENOSPC, "io": errno.EIO}

POINTS = (
    "audit.before_write",
    "audit.half_written",
    "audit.before_sync",
    "audit.before_head",
    "audit.written",
    "land.intended",
    "land.blobs_written",
    "land.tree_written",
    "land.commit_written",
    "land.branch_created",
    "land.before_ref",
    "land.ref_moved",
    "land.tagged",
    "land.before_recorded",
    "land.recorded",
    "activate.index_locked",
    "activate.index_built",
    "activate.file_written",
    "activate.file_renamed",
    "activate.files_renamed",
    "activate.index_renamed",
    "rollback.code_landed",
    "rollback.data_restored",
    "publish.copied",
    "publish.before_switch",
    "publish.switched",
)
"""Every point, in the order in which a change passes them."""


def passing(point: str) -> None:
    """Say that the process is at `point`."""
    if VARIABLE in os.environ:
        _fail(point)


def _fail(point: str) -> None:
    assert point in POINTS, point
    name, _, way = os.environ[VARIABLE].partition("=")
    if name != point:
        return
    if way in WAYS:
        raise OSError(WAYS[way], os.strerror(WAYS[way]), point)
    os.kill(os.getpid(), signal.SIGKILL)
