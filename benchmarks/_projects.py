"""The projects that are broken and healed: how each comes to be in a folder, and what its next day brings."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml

from agents.project import open_project

HERE = Path(__file__).resolve().parent / "projects"
POLICY = {"policy": {"auto": "medium"}, "lock_wait_seconds": 4}
"""What a benchmark's copy commits as its `adp.yml`: applied up to medium, short waits for a held lock."""


@dataclass(frozen=True)
class Spec:
    """A project that can be broken."""

    name: str
    write: Callable[[Path], Path]
    """Puts its files into an empty folder, which becomes the repository; returns the dbt project's folder."""
    load: Callable[[Path, Path, int], None] | None
    """Loads a day into the warehouse of (repository, dbt project); None where only the present state is known."""
    sources: frozenset[str] = frozenset()
    """Names of the dbt sources that may be broken; empty for all."""
    profiles_dir: Path | None = None
    target: str | None = None
    shared: str = ""

    @property
    def state(self) -> str:
        """Name of the prepared state; two domains of one dbt project share theirs."""
        return self.shared or self.name


def git(repo: Path, *args: str) -> str:
    """Output of a git command."""
    done = subprocess.run(["git", "-C", str(repo), *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit_all(repo: Path, message: str) -> None:
    """Commit whatever changed, as a person."""
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--allow-empty", "-m", message)


def settle(repo: Path, root: Path) -> None:
    """Make the folder a repository with an identity and the benchmark's policy, everything committed."""
    if not (repo / ".git").exists():
        git(repo, "init", "-q", "-b", "main")
    git(repo, "config", "user.email", "person@example.com")
    git(repo, "config", "user.name", "A Person")
    # A warehouse that git tracks would be put back with the code.
    with (repo / ".git" / "info" / "exclude").open("a") as exclude:
        exclude.write("*.duckdb\n*.duckdb.wal\n")
    file = root / "adp.yml"
    settings = (yaml.safe_load(file.read_text()) if file.is_file() else None) or {}
    policy = {**(settings.get("policy") or {}), **POLICY["policy"], "protected_branches": []}  # type: ignore[dict-item]
    file.write_text(yaml.safe_dump({**settings, **POLICY, "policy": policy}))
    commit_all(repo, "the state before anything broke")


def _files(name: str, prefix: str = "") -> Callable[[Path], Path]:
    def write(repo: Path) -> Path:
        shutil.copytree(HERE / name / "repo", repo, dirs_exist_ok=True)
        return repo / prefix

    return write


def _sql(name: str) -> Callable[[Path, Path, int], None]:
    """Run `raw.sql`; a folder `seeds/` gets the tables of schema `seed` as CSV."""

    def load(repo: Path, root: Path, day: int) -> None:
        warehouse = open_project(root).warehouse
        warehouse.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(warehouse)) as db:
            db.execute(f"set variable day = {day}")
            db.execute((HERE / name / "raw.sql").read_text())
            rows = db.execute("select table_name from duckdb_tables() where schema_name = 'seed'").fetchall()
            for (table,) in rows:
                (root / "seeds").mkdir(exist_ok=True)
                db.execute(f"copy seed.{table} to '{root / 'seeds' / table}.csv' (header)")
            db.execute("drop schema if exists seed cascade")
        commit_all(repo, f"day {day}")

    return load


def _bundled_write(repo: Path) -> Path:
    from _bundled import scratch

    repo.rmdir()
    made = scratch(repo, (1, 2, 3), orders=5_000)
    _unset()
    return made.root / "dbt_project"


def _bundled_load(repo: Path, root: Path, day: int) -> None:
    """Day 1 landed with the clone; day 2 is the next month, and commerce as it was."""
    from _bundled import Scratch

    from adp_dagster.data import flights
    from adp_dagster.data.places import Places

    if day == 1:
        return
    places = Places(repo / "data", repo / "data" / "warehouse.duckdb")
    os.environ.update({"ADP_DATA_DIR": str(places.data), "ADP_WAREHOUSE": str(places.warehouse)})
    try:
        flights.write_drops(places.landing, (4,), 1)
        Scratch(repo, places).load((4,))
    finally:
        _unset()


def _unset() -> None:
    """The profile's own default lies in the clone, wherever the clone is copied to."""
    for name in ("ADP_DATA_DIR", "ADP_WAREHOUSE"):
        os.environ.pop(name, None)


def _wide_write(repo: Path) -> Path:
    from _wide import write

    return write(repo)


def _wide_load(repo: Path, root: Path, day: int) -> None:
    from _wide import load

    load(repo / "wide.duckdb", day)


BUILT_IN: tuple[Spec, ...] = (
    Spec("saas", _files("saas"), _sql("saas")),
    Spec("clinic", _files("clinic", "analytics/clinic"), _sql("clinic")),
    Spec("wide", _wide_write, _wide_load),
    Spec("flights", _bundled_write, _bundled_load, frozenset({"operations", "fleet", "weather"}), shared="bundled"),
    Spec("commerce", _bundled_write, _bundled_load, frozenset({"commerce"}), shared="bundled"),
)
