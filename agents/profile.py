"""A project's name and its dbt profile, as dbt reads them; dbt is not asked again while nothing of it has changed."""

import json
import os
import subprocess
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents import last_parse
from agents.errors import UsageError


def said_of(
    folder: Path, state: Path, profiles: Path | None, target: str | None, *, broken: bool = False
) -> Mapping[str, Any]:
    """The project's name and what its profile says of the target.

    `state` is the project's folder under `.adp/`. With `broken`, a `dbt_project.yml` that cannot be read stands as in
    the last good state, if there was one. Raises UsageError.
    """
    try:
        key = last_parse.key_of(folder, profiles_dir_of(folder, profiles), target)
    except UsageError:
        key = None  # what is wrong with the project itself is told first
    return last_parse.facts(state / "dbt", key) or _asked(folder, state, profiles, target, broken, key)


def _asked(
    folder: Path, state: Path, given: Path | None, target: str | None, broken: bool, key: str | None
) -> Mapping[str, Any]:
    """What dbt says of the project's name and profile; kept under its key. Raises UsageError."""
    with _readable(folder, state, broken) as read:
        raw = _raw_project(read)
        _check_version(raw, folder)
        profiles = profiles_dir_of(folder, given)
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
        last_parse.keep_facts(state / "dbt", key, said)
    return said


@contextmanager
def _readable(folder: Path, state: Path, broken: bool) -> Iterator[Path]:
    """The project's folder, or one with the `dbt_project.yml` of the last good state in place of a broken one."""
    try:
        _raw_project(folder)
    except UsageError:
        text = _last_good(folder, state) if broken else None
        if text is None:
            raise
    else:
        yield folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "dbt_project.yml").write_bytes(text)
        yield Path(scratch)


def _last_good(folder: Path, good: Path) -> bytes | None:
    state = good / "published" / "current" / "state.json"
    if not state.is_file():
        return None
    path = f"{json.loads(state.read_text())['commit']}:./dbt_project.yml"
    done = subprocess.run(["git", "-C", str(folder), "show", path], capture_output=True, check=False)
    return None if done.returncode else done.stdout


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


def profiles_dir_of(folder: Path, given: Path | None) -> Path:
    """Where profiles.yml is. Raises UsageError where there is none."""
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
