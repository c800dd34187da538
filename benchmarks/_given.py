"""Any dbt project as one to be broken: copied with its repository, its warehouse as it is now the good state."""

import os
import shutil
from pathlib import Path

import yaml
from _projects import Spec, git

from agents.project import Project, open_project

BROUGHT = ".adp-bench"
"""Folder of the copy that takes a warehouse from outside of the repository."""


def given(root: Path, profiles: Path) -> Spec:
    """The spec of a project; `profiles` is a folder for a changed copy of its profile, where one is needed.

    The project itself is only read. Raises UsageError as `open_project` does.
    """
    found = open_project(root)
    outside = not found.warehouse.is_relative_to(found.repo)
    kept = found.warehouse.name if outside else found.warehouse.relative_to(found.repo).as_posix()
    if outside:
        _point_into_the_copy(found, profiles)

    def write(repo: Path) -> Path:
        skipped = shutil.ignore_patterns(".venv*", "node_modules", ".adp", "__pycache__", "target", "logs")
        shutil.copytree(found.repo, repo, symlinks=True, dirs_exist_ok=True, ignore=skipped)
        if (repo / ".git").is_file():  # a linked worktree would still be the user's repository
            (repo / ".git").unlink()
            git(repo, "init", "-q", "-b", "main")
        if outside and found.warehouse.is_file():
            (repo / BROUGHT).mkdir()
            shutil.copyfile(found.warehouse, repo / BROUGHT / kept)
        excluded = (f"/{BROUGHT}/", f"/{kept}*", "target/", "logs/", ".user.yml", "*.duckdb", "*.duckdb.wal")
        exclude = repo / ".git" / "info" / "exclude"
        exclude.parent.mkdir(exist_ok=True)
        with exclude.open("a") as file:
            file.write("\n" + "\n".join(excluded) + "\n")
        if tracked := git(repo, "ls-files", "--", f"{kept}*", "*.duckdb", "*.duckdb.wal").splitlines():
            git(repo, "rm", "-q", "--cached", "--", *tracked)
        return repo / found.prefix

    inside = found.profiles_dir.is_relative_to(found.repo)
    place = profiles if outside else None if inside else found.profiles_dir
    return Spec(found.root.name, write, None, profiles_dir=place)


def _point_into_the_copy(found: Project, profiles: Path) -> None:
    """The user's profile with another path for this target's file, relative to the dbt project as dbt reads it."""
    text = yaml.safe_load((found.profiles_dir / "profiles.yml").read_text())
    name = yaml.safe_load((found.root / "dbt_project.yml").read_text())["profile"]
    file = found.repo / BROUGHT / found.warehouse.name
    text[name]["outputs"][found.target]["path"] = os.path.relpath(file, found.root)
    profiles.mkdir(parents=True, exist_ok=True)
    (profiles / "profiles.yml").write_text(yaml.safe_dump({name: text[name]}))
