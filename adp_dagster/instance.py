"""Dagster's own settings for this platform."""

from pathlib import Path

import yaml

SETTINGS = {
    # One writer at a time to the DuckDB file. Each pool has one slot, granted to steps, not to runs.
    "concurrency": {"pools": {"default_limit": 1, "granularity": "op"}, "runs": {"max_concurrent_runs": 10}},
    "run_monitoring": {"enabled": True, "start_timeout_seconds": 300, "free_slots_after_run_end_seconds": 60},
    "freshness": {"enabled": True},
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
}


def write_instance(home: Path) -> Path:
    """Write `dagster.yaml` into DAGSTER_HOME, unless one is there, and return its path."""
    file = home / "dagster.yaml"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(SETTINGS, sort_keys=False))
    return file
