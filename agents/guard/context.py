"""What a dbt project already has: its folders, the macros and generic tests it and its packages define."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_DEFINED = re.compile(r"\{%-?\s*(macro|test|data_test|materialization)\s+(\w+)")
_ADAPTER = re.compile(r"\badapter\s*\.\s*(\w+)\s*\(")
_NAMED = re.compile(r"(?<![\w.])([a-z_]\w*)\s*\(", re.IGNORECASE)


@dataclass(frozen=True)
class Context:
    """What a text may name beside what dbt and DuckDB bring; empty outside of a project."""

    root: Path | None = None
    """Folder of `dbt_project.yml`, where links on the way of a path are looked for."""
    macros: frozenset[str] = frozenset()
    """`name`, and `package.name` of what the project and its packages define."""
    tests: frozenset[str] = frozenset()
    """Names of generic tests, with and without their package."""
    functions: frozenset[str] = frozenset()
    """Lower-case words that the project's texts call and that may be macros of its warehouse."""
    adapter: frozenset[str] = frozenset()
    """Methods of `adapter` that the project's texts call already."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """Global `vars:` of `dbt_project.yml`."""
    sql_folders: tuple[str, ...] = ("models", "snapshots", "tests", "analyses")
    yaml_folders: tuple[str, ...] = ("models", "snapshots", "tests", "seeds", "macros", "analyses")

    @classmethod
    def of(cls, root: Path) -> "Context":
        """The context of the project in `root`, from its files alone; dbt is not asked, and nothing of it runs."""
        settings = _settings(root)
        packages = root / str(settings.get("packages-install-path") or "dbt_packages")
        folders = [root, *sorted(f.parent for f in packages.glob("*/dbt_project.yml"))]
        macros, tests, functions, adapter = set[str](), set[str](), set[str](), set[str]()
        for folder in folders:
            own = _settings(folder)
            name = str(own.get("name") or folder.name)
            defined = list(_defined(folder, own))
            macros |= {n for kind, n in defined if kind == "macro"}
            macros |= {f"{name}.{n}" for kind, n in defined if kind == "macro"}
            found = {n for kind, n in defined if kind in ("test", "data_test")}
            found |= {n.removeprefix("test_") for kind, n in defined if kind == "macro" and n.startswith("test_")}
            tests |= found | {f"{name}.{n}" for n in found}
            for text in _texts(folder, _folders(own, "macro-paths", "model-paths", "snapshot-paths", "test-paths")):
                functions |= {n.lower() for n in _NAMED.findall(text)}
                adapter |= set(_ADAPTER.findall(text))
        written = _folders(settings, "model-paths", "snapshot-paths", "test-paths", "analysis-paths")
        declared = _folders(settings, "model-paths", "snapshot-paths", "test-paths", "seed-paths", "macro-paths")
        variables = {k: v for k, v in (settings.get("vars") or {}).items() if not isinstance(v, dict)}
        return cls(root, frozenset(macros), frozenset(tests), frozenset(functions), frozenset(adapter), variables,
                   written, declared)  # fmt: skip


_DEFAULTS = {"model-paths": "models", "snapshot-paths": "snapshots", "test-paths": "tests", "seed-paths": "seeds",
             "macro-paths": "macros", "analysis-paths": "analyses"}  # fmt: skip


def _folders(settings: Mapping[str, Any], *keys: str) -> tuple[str, ...]:
    found = [path for key in keys for path in settings.get(key) or [_DEFAULTS[key]]]
    return tuple(dict.fromkeys(str(path).strip("/") for path in found))


def _settings(folder: Path) -> dict[str, Any]:
    file = folder / "dbt_project.yml"
    try:
        found = yaml.safe_load(file.read_text(errors="replace")) if file.is_file() else None
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _defined(folder: Path, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for text in _texts(folder, _folders(settings, "macro-paths", "test-paths")):
        yield from _DEFINED.findall(text)


def _texts(folder: Path, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        for file in sorted((folder / name).rglob("*.sql")):
            if file.is_file():
                yield file.read_text(errors="replace")
