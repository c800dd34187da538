"""The rows that a model was last published with, in a file of their own: what its kept version is held against, and
what it reads where it is a dated snapshot. The published copies that they come from are thrown away in time."""

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from agents import lock
from agents.contracts import Fingerprint
from agents.graph import Node
from agents.project import Project
from agents.published import Published, State
from agents.warehouse import exists, fingerprint, literal, quoted, reading, writing

ROWS, ABOUT = "adp_rows", "adp_about"


@dataclass(frozen=True)
class Rows:
    """One relation as it was published."""

    file: Path
    state: State
    """Of the copy that it is from."""
    stored: str
    """`table` or `view`."""
    schema: str
    table: str
    """Where they stand in a warehouse as a dated snapshot."""

    def fingerprint(self) -> Fingerprint:
        """Their content."""
        with reading(self.file) as db:
            return fingerprint(db, ROWS)

    def put(self, warehouse: Path, wait_seconds: float = 60) -> None:
        """Let the rows be a table of a warehouse, whole or not at all."""
        with writing(warehouse, wait_seconds) as db:
            db.execute(f"attach {literal(str(self.file))} as adp_kept (read_only)")
            db.execute("begin")
            db.execute(f"create schema if not exists {quoted(self.schema)}")
            db.execute(f"create or replace table {quoted(self.schema, self.table)} as select * from adp_kept.{ROWS}")
            db.execute("commit")


def kept_rows(project: Project, name: str) -> Rows | None:
    """The rows kept under a name; None where there are none."""
    file = _shelf(project) / f"{name}.duckdb"
    if not file.is_file():
        return None
    with reading(file) as db:
        row = db.execute(f'select state, stored, "schema", "table" from {ABOUT}').fetchone()
    assert row is not None
    return Rows(file, State.model_validate_json(row[0]), *map(str, row[1:]))


def keep_rows(project: Project, name: str, node: Node, copy: Published) -> Rows | None:
    """Keep what a published copy holds of a node; None where it holds nothing of it."""
    shelf = _shelf(project)
    shelf.mkdir(parents=True, exist_ok=True)
    fresh, relation = shelf / f"{name}.duckdb.next", quoted(node.schema, node.identifier)
    fresh.unlink(missing_ok=True)
    with reading(copy.file) as db:
        if not exists(db, relation):
            return None
        table = db.execute(
            f"select 1 from duckdb_tables() where database_name = {literal(copy.file.stem)} "
            f"and schema_name = {literal(node.schema)} and table_name = {literal(node.identifier)}"
        ).fetchone()
        db.execute(f"attach {literal(str(fresh))} as adp_kept")
        db.execute(f"create table adp_kept.{ROWS} as select * from {relation}")
        place = [node.schema, f"{name}_{copy.state.published_at:%Y%m%d}"]
        said = (copy.state.model_dump_json(), "table" if table else "view", *place)
        names = ("state", "stored", '"schema"', '"table"')
        columns = ", ".join(f"{literal(value)} as {name}" for name, value in zip(names, said, strict=True))
        db.execute(f"create table adp_kept.{ABOUT} as select {columns}")
        db.execute("detach adp_kept")
    fresh.replace(shelf / f"{name}.duckdb")
    return kept_rows(project, name)


def share(project: Project, elsewhere: Project) -> None:
    """Let another clone of the project see the rows too, by hard links."""
    if _shelf(project).is_dir():
        shutil.copytree(_shelf(project), _shelf(elsewhere), copy_function=os.link)


def clear_away(project: Project, needed: Collection[str]) -> None:
    """Delete the rows of every name that is not needed."""
    for file in _shelf(project).glob("*.duckdb*"):
        if file.name.partition(".")[0] not in needed:
            file.unlink(missing_ok=True)


def put_back(project: Project) -> None:
    """Put the dated snapshots that frozen code reads into the warehouse where it lacks them; no model makes them."""
    files = [f for f in _shelf(project).glob("*.duckdb") if project.warehouse.is_file()]
    paths = [e.path for e in lock.load(project.root).values()] if files else []
    for file in files:
        declared = any(p.endswith(f"_{file.stem}__source.yml") and (project.root / p).is_file() for p in paths)
        rows = kept_rows(project, file.stem) if declared else None
        if rows is None:
            continue
        with reading(project.warehouse, project.settings.lock_wait_seconds) as db:
            there = exists(db, quoted(rows.schema, rows.table))
        if not there:
            rows.put(project.warehouse, project.settings.lock_wait_seconds)


def _shelf(project: Project) -> Path:
    return project.state / "kept_versions"
