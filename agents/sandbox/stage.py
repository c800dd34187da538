"""Fill a sandbox: the base commit's files, sources as they are now, everything else as it was when it was good."""

import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

from agents import published
from agents.graph import Graph, Node
from agents.project import Project, _state
from agents.repository import Repository
from agents.sandbox.isolation import Reach
from agents.sandbox.withheld import names_withheld, strip
from agents.seeds import changed_seeds
from agents.warehouse import definitions, exists, literal, quoted, reading

ABANDONED_SECONDS = 6 * 3600
GOOD, NOW = "adp_good", "adp_now"
"""Catalogs inside the sandbox: the published copy, and the sources as they are now."""


@dataclass(frozen=True)
class Stage:
    """A filled sandbox folder."""

    folder: Path
    catalog: str
    files: dict[str, str]
    """Catalog alias -> DuckDB file, attached read-only."""
    target: str
    parsed: Path
    """dbt's artifacts of the project itself."""
    limits: dict[str, Any] = field(default_factory=dict)
    """Settings of DuckDB that keep it below the limits of the process."""

    @property
    def project(self) -> Path:
        """The dbt project at the base commit."""
        return self.folder / "project"

    @property
    def brought(self) -> Path:
        """A copy of what dbt parsed of the project itself: what its parse here is begun with."""
        return self.folder / "brought"

    @property
    def warehouse(self) -> Path:
        """The sandbox's own DuckDB file, under the production's name."""
        return self.folder / f"{self.catalog}.duckdb"

    @property
    def reach(self) -> Reach:
        """What its worker may touch."""
        return _reach(self.folder.parent)

    @property
    def described(self) -> dict[str, Any]:
        """Itself as JSON; `of` reads it."""
        return {**vars(self), "folder": str(self.folder), "parsed": str(self.parsed)}

    @classmethod
    def of(cls, described: dict[str, Any]) -> "Stage":
        """The sandbox that `described` describes."""
        return cls(**{**described, "folder": Path(described["folder"]), "parsed": Path(described["parsed"])})

    def remove(self) -> None:
        """Delete everything."""
        shutil.rmtree(self.folder, ignore_errors=True)


def plan(project: Project) -> Stage:
    """The paths of a new sandbox; only its empty folder exists yet, so that a worker can warm up meanwhile."""
    shelf = project.state / "sandbox"
    folder = shelf / uuid.uuid4().hex[:12]
    folder.mkdir(parents=True)
    for left in shelf.iterdir():  # by a process that was killed
        if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    good = published.required(project)
    files = {GOOD: str(good.file), NOW: str(folder / "now.duckdb")}
    return Stage(folder, project.catalog, files, project.target, project.artifacts, _limits(project, folder))


def _limits(project: Project, folder: Path) -> dict[str, Any]:
    limits = project.settings.sandbox
    return {
        "memory_limit": f"{limits.memory_mb}MB",
        "threads": limits.threads,
        "temp_directory": str(folder / "spill"),
        "max_temp_directory_size": f"{limits.disk_mb}MB",
    }


def reach_of(root: Path) -> Reach | None:
    """What a worker of the dbt project in `root` may touch; None where no good state was published, so none works."""
    repo = next((p for p in (root, *root.parents) if (p / ".git").exists()), None)
    if repo is None:
        return None
    prefix = root.relative_to(repo).as_posix()
    reach = _reach(_state(repo, "" if prefix == "." else prefix) / "sandbox")
    if not reach.readable.is_dir():
        return None
    reach.writable.mkdir(exist_ok=True)
    return reach


def _reach(shelf: Path) -> Reach:
    return Reach(shelf, shelf.parent / "published", shelf.parents[2])


Places = Mapping[str, Iterable[tuple[str, str]]]
"""Id of a source -> schema and table of each place to which it may have moved."""


def fill(
    staged: Stage,
    project: Project,
    graph: Graph,
    base: str,
    snapshot: Iterable[str],
    rebuild: Iterable[str],
    places: Places | None = None,
) -> None:
    """Fill a planned sandbox.

    `snapshot` are ids of sources copied from the warehouse as it is now, under its read lock;
    `rebuild` are ids that will be built: incremental models and snapshots among them are copied
    from the good state so that they continue from it. All else becomes views over the good state.
    """
    _copy_project(project, base, staged.folder)
    fresh = [graph.nodes[uid] for uid in snapshot]
    moved = {uid: tuple(found) for uid, found in (places or {}).items()}
    _snapshot(project, graph, base, fresh, Path(staged.files[NOW]), tuple(p for found in moved.values() for p in found))
    _relations(staged, graph, {n.unique_id for n in fresh}, set(rebuild))
    _moved(staged, graph, moved)
    _profile(project, staged)


def lock_down(db: duckdb.DuckDBPyConnection, files: Mapping[str, str], readable: Iterable[str] = ()) -> None:
    """Attach files read-only, then close every other way out and make that final.

    `readable` are the files that SQL may still open: the seeds of the sandbox's own copy of the project.
    """
    for alias, file in files.items():
        db.execute(f"attach if not exists {literal(file)} as {quoted(alias)} (read_only)")
    if paths := ", ".join(literal(path) for path in readable):
        db.execute(f"set allowed_paths = [{paths}]")
    db.execute("set enable_external_access = false")
    db.execute("set lock_configuration = true")


@contextmanager
def opened(staged: Stage) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sandbox's own warehouse, locked."""
    db = duckdb.connect(str(staged.warehouse))
    try:
        _within(db, staged)
        lock_down(db, staged.files)
        yield db
    finally:
        db.close()


