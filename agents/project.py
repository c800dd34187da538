"""A dbt project on DuckDB that sits in a git repository: where everything is, and what it holds."""

import json
import os
import subprocess
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from agents import dbt, last_parse, restoring, settings
from agents.errors import FinalError, UsageError
from agents.graph import Graph, graph_of
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
        return _artifacts(self.repo, self.prefix)

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
    """Find out where everything is; reads files, runs no model, changes nothing but git's own exclude list.

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
    said = _remembered(folder, repo, profiles_dir, target) or _asked(folder, repo, profiles_dir, target, broken)
    restoring.finish(_state(repo, _prefix(folder, repo)), configured.ledger_url)
    attached = [(alias, (folder / path).resolve()) for alias, path in said["attach"]]
    return Project(
        root=folder,
        repo=repo,
        profiles_dir=_profiles_dir(folder, profiles_dir),
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


def _remembered(folder: Path, repo: Path, given: Path | None, target: str | None) -> Mapping[str, Any] | None:
    """What `_asked` found, where nothing of it can have changed since; without dbt, which takes longest to import."""
    try:
        key = last_parse.key_of(folder, _profiles_dir(folder, given), target)
    except UsageError:
        return None
    return last_parse.facts(_artifacts(repo, _prefix(folder, repo)), key)


def _asked(folder: Path, repo: Path, given: Path | None, target: str | None, broken: bool) -> Mapping[str, Any]:
    """What dbt says of the project's name and profile. Raises UsageError."""
    with _readable(folder, repo, broken) as read:
        raw = _raw_project(read)
        _check_version(raw, folder)
        profiles = _profiles_dir(folder, given)
        key = last_parse.key_of(folder, profiles, target)
        _require_duckdb(profiles, str(raw.get("profile", "")), target)
        profile = profile_of(read, profiles, target)
    credentials = profile.credentials
    path = str(credentials.path)
    if path == ":memory:" or path.startswith(("md:", "motherduck:", "ducklake:")) or credentials.is_ducklake:
        raise UsageError(
            f"Target {profile.target_name!r} has path {path!r}; a DuckDB file on this machine is needed. "
            "Set `path:` in profiles.yml, or choose another output with `--target NAME`."
        )
    said = {
        "name": str(raw["name"]),
        "path": path,
        "target": profile.target_name,
        "catalog": credentials.database,
        "schema": credentials.schema,
        "profile": profile.profile_name,
        "attach": _attachments(credentials),
        "options": _options(credentials),
        "other_targets": _other_targets(profiles, profile.profile_name),
    }
    if key and read == folder and key == last_parse.key_of(folder, profiles, target):
        last_parse.keep_facts(_artifacts(repo, _prefix(folder, repo)), key, said)
    return said


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


@contextmanager
def _readable(folder: Path, repo: Path, broken: bool) -> Iterator[Path]:
    """The project's folder, or one with the `dbt_project.yml` of the last good state in place of a broken one."""
    try:
        _raw_project(folder)
    except UsageError:
        text = _last_good(folder, repo) if broken else None
        if text is None:
            raise
    else:
        yield folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "dbt_project.yml").write_bytes(text)
        yield Path(scratch)


def _last_good(folder: Path, repo: Path) -> bytes | None:
    state = _state(repo, _prefix(folder, repo)) / "published" / "current" / "state.json"
    if not state.is_file():
        return None
    path = f"{json.loads(state.read_text())['commit']}:./dbt_project.yml"
    done = subprocess.run(["git", "-C", str(folder), "show", path], capture_output=True, check=False)
    return None if done.returncode else done.stdout


def _prefix(folder: Path, repo: Path) -> str:
    path = folder.relative_to(repo).as_posix()
    return "" if path == "." else path


def _state(repo: Path, prefix: str) -> Path:
    return repo / ".adp" / (prefix.replace("/", "__") or "root")


def _artifacts(repo: Path, prefix: str) -> Path:
    return _state(repo, prefix) / "dbt"


def _raw_project(folder: Path) -> dict[str, Any]:
    from dbt.config.project import load_raw_project

    try:
        raw: dict[str, Any] = load_raw_project(str(folder))
    except Exception as error:
        raise UsageError(f"{folder / 'dbt_project.yml'} cannot be read: {error}") from error
    if "name" not in raw:
        raise UsageError(f"{folder / 'dbt_project.yml'} has no `name:`. Add one; dbt needs it too.")
    return raw


