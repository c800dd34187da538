"""What one worker may use: memory, processor seconds, files; and what a sandbox takes of the disk."""

import os
import resource
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from agents.settings import Sandbox as Limits

MEGABYTE = 1024 * 1024
MARGIN_MB = 1024
"""Beside DuckDB's memory. Builds of this project's tests pass with 192: Python, dbt and what DuckDB does not count."""
ADDRESSES_MB = 8192
"""Address space beside that, for files read as memory and for what is reserved and never used."""
OPEN_FILES = 1024


def restrict(limits: Limits, sandboxes: int) -> None:
    """Limit this process and what it starts; runs between fork and exec.

    The number of processes is no limit here: it would count all of the user's, and not bind root.
    `agents.sandbox.seccomp` refuses new ones.
    """
    seconds = limits.seconds * limits.threads * sandboxes
    _limit(resource.RLIMIT_CPU, seconds)
    _limit(resource.RLIMIT_FSIZE, limits.disk_mb * MEGABYTE)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        memory = (limits.memory_mb + MARGIN_MB) * MEGABYTE
        _limit(resource.RLIMIT_DATA, memory)
        _limit(resource.RLIMIT_AS, memory + ADDRESSES_MB * MEGABYTE)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def taken_mb(folders: Iterable[Path]) -> float:
    """Disk that folders take, in megabytes; links are not followed."""
    total = 0
    for top in folders:
        for folder, _, names in os.walk(top):
            for name in names:
                with suppress(OSError):  # gone meanwhile
                    total += os.lstat(os.path.join(folder, name)).st_blocks * 512  # noqa: PTH118
    return total / MEGABYTE