def _within(db: duckdb.DuckDBPyConnection, staged: Stage) -> None:
    for name, value in staged.limits.items():
        db.execute(f"set {name} = {literal(str(value))}")


def _copy_project(project: Project, base: str, folder: Path) -> None:
    Repository(project.repo).export(base, project.prefix, folder / "project")
    strip(folder / "project")
    packages = project.root / "dbt_packages"
    if packages.is_dir() and not (folder / "project" / "dbt_packages").exists():
        # A package from a private repository keeps the address, with its token, in its own `.git`.
        shutil.copytree(packages, folder / "project" / "dbt_packages", ignore=names_withheld)


def _snapshot(
    project: Project, graph: Graph, base: str, nodes: Iterable[Node], file: Path, places: Iterable[tuple[str, str]] = ()
) -> None:
    before = Path.cwd()
    os.chdir(project.root)  # locations of external sources are relative to the project
    good, wait = published.required(project).state, project.settings.lock_wait_seconds
    try:
        with (
            changed_seeds(project, graph, good, base) as seeds,
            reading(project.warehouse, wait, project.attachments) as db,
        ):
            db.execute(f"attach {literal(str(file))} as {quoted(NOW)}")
            copied = {p: quoted(*p) for p in places}
            copied |= {(n.schema, n.identifier): f"(from {n.external})" if n.external else n.relation for n in nodes}
            for loaded in seeds.loaded.values():
                db.execute(f"attach if not exists {literal(str(loaded.file))} as adp_seeds (read_only)")
                copied[loaded.schema, loaded.identifier] = quoted("adp_seeds", loaded.schema, loaded.identifier)
            for (schema, table), relation in copied.items():
                if relation.startswith("(") or exists(db, relation):
                    db.execute(f"create schema if not exists {quoted(NOW, schema)}")
                    db.execute(f"create table {quoted(NOW, schema, table)} as select * from {relation}")
            db.execute(f"detach {quoted(NOW)}")
    finally:
        os.chdir(before)


def _relations(staged: Stage, graph: Graph, fresh: set[str], rebuild: set[str]) -> None:
    with duckdb.connect(str(staged.warehouse)) as db:
        for alias, file in staged.files.items():
            db.execute(f"attach {literal(file)} as {quoted(alias)} (read_only)")
        _define(db)
        for node in graph.relations():
            db.execute(f"create schema if not exists {quoted(node.schema)}")
            name = quoted(node.schema, node.identifier)
            origin = quoted(NOW if node.unique_id in fresh else GOOD, node.schema, node.identifier)
            if not exists(db, origin):
                continue
            continued = node.materialized == "incremental" or node.kind == "snapshot"
            if node.unique_id not in rebuild or node.kind == "source":
                db.execute(f"create or replace view {name} as select * from {origin}")
            elif continued:
                db.execute(f"create table {name} as select * from {origin}")


def _define(db: duckdb.DuckDBPyConnection) -> None:
    """Make the macros and enumerations that the models may call; hooks, which often make them, do not run here."""
    for statement in definitions(db, GOOD):
        with suppress(duckdb.Error):  # one that reads what is not here, and is not called here either
            db.execute(statement)


def _moved(staged: Stage, graph: Graph, places: Mapping[str, tuple[tuple[str, str], ...]]) -> None:
    """A source that moved, where it may be now and under its old name."""
    with duckdb.connect(str(staged.warehouse)) as db:
        db.execute(f"attach {literal(staged.files[NOW])} as {quoted(NOW)} (read_only)")
        for uid, found in places.items():
            node = graph.nodes[uid]
            for place in found:
                db.execute(f"create schema if not exists {quoted(place[0])}")
                db.execute(f"create view if not exists {quoted(*place)} as select * from {quoted(NOW, *place)}")
            if found:
                # dbt reads a table with an `external_location` under its declared name in the sandbox
                name = quoted(node.schema, node.identifier)
                db.execute(f"create view if not exists {name} as select * from {quoted(NOW, *found[0])}")


def _profile(project: Project, staged: Stage) -> None:
    limits = project.settings.sandbox
    plugin = {"files": staged.files, "project": str(staged.project)}
    output: dict[str, Any] = {
        "type": "duckdb",
        "path": str(staged.warehouse),
        "schema": project.schema,
        "threads": limits.threads,
        "config_options": {**project.options, **staged.limits},
        "plugins": [{"module": "agents.sandbox.plugin", "config": plugin}],
    }
    profile = {project.profile: {"target": project.target, "outputs": {project.target: output}}}
    (staged.folder / "profiles.yml").write_text(yaml.safe_dump(profile))


@contextmanager
def world(staged: Stage, views: Mapping[tuple[str, str], str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked in-memory catalog under the production's name that holds just these views.

    `views` maps (schema, table) to a query over the catalogs GOOD and NOW.
    """
    db = duckdb.connect(":memory:")
    try:
        _within(db, staged)
        for alias, file in staged.files.items():
            db.execute(f"attach {literal(file)} as {quoted(alias)} (read_only)")
        db.execute(f"attach ':memory:' as {quoted(staged.catalog)}")
        db.execute(f"use {quoted(staged.catalog)}")
        _define(db)
        for (schema, table), query in views.items():
            db.execute(f"create schema if not exists {quoted(schema)}")
            # What cannot be bound is missing, as a view of the good state over a table that is gone.
            with suppress(duckdb.CatalogException, duckdb.BinderException):
                db.execute(f"create view {quoted(schema, table)} as {query}")
        lock_down(db, {})
        yield db
    finally:
        db.close()
