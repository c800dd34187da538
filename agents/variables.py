"""The values of `var()`: what `dbt_project.yml` of the project and its packages say, and what a call gives."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Variables = Mapping[str, Mapping[str, Any]]
"""Package -> variable -> its value for that package's models."""
INSTALLED = "dbt_packages"


def variables_of(root: Path, given: Mapping[str, Any] | None = None) -> Variables:
    """As dbt looks them up: `given` on its command line, then the project's own, then the package's own.

    In either file what stands under the package's name wins over what stands for all. dbt renders no Jinja here.
    """
    own = _settings(root)
    folder = root / str(own.get("packages-install-path") or INSTALLED)
    installed = (_settings(package) for package in (folder.iterdir() if folder.is_dir() else ()))
    return {
        str(package["name"]): {**_for(package, package), **_for(own, package), **(given or {})}
        for package in (own, *installed)
        if package.get("name")
    }


def _for(settings: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, Any]:
    stated = settings.get("vars") or {}
    named = stated.get(package["name"])
    return {**stated, **(named if isinstance(named, dict) else {})}


def _settings(folder: Path) -> dict[str, Any]:
    try:
        read = yaml.safe_load((folder / "dbt_project.yml").read_text())
    except (OSError, ValueError, yaml.YAMLError):
        return {}  # dbt says what is wrong with it
    return read if isinstance(read, dict) else {}
