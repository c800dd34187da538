"""How long Dagster needs to load the code location, warm. Target: at most 6 s (wall, median)."""

import os
import statistics
import subprocess
import sys
import time

from _bundled import arguments, tell

TARGET_SECONDS = 6.0


def main() -> None:
    """Import the definitions in fresh processes; the first, which parses the dbt project, is not counted."""
    given = arguments(__doc__ or "")
    environment = {**os.environ, **({"ADP_PROJECT_DIR": str(given.project)} if given.project else {})}
    seconds = []
    for _ in range(given.seeds + 1):
        begun = time.monotonic()
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", "import adp_dagster.definitions"], check=True, env=environment
        )
        seconds.append(time.monotonic() - begun)
    median = statistics.median(seconds[1:])
    row = {"measure": "code location load, warm, s", "median": round(median, 2), "target": TARGET_SECONDS,
           "met": median <= TARGET_SECONDS, "runs": given.seeds}  # fmt: skip
    tell("load", [row], given.json)


if __name__ == "__main__":
    main()
