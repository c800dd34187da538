"""dbt in this process: ten times cheaper than its command line, and its errors stay values."""

import gc
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.errors import FinalError

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


SAVED = Path("target") / "partial_parse.msgpack"
"""Where dbt keeps what it parsed, inside a folder for its artifacts."""


_OUTDATED = "should not have a versions include or exclude"
"""What dbt 1.11 says of a unit test that it remembers from before a model lost its versions."""


@dataclass(frozen=True)
class Outcome:
    """What one dbt node did in one invocation."""

    unique_id: str
    status: str
    """dbt's own word: success, error, fail, skipped, pass, warn ..."""
    message: str
    path: str
    """Relative to the dbt project."""
    compiled: str
    seconds: float

    @property
    def failed(self) -> bool:
        """An error or a failing test; a skipped node did not fail by itself."""
        return self.status in ("error", "fail", "runtime error")


@dataclass(frozen=True)
class Invocation:
    """One call of dbt: its outcomes, and the error that stopped it before any node ran."""

    outcomes: tuple[Outcome, ...]
    error: str | None
    manifest: "Manifest | None"

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The nodes that failed by themselves."""
        return tuple(o for o in self.outcomes if o.failed)

    @property
    def succeeded(self) -> bool:
        """Everything asked for ran and held."""
        return self.error is None and not self.failures


def invoke(
    command: str,
    project_dir: Path,
    *,
    profiles_dir: Path,
    artifacts: Path,
    target: str | None = None,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    variables: Mapping[str, Any] | None = None,
    manifest: "Manifest | None" = None,
    options: Sequence[str] = (),
    written: bool = False,
) -> Invocation:
    """Run one dbt command; `artifacts` takes its target folder and logs, the project is left alone.

    `written`: with dbt's JSON artifacts, for other programs; to write a manifest takes as long as a small build.

    Leaves no DuckDB connection open and the working directory as it was.
    """
    from dbt.cli.main import dbtRunner

    args = [
        *("--log-level", "none", "--log-level-file", "none", "--no-send-anonymous-usage-stats"),
        *("--no-use-colors", "--write-json" if written else "--no-write-json", command),
        *("--project-dir", str(project_dir), "--profiles-dir", str(profiles_dir)),
        *("--target-path", str(artifacts / "target"), "--log-path", str(artifacts / "logs")),
        *(("--target", target) if target else ()),
        *(("--vars", json.dumps(dict(variables))) if variables else ()),
        *(("--select", *select) if select else ()),
        *(("--exclude", *exclude) if exclude else ()),
        *options,
    ]
    if manifest is None:
        parsed_in(artifacts, project_dir)
    with _inside(project_dir):
        result = dbtRunner(manifest=manifest).invoke(args)
    saved = artifacts / SAVED
    if _OUTDATED in str(result.exception) and manifest is None and saved.is_file():
        saved.unlink()
        with _inside(project_dir):
            result = dbtRunner().invoke(args)
    if result.exception is not None:
        return Invocation((), _where(plain(str(result.exception)), project_dir), None)
    payload: Any = result.result
    if command == "parse":
        return Invocation((), None if result.success else "dbt parse failed", payload)
    outcomes = tuple(_outcome(r) for r in getattr(payload, "results", ()))
    error = None if result.success or outcomes else f"dbt {command} failed without naming a node"
    return Invocation(outcomes, error, None)


def parsed_in(artifacts: Path, project_dir: Path) -> None:
    """Note where the project is, and forget what dbt parsed of it somewhere else.

    A seed that was parsed is loaded from the folder in which it was parsed, wherever its project is now
    (dbt-duckdb 1.11).
    """
    saved, note, here = artifacts / SAVED, artifacts / "target" / "parsed_in.txt", str(project_dir.resolve())
    if saved.is_file() and not (note.is_file() and note.read_text() == here):
        saved.unlink()
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(here)


def _where(error: str, project_dir: Path) -> str:
    """The error, with the files that it is about where dbt does not name them."""
    if "codec can't decode" not in error:
        return error
    kinds = (".sql", ".yml", ".yaml", ".md", ".py", ".csv")
    found = [f.relative_to(project_dir).as_posix() for f in project_files(project_dir, kinds) if not _is_utf8(f)]
    return f"{error} in {', '.join(found) or 'a file'}; dbt reads UTF-8 only"


def project_files(root: Path, kinds: tuple[str, ...]) -> Iterator[Path]:
    """Files of a project and its packages by their endings; nothing of what dbt or adp wrote beside them."""
    for folder, folders, names in os.walk(root):
        made = ("target", "logs") if Path(folder) == root else ()
        folders[:] = [f for f in folders if not f.startswith(".") and f not in made]
        yield from (Path(folder) / name for name in names if name.endswith(kinds))


def _is_utf8(file: Path) -> bool:
    try:
        file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True


def collect_seldom() -> None:
    """For a process that ends soon: dbt's objects live as long as it, and to look at them again and again is a twelfth
    of the time of a heal."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def prepare(enough: Callable[[], bool] = lambda: False) -> None:
    """Import dbt and let it make what it checks projects, models and tests against, which it else makes at their first.

    Two to three seconds of work, ten times what it takes then to parse a file that changed (dbt 1.11). `enough` is
    asked now and then whether to stop.
    """
    import dbt.cli.main  # noqa: F401
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from dbt.artifacts.resources.v1.components import Contract
    from dbt.artifacts.resources.v1.config import TestConfig
    from dbt.artifacts.resources.v1.model import ModelConfig
    from dbt.artifacts.resources.v1.source_definition import SourceConfig
    from dbt.contracts.graph import nodes, unparsed
    from dbt.contracts.project import Configuration, PackageConfig, Project, ProjectFlags

    for checked in (
        *(ProjectFlags, DuckDBCredentials, Project, PackageConfig, Configuration),
        *(ModelConfig, nodes.ModelNode, Contract, TestConfig, nodes.GenericTestNode),
        *(unparsed.UnparsedModelUpdate, unparsed.UnparsedSourceDefinition, SourceConfig),
    ):
        if enough():
            return
        checked.json_schema()  # dbt keeps it for the life of the process


@contextmanager
def _inside(project_dir: Path) -> Iterator[None]:
    """Relative paths in a profile mean the project's folder, wherever the caller stands."""
    before = Path.cwd()
    os.chdir(project_dir)
    try:
        yield
    finally:
        os.chdir(before)
        close_connections()


def close_connections() -> None:
    """Give back DuckDB's file lock: dbt keeps a connection per process open (dbt-duckdb 1.11)."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        # `close_all_connections` only drops its reference, and a traceback somewhere may hold another.
        environment.close()
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _outcome(result: Any) -> Outcome:
    node = result.node
    return Outcome(
        unique_id=node.unique_id,
        status=str(result.status),
        message=plain(result.message or ""),
        path=node.original_file_path,
        compiled=getattr(node, "compiled_code", None) or "",
        seconds=result.execution_time,
    )


def plain(text: str) -> str:
    """Text without terminal colours.

    >>> plain("\\x1b[31mno\\x1b[0m")
    'no'
    """
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def parse(
    project_dir: Path, *, profiles_dir: Path, artifacts: Path, target: str | None = None, written: bool = False
) -> "Manifest":
    """The project's manifest. Raises FinalError with dbt's own words where it does not parse."""
    result = invoke(
        "parse", project_dir, profiles_dir=profiles_dir, artifacts=artifacts, target=target, written=written
    )
    if result.error or result.manifest is None:
        raise FinalError(result.error or "dbt parse returned no manifest")
    return result.manifest
