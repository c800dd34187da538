"""The good state of a project, made once: its repository and warehouse, its raw data day by day, and the answers."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
from _projects import Spec, commit_all, git, settle
from _rebuild import Answer, answer, differences, elsewhere, keep_raw, load, rebuilt, save, without_volatile

from agents import dbt
from agents.graph import Graph
from agents.parsed import carry_over
from agents.project import Project, open_project
from agents.warehouse import quoted

ROOT = Path(__file__).resolve().parents[1]


def code_digest() -> str:
    """Hash of everything that decides a result: the engine, the benchmark and the projects it breaks."""
    digest = hashlib.sha256()
    folders = ("agents", "benchmarks", "dbt_project")
    for file in sorted(f for folder in folders for f in (ROOT / folder).rglob("*") if f.is_file()):
        if "__pycache__" not in file.parts:
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


SETTINGS: dict[str, str] = {}
"""ADP_* variables that the engine gets; of this process it gets none."""


def adp(*args: str, seconds: float = 900) -> subprocess.CompletedProcess[str]:
    """The engine's command line as a process of its own, as its users run it."""
    return subprocess.run(
        [sys.executable, "-m", "agents.cli", *args],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds,
        env={k: v for k, v in os.environ.items() if not k.startswith("ADP_")} | SETTINGS,
    )  # fmt: skip


@dataclass(frozen=True)
class Good:
    """A prepared project in a folder; nothing in it changes any more."""

    spec: Spec
    folder: Path

    @property
    def repo(self) -> Path:
        """Repository and warehouse on day 1, published."""
        return self.folder / "repo"

    @cached_property
    def project(self) -> Project:
        """The good copy itself."""
        return self.at(self.repo)

    @cached_property
    def graph(self) -> Graph:
        """The unbroken project's nodes."""
        return self.project.graph

    def at(self, repo: Path) -> Project:
        """The project in a copy of the repository."""
        prefix = json.loads((self.folder / "made.json").read_text())["prefix"]
        return open_project(repo / prefix, profiles_dir=self.spec.profiles_dir, target=self.spec.target)

    @property
    def warm(self) -> Path:
        """A folder with dbt's parse of the project."""
        return self.project.artifacts

    def raw(self, day: int) -> Path:
        """The raw tables of a day."""
        return self.folder / f"raw{day}.duckdb"

    @property
    def grows(self) -> bool:
        """Whether there is a second day."""
        return self.raw(2).is_file()

    def fresh(self, day: int) -> Answer:
        """What a build from nothing holds on a day."""
        return load(self.folder / f"fresh{day}.json")

    def lived(self, day: int) -> Answer:
        """What the warehouse holds on a day after the builds of the days before: incremental models may differ."""
        return load(self.folder / f"lived{day}.json")

    def copy(self, into: Path) -> Project:
        """A copy to break."""
        shutil.rmtree(into, ignore_errors=True)
        shutil.copytree(self.repo, into, symlinks=True)
        made = self.at(into)
        carry_over(self.warm, made.artifacts, made.root, made.profiles_dir, made.target)
        return made

    def deliver(self, project: Project, day: int) -> None:
        """Put the raw tables of a day into a copy's warehouse."""
        with duckdb.connect(str(project.warehouse)) as db:
            db.execute(f"attach '{self.raw(day)}' as adp_day (read_only)")
            tables = db.execute("select schema_name, table_name from duckdb_tables() where database_name = 'adp_day'")
            for schema, table in tables.fetchall():
                names = quoted(project.catalog, schema, table), quoted("adp_day", schema, table)
                db.execute(f"create or replace table {names[0]} as from {names[1]}")

    def grow(self, project: Project) -> None:
        """Deliver the second day: raw tables and seeds."""
        self.deliver(project, 2)
        for file in (self.folder / "seeds2").rglob("*.csv"):
            shutil.copyfile(file, project.repo / file.relative_to(self.folder / "seeds2"))
        commit_all(project.repo, "the next day")


def prepare(spec: Spec, shelf: Path) -> Good:
    """The good state of a project, from the shelf where it is there for this code.

    Raises RuntimeError where the project does not build, or the engine does not publish it.
    """
    good = Good(spec, shelf / spec.state)
    shelf.mkdir(parents=True, exist_ok=True)
    with (shelf / f"{spec.state}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # shards of one run need the same state
        if not (good.folder / "done").is_file():
            _make(good, good.folder)
    return good


def _make(good: Good, folder: Path) -> None:
    spec = good.spec
    shutil.rmtree(folder, ignore_errors=True)
    good.repo.mkdir(parents=True)
    root = spec.write(good.repo)
    (folder / "made.json").write_text(json.dumps({"prefix": root.relative_to(good.repo).as_posix()}))
    settle(good.repo, root)
    if spec.load:
        spec.load(good.repo, root, 1)
    project = good.project
    options = ("--profiles-dir", str(spec.profiles_dir)) if spec.profiles_dir else ()
    done = adp("build", "--project", str(root), *options)
    if done.returncode:
        raise RuntimeError(
            f"{spec.name}: adp build ended with {done.returncode}: {done.stdout[-600:]} {done.stderr[-600:]}"
        )
    _answers(good, project, 1, folder / "scratch")
    if spec.load:
        _second_day(good, folder / "scratch")
    (folder / "done").write_text("")


def _second_day(good: Good, scratch: Path) -> None:
    assert good.spec.load is not None
    project = good.copy(good.folder / "tomorrow")
    good.spec.load(project.repo, project.root, 2)
    commit_all(project.repo, "day 2")
    for name in git(project.repo, "diff", "--name-only", git(good.repo, "rev-parse", "HEAD"), "HEAD").splitlines():
        target = good.folder / "seeds2" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project.repo / name, target)
    yesterday, other = good.folder / "yesterday.duckdb", good.folder / "once" / project.warehouse.name
    other.parent.mkdir()
    shutil.copyfile(project.warehouse, yesterday)
    for _ in range(2):
        shutil.copyfile(yesterday, project.warehouse)
        done = dbt.invoke(
            "build", project.root, profiles_dir=project.profiles_dir, artifacts=scratch / "artifacts",
            target=project.target,
        )  # fmt: skip
        if not done.succeeded:
            raise RuntimeError(f"{good.spec.name}: day 2 does not build: {done.error or done.failures}")
        if not other.is_file():
            shutil.copyfile(project.warehouse, other)
    _answers(good, project, 2, scratch, other)
    yesterday.unlink()
    shutil.rmtree(other.parent)
    shutil.rmtree(project.repo)


def _answers(good: Good, project: Project, day: int, scratch: Path, other: Path | None = None) -> None:
    """Write what the day holds; `other` is the warehouse built once more, which tells what the clock is in."""
    raw = good.raw(day)
    keep_raw(project, good.graph, raw)
    head = git(project.repo, "rev-parse", "HEAD")
    with rebuilt(project, head, raw, scratch / "one") as one, rebuilt(project, head, raw, scratch / "two") as two:
        if one.error:
            raise RuntimeError(f"{good.spec.name}, day {day}, does not build from nothing: {one.error[:600]}")
        first = answer(one.file, good.graph)
        fresh = without_volatile(first, answer(two.file, good.graph), one.file)
        assert not differences(two.file, fresh), differences(two.file, fresh)
    save(fresh, good.folder / f"fresh{day}.json")
    with suppress(FileNotFoundError):
        shutil.rmtree(scratch)
    lived = elsewhere(fresh, project.warehouse)
    if other:
        lived = without_volatile(lived, elsewhere(fresh, other), project.warehouse)
    save(lived, good.folder / f"lived{day}.json")
