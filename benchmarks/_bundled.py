"""What the benchmarks share: the bundled project in a scratch clone, and the printing of figures."""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from adp_dagster.data import commerce, flights
from adp_dagster.data.catalogue import LANDED
from adp_dagster.data.landing import land
from adp_dagster.data.places import Places
from adp_dagster.demo.clone import clone
from agents.project import Project, open_project
from agents.story import table


def arguments(description: str) -> argparse.Namespace:
    """What `adp bench` passes on."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seeds", type=int, default=3, help="repetitions")
    parser.add_argument("--project", type=Path, help="another dbt project")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def tell(name: str, rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Measured against target, as a table or one JSON object."""
    if as_json:
        print(json.dumps({"benchmark": name, "rows": list(rows)}, indent=2))
    else:
        print(f"{name}\n{table(rows)}")


@dataclass(frozen=True)
class Scratch:
    """A clone with data of its own; its environment variables are set in this process."""

    root: Path
    places: Places

    @property
    def project(self) -> Project:
        """The clone's dbt project, opened anew."""
        return open_project(self.root / "dbt_project", profiles_dir=self.root / "dbt_project")

    def load(self, months: Sequence[int]) -> None:
        """Land drops that are on disk."""
        with duckdb.connect(str(self.places.warehouse)) as db:
            for landed in LANDED:
                if landed.mode == "drop":
                    for month in months:
                        land(db, self.places, landed, flights.drop_name(month))
                else:
                    land(db, self.places, landed, flights.drop_name(max(months)) if landed.monthly else None)


def scratch(folder: Path, months: Sequence[int], orders: int = 100_000, scale: int = 1) -> Scratch:
    """A fresh clone in `folder` with the months landed, nothing built."""
    shutil.rmtree(folder, ignore_errors=True)
    root = clone(folder)
    places = Places(root / "data", root / "data" / "warehouse.duckdb")
    os.environ.update({"ADP_DATA_DIR": str(places.data), "ADP_WAREHOUSE": str(places.warehouse)})
    flights.write_drops(places.landing, months, scale)
    commerce.generate(places.bronze, orders * scale)
    made = Scratch(root, places)
    made.load(months)
    return made


def cpu_seconds(command: Sequence[str], environment: dict[str, str] | None = None) -> float:
    """User and system CPU seconds of a process and its children. Raises RuntimeError where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(command)} ended with {done.returncode}: {done.stdout[-500:]} {done.stderr[-500:]}"
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
