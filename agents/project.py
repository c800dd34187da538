"""A dbt project on DuckDB that sits in a git repository: where everything is, and what it holds."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from agents import dbt, last_parse, restoring, settings
from agents.errors import FinalError, UsageError
from agents.graph import Graph, graph_of
from agents.profile import profiles_dir_of, said_of
from agents.settings import Settings

BUNDLED = Path(__file__).resolve().parent.parent / "dbt_project"


@dataclass(frozen=True)
class Project:
    """Where a dbt project, its repository, its warehouse and its state are."""

    root: Path
    """Folder of `dbt_project.yml`."""
    repo: Path
    """Root of the git work tree."""
    profiles_dir: Path
    target: str
    name: str
    warehouse: Path
    """The DuckDB file that builds write."""
    catalog: str
    """DuckDB's name of that file inside SQL."""
    settings: Settings
    schema: str = "main"
    """The target's default schema."""
    profile: str = ""
    """Its name in profiles.yml."""
    attachments: tuple[tuple[str, Path], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings of DuckDB in the profile that decide what a query gives."""
    other_targets: tuple[str, ...] = ()
    """Outputs of the profile that are not DuckDB."""
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """The project's path inside the repository; empty at its root."""
        return _prefix(self.root, self.repo)

    @property
    def state(self) -> Path:
        """This project's folder under `.adp/`."""
        return _state(self.repo, self.prefix)

    def in_repo(self, path: str) -> str:
        """A path of the project as the repository knows it."""
        return f"{self.prefix}/{path}" if self.prefix else path

    def in_project(self, path: str) -> str:
        """A path of the repository as the project knows it: `in_repo` undone; one outside the project stays."""
        return path.removeprefix(f"{self.prefix}/") if self.prefix else path

    @property
    def artifacts(self) -> Path:
        """dbt's target folder and logs of this project, apart from the user's own."""
        return self.state / "dbt"

    @property
    def manifest(self) -> Any:
        """The project as dbt parsed it. Raises FinalError in dbt's words where it does not parse."""
        return self._parsed[1]

    @cached_property
    def _parsed(self) -> tuple[str | None, Any]:
        """What was parsed, by its key, and dbt's manifest of it."""
        key = self._key
        made = dbt.parse(self.root, profiles_dir=self.profiles_dir, artifacts=self.artifacts, target=self.target)
        return key if key == self._key else None, made

    @property
    def _key(self) -> str | None:
        return last_parse.key_of(self.root, self.profiles_dir, self.target)

    @cached_property
    def graph(self) -> Graph:
        """The parsed project. Raises FinalError in dbt's words where it does not parse.

        dbt is not asked again for what it said of the very same files, profile and variables.
        """
        if known := last_parse.graph(self.artifacts, self._key):
            return known
        key, manifest = self._parsed
        made = graph_of(manifest)
        if key:
            last_parse.keep_graph(self.artifacts, key, self.root, made)
        return made


def find(start: Path | None = None) -> Path:
    """The nearest folder upward with a `dbt_project.yml`, else the bundled project."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "dbt_project.yml").is_file():
            return folder
    return BUNDLED


def open_project(
    root: Path | None = None, *, profiles_dir: Path | None = None, target: str | None = None, broken: bool = False
) -> Project:
    """Find out where everything is; reads files, runs no model, changes nothing but what is kept under `.adp/`.

    With `broken`, a `dbt_project.yml` that cannot be read stands as in the last good state, if there was one.
    A restore of a snapshot that was interrupted after it was decided is ended first.
    Raises UsageError: no dbt project, no git repository, settings that do not parse, a profile that
    is missing or is not a DuckDB file, or a `require-dbt-version` that excludes the installed dbt.
    """
    folder = (root or find()).resolve()
    if not (folder / "dbt_project.yml").is_file():
        raise UsageError(f"{folder} holds no dbt_project.yml. Name a dbt project with `--project DIR`.")
    repo = _toplevel(folder)
    configured = settings.load(folder)
    state = _state(repo, _prefix(folder, repo))
    said = said_of(folder, state, profiles_dir, target, broken=broken)
    restoring.finish(state, configured.ledger_url)
    attached = [(alias, (folder / path).resolve()) for alias, path in said["attach"]]
    return Project(
        root=folder,
        repo=repo,
        profiles_dir=profiles_dir_of(folder, profiles_dir),
        target=said["target"],
        name=said["name"],
        warehouse=(folder / said["path"]).resolve(),
        catalog=said["catalog"],
        settings=configured,
        schema=said["schema"],
        profile=said["profile"],
        attachments=tuple((alias, path) for alias, path in attached if path.is_file()),
        options=said["options"],
        other_targets=tuple(said["other_targets"]),
    )


def _toplevel(folder: Path) -> Path:
    done = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise UsageError(
            f"{folder} is not in a git repository, and repairs are commits. Make one: "
            f"`git -C {folder} init && git -C {folder} add -A && git -C {folder} commit -m start`."
        )
    return Path(done.stdout.strip()).resolve()


def _prefix(folder: Path, repo: Path) -> str:
    path = folder.relative_to(repo).as_posix()
    return "" if path == "." else path


def _state(repo: Path, prefix: str) -> Path:
    return repo / ".adp" / (prefix.replace("/", "__") or "root")


def unparsable(error: FinalError) -> str:
    """The first line that tells a person what dbt did not like."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else "dbt parse failed"
