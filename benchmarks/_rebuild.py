"""Build a commit from nothing but raw data, and compare every model with what it should hold."""

import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pydantic import TypeAdapter

from agents import dbt
from agents.contracts import Fingerprint
from agents.graph import Graph
from agents.parsed import carry_over
from agents.project import Project
from agents.repository import Repository
from agents.warehouse import columns, exists, fingerprint, literal, quoted, reading

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL")
MOMENTS = ("DATE", "TIMESTAMP")
BUILT = ("model", "snapshot", "seed")


@dataclass(frozen=True)
class Expected:
    """What one relation holds where nothing is broken; columns that differ from build to build are left out."""

    schema: str
    identifier: str
    types: dict[str, str]
    content: Fingerprint


Answer = dict[str, Expected]
"""By dbt id."""

_ANSWER = TypeAdapter(Answer)


def save(answer: Answer, file: Path) -> None:
    """Keep an answer beside the good state."""
    file.write_bytes(_ANSWER.dump_json(answer))


def load(file: Path) -> Answer:
    """An answer that was kept."""
    return _ANSWER.validate_json(file.read_bytes())


def raw_tables(db: duckdb.DuckDBPyConnection, graph: Graph, catalog: str) -> list[tuple[str, str]]:
    """Tables of a warehouse that dbt did not make: schema and name."""
    made = {(n.schema.lower(), n.identifier.lower()) for n in graph.relations() if n.kind in BUILT}
    rows = db.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ? order by all", [catalog]
    ).fetchall()
    return [(s, t) for s, t in rows if (s.lower(), t.lower()) not in made and not s.endswith("dbt_test__audit")]


def keep_raw(project: Project, graph: Graph, into: Path) -> None:
    """Copy the raw tables of a project's warehouse into a file of their own."""
    into.unlink(missing_ok=True)
    with duckdb.connect() as db:  # whole names: a file may be called as one of its schemas is
        db.execute(f"attach {literal(str(project.warehouse))} as adp_from (read_only)")
        db.execute(f"attach {literal(str(into))} as adp_into")
        for schema, table in raw_tables(db, graph, "adp_from"):
            db.execute(f"create schema if not exists {quoted('adp_into', schema)}")
            names = quoted("adp_into", schema, table), quoted("adp_from", schema, table)
            db.execute(f"create table {names[0]} as from {names[1]}")


@dataclass(frozen=True)
class Rebuilt:
    """A build from scratch: its file, and the failures in dbt's words."""

    file: Path
    error: str


