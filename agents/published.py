"""The published copy: the last good state of warehouse and sources, for readers, the sandbox and rollback."""

import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from pydantic import Field

from agents.contracts import Record, TableProfile
from agents.errors import UsageError
from agents.failpoints import passing
from agents.graph import Node
from agents.project import Project
from agents.warehouse import columns as columns_of
from agents.warehouse import exists, literal, quoted, reading, writing

MEGABYTE = 1_000_000
COPIED = "-copied"
"""End of the name of a copy that something made of `current` itself, until the next one takes its place."""
KEPT = "kept"
"""The file that marks a copy which is not thrown away when newer ones come."""


class Result(Record):
    """What one of the last models held in published states."""

    rows: tuple[int, ...]
    """Oldest first, the last twenty."""
    without_value: tuple[str, ...] = ()
    """Columns that had no value in any row, in any of these states."""


class State(Record):
    """What was true when a copy was published."""

    published_at: datetime
    commit: str
    tables: tuple[TableProfile, ...]
    """Profiles of the sources."""
    checksums: dict[str, str]
    """dbt id -> dbt's checksum of the node's text."""
    accepted: tuple[str, ...] = ()
    results: dict[str, Result] = Field(default_factory=dict)
    """dbt id -> what the last models held in this state and in those before it."""
    seconds: float = Field(default=0, ge=0)

    def table(self, unique_id: str) -> TableProfile | None:
        """The profile of one source."""
        return next((t for t in self.tables if t.unique_id == unique_id), None)


@dataclass(frozen=True)
class Published:
    """A state and the read-only DuckDB file that holds it."""

    state: State
    file: Path


def current(project: Project) -> Published | None:
    """The last good state; None where nothing was published yet."""
    shelf = project.state / "published"
    folder = shelf / "current"
    if not folder.exists():  # a process was killed while it put a copied one aside
        folder = max(shelf.glob(f"*{COPIED}"), default=folder)
    file = folder / "state.json"
    if not file.is_file():
        return None
    return Published(State.model_validate_json(file.read_text()), folder.resolve() / project.warehouse.name)


def required(project: Project) -> Published:
    """The last good state. Raises UsageError where there is none."""
    found = current(project)
    if found is None:
        raise UsageError(
            f"{project.name} has no published good state to compare with. Build it while it is healthy: "
            "`adp build`, or `adp observe` after a `dbt build` of your own."
        )
    return found


def too_large(project: Project) -> str:
    """Why no copy of the warehouse can be kept, with what to do; empty where one can."""
    size = sum(file.stat().st_size for file in _files(project.warehouse) if file.is_file())
    limit, free = project.settings.published_mb, shutil.disk_usage(project.warehouse.parent).free
    says = f"{project.warehouse.name} takes {size / MEGABYTE:,.1f} MB"
    if limit is not None and size > limit * MEGABYTE:
        return f"{says}, more than published_mb: {limit} in adp.yml allows for the published copy. Raise it there."
    if size > free:
        return f"{says}, and a copy of it does not fit on the disk, where {free / MEGABYTE:,.1f} MB are free."
    return ""


def _files(warehouse: Path) -> tuple[Path, Path]:
    """The file and DuckDB's log of what is not in it yet."""
    return warehouse, warehouse.with_name(warehouse.name + ".wal")


def publish(project: Project, state: State, externals: Iterable[Node] = ()) -> Path:
    """Copy the warehouse as the new last good state; readers of the old copy keep it until they close.

    Holds the file's read lock while copying, so that no writer can tear it. The switch is one rename.
    """
    shelf = project.state / "published"
    folder = shelf / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    folder.mkdir(parents=True)
    copy = folder / project.warehouse.name
    with reading(project.warehouse, project.settings.lock_wait_seconds):
        for file in _files(project.warehouse):
            if file.is_file():
                shutil.copyfile(file, folder / file.name)
    _keep_externals(project, copy, externals)
    (folder / "state.json").write_text(json.dumps(state.model_dump(mode="json"), indent=1))
    passing("publish.copied")
    _switch(shelf, folder, project.settings.kept_copies)
    return copy


def _keep_externals(project: Project, copy: Path, externals: Iterable[Node]) -> None:
    nodes = tuple(externals)
    if not nodes:
        return
    before = Path.cwd()
    os.chdir(project.root)  # dbt resolves the locations of external sources from here
    try:
        with writing(copy) as db:
            for alias, file in project.attachments:
                db.execute(f"attach if not exists {literal(str(file))} as {quoted(alias)} (read_only)")
            for node in nodes:
                db.execute(f"create schema if not exists {quoted(node.schema)}")
                name = quoted(node.schema, node.identifier)
                with suppress(duckdb.CatalogException, duckdb.BinderException):  # only the production attaches it
                    db.execute(f"create or replace table {name} as select * from {node.external}")
    finally:
        os.chdir(before)


