"""Named places where the process may be killed or the disk may fail, so that a benchmark can do it there.

Nothing happens at a point unless `ADP_FAIL_AT` names it: `point=kill`, `point=full` (no space left) or `point=io`;
`point@2=kill` is the second time that it passes there.
"""

import errno
import os
import signal
from collections import Counter

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
    "activate.index_locked",
    "land.before_ref",
    "land.ref_moved",
    "land.tagged",
    "activate.index_built",
    "activate.file_written",
    "activate.file_renamed",
    "activate.files_renamed",
    "activate.index_renamed",
    "land.before_recorded",
    "land.recorded",
    "rollback.code_landed",
    "rollback.data_restored",
    "publish.copied",
    "publish.before_switch",
    "publish.switched",
)
"""Every point, in the order in which a change passes them."""


_passed = Counter[str]()


def passing(point: str) -> None:
    """Say that the process is at `point`."""
    if VARIABLE in os.environ:
        _fail(point)


def _fail(point: str) -> None:
    assert point in POINTS, point
    where, _, way = os.environ[VARIABLE].partition("=")
    name, _, nth = where.partition("@")
    _passed[point] += 1
    if name != point or _passed[point] != int(nth or 1):
        return
    if way in WAYS:
        raise OSError(WAYS[way], os.strerror(WAYS[way]), point)
    os.kill(os.getpid(), signal.SIGKILL)
