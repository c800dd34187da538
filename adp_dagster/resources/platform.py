"""The dbt project that a code location serves, and its ledger."""

import os
from pathlib import Path

import dagster as dg

from agents.ledger import Ledger
from agents.project import BUNDLED, Project, open_project


class Platform(dg.ConfigurableResource["Platform"]):
    """The foundation of `agents`, for ops, assets and sensors."""

    project_dir: str
    """Folder of `dbt_project.yml`."""
    profiles_dir: str | None = None
    """Folder of `profiles.yml`; found as dbt finds it where none is given."""
    target: str | None = None

    @classmethod
    def from_env(cls) -> "Platform":
        """`ADP_PROJECT_DIR` (default: the bundled project), `ADP_PROFILES_DIR` and `ADP_TARGET`."""
        return cls(
            project_dir=os.environ.get("ADP_PROJECT_DIR") or str(BUNDLED),
            profiles_dir=os.environ.get("ADP_PROFILES_DIR") or None,
            target=os.environ.get("ADP_TARGET") or None,
        )

    def project(self) -> Project:
        """The project as it is on disk now. Raises UsageError where it cannot be used."""
        profiles = Path(self.profiles_dir) if self.profiles_dir else None
        return open_project(Path(self.project_dir), profiles_dir=profiles, target=self.target)

    def ledger(self, project: Project | None = None) -> Ledger:
        """The project's ledger; close it when done."""
        found = project or self.project()
        return Ledger.at(found.state, found.settings.ledger_url)
