"""The readable lock file beside `dbt_project.yml`: which bytes are frozen, and under which names columns arrive."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from agents.contracts import Frozen, SourceChange, TextChange
from agents.errors import UsageError
from agents.project import Project
from agents.repository import Repository
from agents.text import as_text

LOCK_FILE = "adp.lock"
HEADER = "# Frozen assets: written when a proved change is committed. Read it with `adp frozen list`.\n"


def parse(text: str) -> dict[str, Frozen]:
    """Frozen assets by name. Raises UsageError where the text is not a lock."""
    try:
        data = _loaded(text) or {}
        return {name: Frozen(asset=name, **entry) for name, entry in (data.get("assets") or {}).items()}
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise UsageError(
            f"{LOCK_FILE} cannot be read: {str(error).splitlines()[0]} Restore it: `git checkout HEAD -- {LOCK_FILE}`."
        ) from error


def _loaded(text: str) -> Any:
    """By libyaml, which is ten times faster; what it does not like is left to the other one, for its words."""
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return yaml.safe_load(text)


def render(entries: Iterable[Frozen]) -> str:
    """Text of a lock, assets in order of their names.

    >>> parse(render([])) == {}
    True
    """
    assets = {
        entry.asset: {k: v for k, v in entry.model_dump(mode="json").items() if k != "asset"}
        for entry in sorted(entries, key=lambda e: e.asset)
    }
    return HEADER + yaml.safe_dump({"assets": assets}, sort_keys=False, allow_unicode=True, width=110)


def load(project_root: Path) -> dict[str, Frozen]:
    """The lock of a dbt project; empty where there is none yet."""
    file = project_root / LOCK_FILE
    return parse(as_text(file.read_bytes())) if file.is_file() else {}


def at(project: Project, commit: str) -> dict[str, Frozen]:
    """The lock of a dbt project as a commit has it; empty where it has none."""
    return parse(Repository(project.repo).read(commit, project.in_repo(LOCK_FILE)) or "")


def digest(text: bytes) -> str:
    """The hash by which a lock knows a file."""
    return hashlib.sha256(text).hexdigest()


def holds(project_root: Path, entry: Frozen) -> bool:
    """Whether the file of a frozen asset is the one that was proved."""
    file = project_root / entry.path
    return file.is_file() and digest(file.read_bytes()) == entry.sha256


def aliases(frozen: Iterable[Frozen]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Source id -> column as the models know it -> every other name it has been delivered under."""
    merged: dict[str, dict[str, set[str]]] = {}
    for entry in frozen:
        for source, columns in entry.aliases.items():
            for column, names in columns.items():
                merged.setdefault(source, {}).setdefault(column, set()).update(names)
    return {s: {c: tuple(sorted(n)) for c, n in columns.items()} for s, columns in merged.items()}


def changes(frozen: Iterable[Frozen]) -> dict[str, tuple[SourceChange, ...]]:
    """Source id -> changes of values that frozen texts make to it, each once, oldest first."""
    found: dict[str, dict[str, SourceChange]] = {}
    for entry in frozen:
        for change in entry.readings:
            if not isinstance(change, TextChange):
                found.setdefault(change.source, {})[change.model_dump_json()] = change
    return {source: tuple(kept.values()) for source, kept in found.items()}