def _switch(shelf: Path, folder: Path, kept: int) -> None:
    link = shelf / "next"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    now = shelf / "current"
    if now.is_dir() and not now.is_symlink():  # the project was copied by something that follows links
        published_at = State.model_validate_json((now / "state.json").read_text()).published_at
        now.rename(shelf / f"{published_at:%Y%m%dT%H%M%S%f}{COPIED}")
    passing("publish.before_switch")
    link.rename(now)
    passing("publish.switched")
    folders = sorted((f for f in shelf.iterdir() if f.is_dir() and not f.is_symlink()), reverse=True)
    before = [f for f in folders if (f / KEPT).is_file() and f != folder]
    for old in folders:
        if old != folder and old not in before[:kept]:
            shutil.rmtree(old, ignore_errors=True)


def keep(project: Project) -> None:
    """Keep the copy that is current now when newer ones come: a change of code is about to follow it."""
    found = current(project)
    if found is not None and project.settings.kept_copies:
        (found.file.parent / KEPT).touch()


def kept(project: Project) -> tuple[Published, ...]:
    """The current copy and those that were kept, newest first."""
    found = current(project)
    shelf = project.state / "published"
    folders = sorted((f.parent for f in shelf.glob(f"*/{KEPT}") if not f.parent.is_symlink()), reverse=True)
    others = [f for f in folders if found is None or f != found.file.parent]
    copies = (Published(State.model_validate_json((f / "state.json").read_text()), f / project.warehouse.name)
              for f in others if (f / "state.json").is_file())  # fmt: skip
    return (*([found] if found else []), *copies)


def republish(project: Project, copy: Published, commit: str) -> None:
    """Let an older copy be the last good state again, of `commit`, whose code is what it was built by."""
    folder = copy.file.parent
    state = copy.state.model_copy(update={"commit": commit})
    fresh = folder / "state.json.next"
    fresh.write_text(json.dumps(state.model_dump(mode="json"), indent=1))
    fresh.replace(folder / "state.json")
    _switch(project.state / "published", folder, project.settings.kept_copies)


def columns(project: Project, nodes: Iterable[Node]) -> dict[str, dict[str, str]]:
    """Column -> type of each node in the last good state, by dbt id; nodes that are no table there are left out."""
    with reading(required(project).file) as db:
        stood = {n.unique_id: quoted(n.schema, n.identifier) for n in nodes if n.relation}
        return {uid: columns_of(db, name) for uid, name in stood.items() if exists(db, name)}


def restore(project: Project, nodes: Iterable[Node], copy: Published | None = None) -> tuple[str, ...]:
    """Put tables and views back to the last good state or to another copy, in the one writer's slot; returns which.

    `nodes` come in the order of their reading, so that a view finds what it reads.
    """
    published = copy or required(project)
    wanted = [n for n in nodes if n.relation]
    done = []
    with writing(project.warehouse, project.settings.lock_wait_seconds) as db:
        db.execute(f"attach {literal(str(published.file))} as published (read_only)")
        db.execute("begin")  # all of them or none
        for node in wanted:
            if kept := _kept_as(db, node):
                name = quoted(node.schema, node.identifier)
                kind, text = kept
                _make_room(db, node, kind)
                db.execute(text or f"create or replace table {name} as select * from published.{name}")
                done.append(node.unique_id)
        db.execute("commit")
    return tuple(done)


def _kept_as(db: duckdb.DuckDBPyConnection, node: Node) -> tuple[str, str] | None:
    """`table` or `view` with its text, as the copy has it; None where it has neither."""
    there = f"database_name = 'published' and schema_name = {literal(node.schema)}"
    row = db.execute(
        f"select 'table', '' from duckdb_tables() where {there} and table_name = {literal(node.identifier)} "
        f"union all select 'view', sql from duckdb_views() where {there} and view_name = {literal(node.identifier)}"
    ).fetchone()
    return (str(row[0]), str(row[1])) if row else None


def _make_room(db: duckdb.DuckDBPyConnection, node: Node, kind: str) -> None:
    """Drop what has the name and is of the other kind, and a view, whose text says `create`."""
    name, wanted = quoted(node.schema, node.identifier), literal(node.identifier)
    there = f"database_name = current_database() and schema_name = {literal(node.schema)}"
    if db.execute(f"select 1 from duckdb_views() where {there} and view_name = {wanted}").fetchone():
        db.execute(f"drop view {name}")
    elif (
        kind == "view"
        and db.execute(f"select 1 from duckdb_tables() where {there} and table_name = {wanted}").fetchone()
    ):
        db.execute(f"drop table {name}")
