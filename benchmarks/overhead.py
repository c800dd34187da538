"""What observing and publishing add to a build: CPU seconds of the same `adp build`, on and off, in pairs.

Target: at most 5% at 10 times the data (`--scale 10`); the aim is 2%.
"""

import statistics
import tempfile
from pathlib import Path

from _bundled import arguments, cpu_seconds, scratch, tell

TARGET_PERCENT = 5.0
SCALE_OF_TARGET = 10


def main() -> None:
    """Build once to warm up, then pairs in turn, so that a machine that changes its speed hits both alike."""
    given = arguments(__doc__ or "")
    with tempfile.TemporaryDirectory() as folder:
        project = given.project or scratch(Path(folder) / "clone", range(1, 13), scale=given.scale).root / "dbt_project"
        command = ["-m", "agents.cli", "build", "--project", str(project)]
        cpu_seconds(command)
        pairs = [
            (cpu_seconds(command, {"ADP_OBSERVE": "1"}), cpu_seconds(command, {"ADP_OBSERVE": "0"}))
            for _ in range(given.seeds)
        ]
    share = statistics.median(100 * (on - off) / off for on, off in pairs)
    row = {
        "measure": f"observing and publishing, % of a build's CPU at {given.scale}x",
        "median": round(share, 2),
        "target": TARGET_PERCENT if given.scale >= SCALE_OF_TARGET or given.project else f"{TARGET_PERCENT} at 10x",
        "met": share <= TARGET_PERCENT,
        "cpu_s_on": round(statistics.median(on for on, _ in pairs), 1),
        "cpu_s_off": round(statistics.median(off for _, off in pairs), 1),
        "pairs": given.seeds,
    }
    tell("overhead", [row], given.json)


if __name__ == "__main__":
    main()
