"""Seeds whose file changed since the last good state, as dbt itself would load them: types are exactly dbt's."""

import hashlib
import json
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import yaml

from agents import dbt
from agents.contracts import TableProfile
from agents.graph import Graph, Node
from agents.parsed import carry_over
from agents.project import Project
from agents.published import State
from agents.repository import Repository
from agents.warehouse import columns, literal, quoted

HOOKS = ("on-run-start", "on-run-end")
"""They speak of a warehouse that is not there."""
KEPT = "seeds.json"
"""What became of the seeds, in the folder of their tables."""
ABANDONED_SECONDS = 3600
"""Age from which the tables of another commit are cleared away."""


@dataclass(frozen=True)
class Loaded:
    """Where one seed was loaded to."""

    file: Path
    schema: str
    identifier: str
    by_dbt: bool = True
    """False where dbt itself cannot load the file by the types that it takes its columns for."""


@dataclass(frozen=True)
class Seeds:
    """What became of the changed seeds."""

    loaded: Mapping[str, Loaded] = field(default_factory=dict)
    """dbt id -> its table."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """dbt id -> why dbt cannot load the file."""


def changed_since(graph: Graph, good: State) -> list[Node]:
    """The seeds whose file is not that of the good state."""
    return [n for n in graph.nodes.values() if n.kind == "seed" and good.checksums.get(n.unique_id) != n.checksum]


@contextmanager
def changed_seeds(project: Project, graph: Graph, good: State, commit: str) -> Iterator[Seeds]:
    """The seeds of a commit whose file is not that of the good state, loaded into a file to be read in the block.

    Costs one dbt parse for a commit in which a seed changed, and nothing otherwise: what was loaded is kept until the
    next commit or good state. dbt gives files above 1 MiB no checksum of their content; their
    changes are seen once they are in the warehouse.
    """
    changed = changed_since(graph, good)
    if not changed:
        yield Seeds()
        return
    shelf = project.state / "seeds"
    asked = [commit, str(good.published_at), project.target, *sorted(f"{n.unique_id} {n.checksum}" for n in changed)]
    folder = shelf / hashlib.sha256("\n".join(asked).encode()).hexdigest()[:16]
    if not (folder / KEPT).is_file():
        _keep(project, changed, good, commit, folder)
    yield _read(folder)


def _keep(project: Project, changed: list[Node], good: State, commit: str, folder: Path) -> None:
    """Load into a folder that appears whole or not at all, in place of the ones before it."""
    scratch = folder.with_name(f"{folder.name}-{uuid.uuid4().hex[:8]}")
    scratch.mkdir(parents=True)
    try:
        seeds = _load(project, changed, good, commit, scratch)
        shutil.rmtree(scratch / "project", ignore_errors=True)
        kept = {
            "loaded": {uid: [it.file.name, it.schema, it.identifier, it.by_dbt] for uid, it in seeds.loaded.items()},
            "failed": dict(seeds.failed),
        }
        (scratch / KEPT).write_text(json.dumps(kept))
        for left in folder.parent.iterdir():
            if left != scratch and time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        with suppress(OSError):  # another process was first
            scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _read(folder: Path) -> Seeds:
    kept = json.loads((folder / KEPT).read_text())
    loaded = {uid: Loaded(folder / name, *place) for uid, (name, *place) in kept["loaded"].items()}
    return Seeds(loaded, kept["failed"])


def _load(project: Project, changed: list[Node], good: State, commit: str, folder: Path) -> Seeds:
    root, file = folder / "project", folder / f"{project.catalog}.duckdb"
    Repository(project.repo).export(commit, project.prefix, root)
    packages = project.root / "dbt_packages"
    if packages.is_dir() and not (root / "dbt_packages").exists():
        (root / "dbt_packages").symlink_to(packages)
    _configure(project, root, folder, file)
    carry_over(project.artifacts, folder / "dbt", root, folder, project.target)
    done = dbt.invoke(
        "seed",
        root,
        profiles_dir=folder,
        artifacts=folder / "dbt",
        target=project.target,
        select=[n.name for n in changed],
        options=("--full-refresh",),
    )
    failed = {o.unique_id: o.message for o in done.failures}
    tables = _tables(file)
    loaded, missing = {}, done.error or "dbt did not load it"
    for node in changed:
        by_dbt = node.unique_id not in failed
        if not by_dbt and _plainly(file, root / node.path, node, good.table(node.unique_id)):
            del failed[node.unique_id]
            tables.add((node.schema, node.identifier))
        if (node.schema, node.identifier) in tables and node.unique_id not in failed:
            loaded[node.unique_id] = Loaded(file, node.schema, node.identifier, by_dbt)
        else:
            failed.setdefault(node.unique_id, missing)
    return Seeds(loaded, failed)


def _plainly(file: Path, csv: Path, node: Node, before: TableProfile | None) -> bool:
    """Load a file that dbt cannot load with the declared types: each column in its known type if that holds it."""
    read = f"{literal(str(csv))}, header = true, delim = ',', skip = 0, sample_size = -1"
    known = {c.name.lower(): c.type for c in before.columns} if before else {}
    try:
        with duckdb.connect(str(file)) as db:
            db.execute(f"create temp view found as from read_csv({read})")
            db.execute(f"create temp table texts as from read_csv({read}, all_varchar = true)")
            asked = []
            kinds = columns(db, "found")
            if ",".join(kinds) != csv.read_text(errors="replace").partition("\n")[0].strip().replace('"', ""):
                return False  # torn: DuckDB read something else than the header says
            for name, kind in kinds.items():
                c, wanted = quoted(name), known.get(name.lower(), kind)
                lost = db.execute(f"select count(*) from texts where try_cast({c} as {wanted}) is null and {c} <> ''")
                asked.append(f"try_cast(nullif({c}, '') as {kind if lost.fetchall()[0][0] else wanted}) as {c}")
            db.execute(f"create schema if not exists {quoted(node.schema)}")
            name = quoted(node.schema, node.identifier)
            db.execute(f"create or replace table {name} as select {', '.join(asked)} from texts")
    except duckdb.Error:
        return False
    return True


def _configure(project: Project, root: Path, folder: Path, file: Path) -> None:
    settings = yaml.safe_load((root / "dbt_project.yml").read_text())
    kept = {key: value for key, value in settings.items() if key not in HOOKS}
    if kept != settings:
        (root / "dbt_project.yml").write_text(yaml.safe_dump(kept, sort_keys=False))
    output = {"type": "duckdb", "path": str(file), "schema": project.schema, "threads": 1}
    profile = {settings["profile"]: {"target": project.target, "outputs": {project.target: output}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))


def _tables(file: Path) -> set[tuple[str, str]]:
    if not file.is_file():
        return set()
    with duckdb.connect(str(file), read_only=True) as db:
        rows = db.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    return {(str(schema), str(table)) for schema, table in rows}
