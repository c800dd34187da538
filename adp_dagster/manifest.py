"""dbt's manifest for Dagster: made when the code location loads, kept until a dbt file changes."""

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from agents import dbt, lock
from agents.closure import closures
from agents.errors import FinalError, UsageError
from agents.project import Project
from agents.repository import Repository
from agents.variables import variables_of

KEPT = 3
"""Manifests on disk: the newest, and a few for processes that loaded before."""

PATHS = ("model", "seed", "macro", "snapshot", "test", "analysis", "docs", "function")
PATH_DEFAULTS = {"analysis": "analyses", "docs": "docs"}
FILES = ("dbt_project.yml", "packages.yml", "dependencies.yml", "package-lock.yml", "selectors.yml")

ENV_VAR = re.compile(rb"env_var\s*\(\s*['\"](\w+)")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Manifest:
    """A parsed project on disk."""

    folder: Path
    """Holds `manifest.json`, and dbt's `partial_parse.msgpack` that spares the next call its parsing."""

    @cached_property
    def content(self) -> dict[str, Any]:
        """The manifest as dbt writes it."""
        content: dict[str, Any] = json.loads((self.folder / "manifest.json").read_bytes())
        attach_tests(content)
        return content


def attach_tests(content: dict[str, Any]) -> None:
    """Name a model for tests that compare several, or dagster-dbt would not make checks of them.

    It is the last one that the test reads; a test that names its own with `meta: {dagster: {ref: ...}}` keeps it.
    """
    nodes = content["nodes"]
    for test in (n for n in nodes.values() if n["resource_type"] == "test" and not n.get("attached_node")):
        read = [nodes[parent] for parent in test["depends_on"]["nodes"] if parent in nodes]
        meta = test["config"].setdefault("meta", {}).setdefault("dagster", {})
        if len(test["depends_on"]["nodes"]) > 1 and read and "ref" not in meta:
            meta["ref"] = {key: read[-1].get(key) for key in ("name", "version")}
            meta["ref"]["package"] = read[-1]["package_name"]


def closures_of(project: Project, manifest: Manifest) -> dict[str, str]:
    """dbt id -> closure of everything in the manifest. A lock that cannot be read names no frozen parents here."""
    try:
        frozen = lock.load(project.root)
    except UsageError as error:
        logger.warning("%s", error)
        frozen = {}
    return closures(manifest.content, frozen, variables_of(project.root, project.variables))


def manifest_of(project: Project) -> Manifest:
    """The project's manifest, parsed only where a dbt file, the profile or the environment changed.

    A project that does not parse keeps its last manifest, so that the code location stays up to see the
    failing run and to repair it. Raises FinalError in dbt's words where there is none yet.
    """
    Repository(project.repo).exclude_state()
    shelf = project.state / "dagster_dbt" / "manifests"
    shelf.mkdir(parents=True, exist_ok=True)
    folder = shelf / digest(project)
    if not (folder / "manifest.json").is_file():
        try:
            _parse(project, shelf, folder)
        except FinalError as error:
            last = next(_newest_first(shelf), None)
            if last is None:
                raise
            logger.warning("%s does not parse, so its last known assets are shown: %s", project.root, error)
            return Manifest(last)
    return Manifest(folder)


def digest(project: Project) -> str:
    """A hash of all that a manifest depends on: dbt files, environment variables they read, target, dbt itself."""
    hashed, variables = hashlib.sha256(), set[str]()
    for file in sorted(_inputs(project)):
        content = file.read_bytes()
        hashed.update(str(file).encode() + b"\0" + hashlib.sha256(content).digest())
        variables.update(name.decode() for name in ENV_VAR.findall(content))
    read = {name: os.environ.get(name) for name in sorted(variables)}
    known = [version("dbt-core"), version("dbt-duckdb"), str(project.warehouse), project.target, read]
    hashed.update(json.dumps(known).encode())
    return hashed.hexdigest()[:16]


def _inputs(project: Project) -> Iterator[Path]:
    raw = yaml.safe_load((project.root / "dbt_project.yml").read_text()) or {}
    yield project.profiles_dir / "profiles.yml"
    yield from (project.root / name for name in FILES if (project.root / name).is_file())
    for kind in PATHS:
        for path in raw.get(f"{kind}-paths", [PATH_DEFAULTS.get(kind, f"{kind}s")]):
            yield from (file for file in (project.root / path).rglob("*") if file.is_file())


def _parse(project: Project, shelf: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=shelf.parent) as scratch:
        dbt.parse(
            project.root,
            profiles_dir=project.profiles_dir,
            artifacts=Path(scratch),
            target=project.target,
            written=True,
        )
        try:
            (Path(scratch) / "target").rename(folder)
        except OSError:
            # Another process loaded the same project at the same time and was first.
            if not (folder / "manifest.json").is_file():
                raise
    for old in list(_newest_first(shelf))[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _newest_first(shelf: Path) -> Iterator[Path]:
    made = [folder for folder in shelf.iterdir() if (folder / "manifest.json").is_file()]
    return iter(sorted(made, key=lambda folder: folder.stat().st_mtime, reverse=True))
