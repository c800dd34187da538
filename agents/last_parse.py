"""What dbt made of a project last, for as long as nothing that it reads has changed: dbt need not even be imported."""

import hashlib
import inspect
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from agents import graph as graphs
from agents.graph import Graph

MOST_FILES, MOST_BYTES = 20_000, 256 << 20
"""Files, folders and bytes that are looked through at most; a larger project is parsed each time."""
_READ = (".sql", ".yml", ".yaml", ".md", ".py", ".csv", ".dbtignore")
"""Endings of what dbt 1.11 reads of a project and its packages."""
_PASSED_OVER = ("node_modules", "__pycache__", "site-packages")
_MADE = ("target", "logs")
"""Folders at the root that dbt writes and does not read."""
_ENV, _CALL = re.compile(rb"\benv_var\b"), re.compile(rb"\benv_var\s*\(\s*(?:'([^'{]+)'|\"([^\"{]+)\")")
_PATHS = re.compile(r"^(?!target-|log-).*-paths?$")


def key_of(root: Path, profiles_dir: Path, target: str | None) -> str | None:
    """A hash of all that dbt's parse depends on: files and packages, the profile, variables that are named, versions.

    None where that cannot be told without dbt: paths out of the project, names of variables that are made up, or more
    than is worth looking through. As with dbt's own partial parsing, what a macro asks the clock counts as of then.
    """
    digest, named, bytes_read = hashlib.sha256(_code().encode()), set[bytes](), 0
    digest.update(f"{target!r} ".encode())
    try:
        files = [profiles_dir / "profiles.yml", *sorted(_files(root))]
        for file in files:
            raw = file.read_bytes()
            bytes_read += len(raw)
            place = file.relative_to(root) if file.is_relative_to(root) else file.name
            digest.update(f"{place} {hashlib.sha256(raw).hexdigest()} ".encode())
            if file.suffix in (".csv", ".md", ".py"):
                continue
            calls = _CALL.findall(raw)
            if bytes_read > MOST_BYTES or len(calls) < len(_ENV.findall(raw)):
                return None
            named |= {one or other for one, other in calls}
            if file.name == "dbt_project.yml" and _leaves(raw):
                return None
    except (OSError, ValueError, yaml.YAMLError):
        return None  # dbt says what is wrong with it
    known = {n: v for n, v in os.environ.items() if n.startswith("DBT_") or n.encode() in named}
    digest.update(json.dumps(sorted(known.items())).encode())
    return digest.hexdigest()


@cache
def _code() -> str:
    """Versions of dbt, and the text of the code that reads dbt's manifest."""
    made_by = hashlib.sha256(inspect.getsource(graphs).encode()).hexdigest()
    return f"1 {version('dbt-core')} {version('dbt-duckdb')} {made_by} "


def _files(root: Path) -> Iterator[Path]:
    """What dbt may read below a folder; through links, as local packages are. Raises ValueError if it is too much."""
    seen, found = set[str](), 0
    for folder, folders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen or "pyvenv.cfg" in names:
            folders.clear()
            continue
        seen.add(real)
        made = _MADE if Path(folder) == root else ()
        folders[:] = [f for f in folders if not f.startswith(".") and f not in (*made, *_PASSED_OVER)]
        read = [Path(folder) / name for name in names if name.endswith(_READ)]
        found += len(read)
        if max(found, len(seen)) > MOST_FILES:
            raise ValueError(f"more than {MOST_FILES:,} files or folders")
        yield from read


def _leaves(raw: bytes) -> bool:
    """Whether a `dbt_project.yml` names a folder that is not looked through, or not known before Jinja ran."""
    read = yaml.safe_load(raw)
    settings = read.items() if isinstance(read, dict) else ()
    paths = [str(p) for k, v in settings if _PATHS.search(str(k)) for p in (v if isinstance(v, list) else [v])]
    parts = [part for p in paths for part in Path(p).parts]
    elsewhere = any(part in (*_PASSED_OVER, *_MADE) or part.startswith((".", "~", "/")) for part in parts)
    return elsewhere or any("{" in p for p in paths)


def graph(artifacts: Path, key: str | None) -> Graph | None:
    """The project's graph, if it was kept under this key."""
    rows = _kept(artifacts / "graph.json", key)
    return graphs.from_rows(rows) if rows is not None else None


def keep_graph(artifacts: Path, key: str, root: Path, found: Graph) -> None:
    """Remember a graph; one that names the folder of its project would be wrong in a copy of it, and is not kept."""
    rows = graphs.as_rows(found)
    if str(root) not in json.dumps(rows):
        _keep(artifacts / "graph.json", key, rows)


def facts(artifacts: Path, key: str | None) -> Mapping[str, Any] | None:
    """What the profile says, if it was kept under this key."""
    found = _kept(artifacts / "profile.json", key)
    return found if isinstance(found, dict) else None


def keep_facts(artifacts: Path, key: str, found: Mapping[str, Any]) -> None:
    """Remember what the profile says."""
    _keep(artifacts / "profile.json", key, found)


def _kept(file: Path, key: str | None) -> Any:
    if key is None:
        return None
    try:
        kept = json.loads(file.read_bytes())
        return kept["value"] if kept["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(file: Path, key: str, value: Any) -> None:
    """All of it or nothing, and a disk that takes no more is no reason to stop."""
    made = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(json.dumps({"key": key, "value": value}))
        made.replace(file)
    except (OSError, TypeError, ValueError):
        with suppress(OSError):
            made.unlink()
