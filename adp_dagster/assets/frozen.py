"""Version, certificate and history of frozen code on the pages of its assets."""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from adp_dagster.ops.shown import table
from agents import lock
from agents.contracts import Frozen
from agents.errors import UsageError
from agents.freeze.changelog import CHANGELOG
from agents.project import Project

SHOWN = 20
"""Lines of history on an asset's page."""
UNIQUE_ID = "dagster_dbt/unique_id"


def with_versions(specs: Iterable[dg.AssetSpec], content: Mapping[str, Any], project: Project) -> list[dg.AssetSpec]:
    """The specs, with what the lock says of those whose file is frozen. Reads two files and asks git nothing."""
    try:
        entries = {e.path: e for e in lock.load(project.root).values()}
    except UsageError:  # a lock that cannot be read must not take the UI away; `adp frozen verify` tells of it
        entries = {}
    if not entries:
        return list(specs)
    log = project.root / CHANGELOG
    lines = log.read_text().splitlines() if log.is_file() else []
    return [_with_version(spec, entries.get(_path(spec, content)), project, lines) for spec in specs]


def _path(spec: dg.AssetSpec, content: Mapping[str, Any]) -> str:
    node = content["nodes"].get(str(spec.metadata.get(UNIQUE_ID)))
    return str(node["original_file_path"]) if node else ""


def _with_version(spec: dg.AssetSpec, entry: Frozen | None, project: Project, lines: list[str]) -> dg.AssetSpec:
    if entry is None:
        return spec
    told = [line.removeprefix("- ") for line in lines if f"`{entry.asset}`" in line][-SHOWN:]
    metadata = {
        "frozen version": entry.version,
        "written by": entry.author,
        "approved by": entry.approver,
        "frozen bytes": "as proved" if lock.holds(project.root, entry) else "changed since: `adp frozen verify`",
        "certificate": _certificate(entry, project),
        "history": table(({"version": line} for line in reversed(told)), ("version",)),
    }
    return spec.merge_attributes(metadata=metadata, kinds=set())


def _certificate(entry: Frozen, project: Project) -> dg.MarkdownMetadataValue:
    file = project.root / entry.certificate
    text = file.read_text() if entry.certificate and file.is_file() else "missing"
    return dg.MetadataValue.md(f"`{entry.certificate}`\n```json\n{text}\n```")
