"""dbt-duckdb plugin of the sandbox's profile: attach the staged files read-only, then lock the connection."""

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from agents.sandbox.stage import lock_down


class Plugin(BasePlugin):
    """Named by its module in the `plugins:` of the profile that `agents.sandbox.stage` writes."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Keep the files to attach (alias -> path), and where the seeds are."""
        self.files: dict[str, str] = plugin_config["files"]
        self.project = Path(plugin_config["project"])
        self.locked = False

    def configure_connection(self, conn: Any) -> None:
        """Runs once per DuckDB instance, before any model."""
        lock_down(conn, self.files, [str(seed) for seed in self.project.rglob("*.csv")])
