"""dbt's command line as a resource."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from dagster_dbt import DbtCliResource
from packaging.version import Version

from agents.project import Project


class Dbt(DbtCliResource):
    """dagster-dbt's resource, without what it would do before each call and nothing here asks for.

    The start of `dbt --version` costs as much as the build of a small project, and the version is known in this
    process; dbt's adapter is a second reader of the warehouse, which stays open and keeps its next writer out.
    """

    @property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        return None


def dbt_of(project: Project) -> Dbt:
    """dbt for one project. It is the one installed beside this Python, on PATH or not."""
    beside = Path(sys.executable).with_name("dbt")
    return Dbt(
        project_dir=str(project.root),
        profiles_dir=str(project.profiles_dir),
        target=project.target,
        dbt_executable=str(beside) if beside.exists() else "dbt",
        # Errors are read by people and by rules: colour codes are in the way of both.
        global_config_flags=["--no-use-colors"],
    )
