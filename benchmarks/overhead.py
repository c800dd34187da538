"""A full build at 1 and 10 times the data, and what observing and publishing add to it.

CPU seconds of the same `adp build` with both on and off, in pairs in one run. Target: at most 5% at 10x; the aim
is 2%. The dbt project's own build is everything else.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from _bundled import arguments, cpu_seconds, scratch, tell

TARGET_PERCENT = 5.0
SCALES = (1, 10)


def measure(project: Path, scale: int, pairs: int) -> dict[str, Any]:
    """Build once to warm up, then pairs in turn, so that a machine that changes its speed hits both alike."""
    command = ["-m", "agents.cli", "build", "--project", str(project)]
    cpu_seconds(command)
    on, off, wall = [], [], []
    for _ in range(pairs):
        begun = time.monotonic()
        on.append(cpu_seconds(command, {"ADP_OBSERVE": "1"}))
        wall.append(time.monotonic() - begun)
        off.append(cpu_seconds(command, {"ADP_OBSERVE": "0"}))
    share = statistics.median(100 * (a - b) / b for a, b in zip(on, off, strict=True))
    bound = scale == max(SCALES)
    return {
        "data": f"{scale}x",
        "build_wall_s": round(statistics.median(wall), 1),
        "build_cpu_s": round(statistics.median(on), 1),
        "cpu_s_without": round(statistics.median(off), 1),
        "overhead_%": round(share, 2),
        "target_%": TARGET_PERCENT if bound else "",
        "met": share <= TARGET_PERCENT if bound else "",
        "pairs": pairs,
    }


def main() -> None:
    """The bundled project at both scales, or another project as it is."""
    given = arguments(__doc__ or "")
    if given.project:
        rows = [measure(given.project, 1, given.seeds)]
    else:
        rows = []
        for scale in SCALES:
            with tempfile.TemporaryDirectory() as folder:
                made = scratch(Path(folder) / "clone", range(1, 13), scale=scale)
                rows.append(measure(made.root / "dbt_project", scale, given.seeds))
    tell("overhead", rows, given.json)


if __name__ == "__main__":
    main()