def _check_version(raw: dict[str, Any], folder: Path) -> None:
    from dbt.version import get_installed_version
    from dbt_common.semver import VersionSpecifier, versions_compatible

    wanted = raw.get("require-dbt-version")
    if not wanted:
        return
    texts = [wanted] if isinstance(wanted, str) else [str(w) for w in wanted]
    parts = [piece.strip() for text in texts for piece in text.split(",") if piece.strip()]
    installed = get_installed_version()
    try:
        specifiers = [VersionSpecifier.from_version_string(part) for part in parts]
        fits = versions_compatible(*specifiers, installed)
    except Exception as error:
        raise UsageError(
            f"{folder / 'dbt_project.yml'}: require-dbt-version {wanted!r} cannot be read: {error}"
        ) from error
    if not fits:
        raise UsageError(
            f"{folder / 'dbt_project.yml'} asks for dbt {', '.join(parts)}; installed is "
            f"{installed.to_version_string(skip_matcher=True)}. "
            "Widen require-dbt-version, or use dbt 1.11 in the project."
        )


def _profiles_dir(folder: Path, given: Path | None) -> Path:
    if given is not None:
        if not (given / "profiles.yml").is_file():
            raise UsageError(f"{given} holds no profiles.yml. Name its folder with `--profiles-dir DIR`.")
        return given.resolve()
    places = [os.environ.get("DBT_PROFILES_DIR"), folder, Path.home() / ".dbt"]
    for place in places:
        if place and (Path(place) / "profiles.yml").is_file():
            return Path(place).resolve()
    raise UsageError(f"No profiles.yml in {folder} or ~/.dbt. Name its folder with `--profiles-dir DIR`.")


def _require_duckdb(profiles: Path, name: str, target: str | None) -> None:
    """Refuse another adapter before dbt tries to import it; names made by Jinja are left to dbt."""
    from dbt.config.profile import read_profile

    found = read_profile(str(profiles)).get(name) or {}
    chosen = target or str(found.get("target", "default"))
    kind = ((found.get("outputs") or {}).get(chosen) or {}).get("type")
    if isinstance(kind, str) and "{{" not in kind and kind != "duckdb":
        raise UsageError(
            f"Target {chosen!r} of profile {name!r} is of type {kind!r}; only 'duckdb' (DuckDB) is supported. "
            "Choose another output with `--target NAME`."
        )


def profile_of(folder: Path, profiles: Path, target: str | None) -> Any:
    """dbt's profile of the project in `folder`. Raises UsageError where dbt cannot use it."""
    from dbt.config.runtime import load_profile
    from dbt.flags import set_from_args
    from dbt_common.context import set_invocation_context

    # `env_var()` in profiles.yml reads this context, which only dbt's own command line sets.
    set_invocation_context(os.environ.copy())
    try:
        set_from_args(Namespace(PROFILES_DIR=str(profiles), PROJECT_DIR=str(folder)), {})
        return load_profile(str(folder), {}, None, target)
    except Exception as error:
        text = " ".join(str(error).split())
        raise UsageError(
            f"The dbt profile in {profiles / 'profiles.yml'} cannot be used: {text} "
            "Only DuckDB targets are supported; choose one with `--target NAME`."
        ) from error


def _attachments(credentials: Any) -> list[tuple[str, str]]:
    """Other DuckDB files of the profile; what is attached by an extension (SQLite, Postgres) cannot be read here."""
    kinds = [a for a in credentials.attach or () if (a.type or "duckdb").lower() == "duckdb"]
    return [(a.alias or Path(a.path).stem, str(a.path)) for a in kinds]


_MEANING = ("timezone", "calendar", "default_null_order", "null_order", "default_order", "integer_division",
            "ieee_floating_point_ops", "default_collation", "old_implicit_casting", "order_by_non_integer_literal",
            "scalar_subquery_error_on_multiple_rows")  # fmt: skip
"""Settings of DuckDB that decide what a query gives; limits and ways to the outside are the sandbox's own."""


def _options(credentials: Any) -> dict[str, Any]:
    given = {**(credentials.config_options or {}), **(credentials.settings or {})}
    return {name: value for name, value in given.items() if name.lower() in _MEANING}


def _other_targets(profiles: Path, profile_name: str) -> tuple[str, ...]:
    from dbt.config.profile import read_profile

    outputs = (read_profile(str(profiles)).get(profile_name) or {}).get("outputs") or {}
    return tuple(name for name, output in outputs.items() if output.get("type") != "duckdb")


def unparsable(error: FinalError) -> str:
    """The first line that tells a person what dbt did not like."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else "dbt parse failed"