@contextmanager
def rebuilt(project: Project, commit: str, raw: Path, folder: Path, warm: Path | None = None) -> Iterator[Rebuilt]:
    """Check `commit` out into `folder`, put the raw tables there, and let plain dbt build it without tests.

    `warm` is a folder of dbt's artifacts of much the same project. Everything is removed at the end.
    """
    shutil.rmtree(folder, ignore_errors=True)
    try:
        repo = folder / "repo"
        Repository(project.repo).export(commit, "", repo)
        _untracked(project, repo)
        file = repo / project.warehouse.relative_to(project.repo)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(raw, file)
        artifacts = folder / "artifacts"
        inside = project.profiles_dir.is_relative_to(project.repo)
        profiles = repo / project.profiles_dir.relative_to(project.repo) if inside else project.profiles_dir
        if warm:
            carry_over(warm, artifacts, repo / project.prefix, profiles, project.target)
        done = dbt.invoke(
            "build",
            repo / project.prefix,
            profiles_dir=profiles,
            artifacts=artifacts,
            target=project.target,
            options=("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        )
        failures = [f"{f.unique_id}: {f.message}" for f in done.failures]
        yield Rebuilt(file, done.error or "\n".join(failures))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _untracked(project: Project, repo: Path) -> None:
    """Packages and profiles that people often keep out of git."""
    for place in (project.root / "dbt_packages", project.profiles_dir / "profiles.yml"):
        if place.is_relative_to(project.repo) and place.exists():
            target = repo / place.relative_to(project.repo)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copytree(place, target) if place.is_dir() else shutil.copyfile(place, target)


def answer(file: Path, graph: Graph) -> Answer:
    """What every model and snapshot of a built warehouse holds."""
    found: Answer = {}
    with reading(file) as db:
        for node in graph.relations():
            name = quoted(file.stem, node.schema, node.identifier)
            if node.kind in ("model", "snapshot") and node.materialized != "ephemeral" and exists(db, name):
                content = fingerprint(db, name)
                found[node.unique_id] = Expected(node.schema, node.identifier, columns(db, name), content)
    return found


def without_volatile(first: Answer, second: Answer, file: Path) -> Answer:
    """`first` without the columns that `second`, a build of the same bytes, has otherwise; `file` holds `first`."""
    kept: Answer = {}
    with reading(file) as db:
        for uid, one in first.items():
            other = second[uid].content.columns
            types = {c: t for c, t in one.types.items() if other.get(c) == one.content.columns[c]}
            content = fingerprint(db, _selected(file, one, types, types))
            kept[uid] = Expected(one.schema, one.identifier, types, content)
    return kept


def elsewhere(expected: Answer, file: Path) -> Answer:
    """The same relations and columns as another warehouse holds them."""
    with reading(file) as db:
        return {
            uid: Expected(
                one.schema,
                one.identifier,
                one.types,
                fingerprint(db, _selected(file, one, one.types, columns(db, _name(file, one)))),
            )
            for uid, one in expected.items()
        }


def differences(file: Path, expected: Answer, only: Collection[str] | None = None) -> dict[str, str]:
    """dbt id -> how a relation of `file` differs from the expected; columns that came in addition are no difference."""
    found = {}
    with reading(file) as db:
        for uid, one in expected.items():
            if only is None or uid in only:
                try:
                    words = _difference(db, file, one)
                except duckdb.Error as error:  # a view over what is no longer there
                    words = str(error).splitlines()[0]
                if words:
                    found[uid] = words
    return found


def _difference(db: duckdb.DuckDBPyConnection, file: Path, expected: Expected) -> str:
    name = _name(file, expected)
    if not exists(db, name):
        return "not built"
    have = {c.lower(): t for c, t in columns(db, name).items()}
    lost = [c for c in expected.types if c.lower() not in have]
    if lost:
        return f"without {', '.join(lost)}"
    if not expected.types:
        return ""
    retyped = [c for c, t in expected.types.items() if not _alike(t, have[c.lower()])]
    if retyped:
        return f"other type of {', '.join(retyped)}"
    content = fingerprint(db, _selected(file, expected, expected.types, have))
    if content == expected.content:
        return ""
    moved = [c for c, h in expected.content.columns.items() if content.columns[c] != h]
    return f"{content.rows} rows for {expected.content.rows}; differs in {', '.join(moved) or 'how columns line up'}"


def _alike(one: str, other: str) -> bool:
    families = (NUMBERS, MOMENTS)
    return one == other or any(one.startswith(f) and other.startswith(f) for f in families)


def _name(file: Path, one: Expected) -> str:
    return quoted(file.stem, one.schema, one.identifier)


def _selected(file: Path, one: Expected, types: Mapping[str, str], have: Mapping[str, str]) -> str:
    """The expected columns as a subquery, each in its expected type: a sum may be wider and still be equal."""
    lower = {c.lower(): t for c, t in have.items()}
    parts = [
        quoted(c) if lower[c.lower()] == t else f"cast({quoted(c)} as {t}) as {quoted(c)}" for c, t in types.items()
    ]
    return f"(select {', '.join(parts) or '1 as one'} from {_name(file, one)})"


def described(found: Mapping[str, str]) -> str:
    """Differences in one line, for the results file."""
    return json.dumps(dict(list(found.items())[:4]))[:400] if found else ""
