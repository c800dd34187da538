"""The one process that runs candidates: reads requests as JSON lines, answers each with one line.

Started by `agents.sandbox.client` with a synthesised environment and limits already set. A request
is `{"do": name, ...}`, `enter` first; an answer is `{"ok": value}` or `{"error": text}`.
"""

import json
import os
import select
import shutil
import sys
import time
from collections.abc import Callable
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import duckdb

from agents import dbt
from agents.dbt import collect_seldom, prepare
from agents.errors import FinalError
from agents.parsed import carry_over
from agents.sandbox.manifest import asks_warehouse, defuse, forget, parsed
from agents.sandbox.seccomp import confine
from agents.sandbox.stage import GOOD, Stage, opened, world
from agents.text import as_bytes, as_text
from agents.warehouse import columns, exists, fingerprint, literal, quoted, unbounded, without_value

FOLDER = "adp-worker-"
"""How the name of the folder begins in which `agents.sandbox.client` starts a worker."""


def enter(described: dict[str, Any]) -> Stage:
    """Work in this sandbox from now on."""
    forget()
    stage = Stage.of(described)
    os.chdir(stage.folder)
    os.environ["HOME"] = str(stage.folder)
    carry_over(stage.brought, stage.folder, stage.project, stage.folder, stage.target)
    return stage


def write(stage: Stage, files: dict[str, str | None]) -> bool:
    """Put files (relative to the dbt project) into the sandbox's copy; None removes."""
    forget()
    for path, text in files.items():
        file = stage.project / path
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(as_bytes(text))
    return True


def compile_models(stage: Stage, select: list[str]) -> dict[str, Any]:
    """Compiled SQL and what failed by dbt id, or the error that stopped dbt; `places` are schema and table of each.

    `fixed` are the texts that say the same whatever the warehouse holds: no macro of theirs asks it.
    """
    try:
        manifest = parsed(stage)
    except FinalError as error:
        return {"sql": {}, "failed": {}, "fixed": {}, "places": {}, "error": str(error)}
    defuse(manifest, stage.catalog, moved=True)
    result = dbt.invoke(
        "compile", stage.project, profiles_dir=stage.folder, artifacts=stage.folder, target=stage.target, select=select,
        options=("--no-populate-cache",), manifest=manifest,
    )  # fmt: skip
    failed = {o.unique_id: o.message for o in result.failures}
    found = {o.unique_id: o.compiled for o in result.outcomes if o.compiled}
    fixed = {uid: sql for uid, sql in found.items() if not asks_warehouse(manifest, manifest.nodes[uid])}
    places = {uid: [manifest.nodes[uid].schema, manifest.nodes[uid].alias] for uid in found}
    return {"sql": found, "failed": failed, "fixed": fixed, "places": places, "error": result.error}


def read(stage: Stage, paths: list[str]) -> dict[str, str | None]:
    """Text of files in the sandbox's copy; None where there is none."""
    files = {path: stage.project / path for path in paths}
    return {path: as_text(file.read_bytes()) if file.is_file() else None for path, file in files.items()}


def reset(stage: Stage, relations: list[list[str]], fresh: bool = False) -> bool:
    """Put tables that continue (schema, identifier) back to the last good state; away if `fresh` or it has none."""
    with opened(stage) as db:
        for schema, identifier in relations:
            name = quoted(schema, identifier)
            _drop(db, schema, identifier)
            if not fresh and exists(db, f"{quoted(GOOD)}.{name}"):
                db.execute(f"create table {name} as select * from {quoted(GOOD)}.{name}")
    return True


def place(stage: Stage, schema: str, table: str, query: str) -> bool:
    """Let a source say something else: a view over the catalogs GOOD and NOW under its name."""
    with opened(stage) as db:
        db.execute(f"create or replace view {quoted(schema, table)} as {query}")
    return True


def parse(stage: Stage) -> str | None:
    """Why dbt cannot parse the project; None where it can."""
    try:
        parsed(stage)
    except FinalError as error:
        return str(error)
    return None


def tests(stage: Stage, unique_id: str) -> list[dict[str, Any]]:
    """Name, column and parents of every test that reads a node. Raises FinalError where dbt cannot parse."""
    manifest = parsed(stage)
    nodes = [n for n in manifest.nodes.values() if str(n.resource_type) == "test" and unique_id in n.depends_on.nodes]
    return [
        {"name": n.name, "column": getattr(n, "column_name", None) or "", "parents": list(n.depends_on.nodes)}
        for n in nodes
    ]


def show(stage: Stage, relations: list[list[str]], catalog: str) -> bool:
    """Let relations (schema, identifier) be what another catalog (GOOD or NOW) holds, where it has them."""
    with opened(stage) as db:
        for schema, identifier in relations:
            name = quoted(schema, identifier)
            if not exists(db, f"{quoted(catalog)}.{name}"):
                continue
            _drop(db, schema, identifier)
            db.execute(f"create view {name} as select * from {quoted(catalog)}.{name}")
    return True


def _drop(db: duckdb.DuckDBPyConnection, schema: str, identifier: str) -> None:
    """Take a relation of the sandbox away; it may be a table, or a view of what another catalog holds."""
    kinds = db.execute(
        "select table_type from information_schema.tables "
        f"where table_catalog = current_database() and table_schema = {literal(schema)} "
        f"and table_name = {literal(identifier)}"
    ).fetchall()
    for (kind,) in kinds:
        db.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {quoted(schema, identifier)}")


def build(stage: Stage, select: list[str], exclude: list[str], named_tests: bool = False) -> dict[str, Any]:
    """Build and test; outcome of every node, and the content of every relation built.

    Every test of what is built runs, or with `named_tests` those alone that are selected themselves.
    """
    try:
        manifest = parsed(stage)
    except FinalError as error:
        return {"error": str(error), "outcomes": [], "fingerprints": {}, "types": {}, "unbounded": {}, "nulls": {}}
    defuse(manifest, stage.catalog)
    result = dbt.invoke(
        "build", stage.project, profiles_dir=stage.folder, artifacts=stage.folder, target=stage.target,
        select=select, exclude=exclude, manifest=manifest,
        options=("--indirect-selection", "empty") if named_tests else (),
    )  # fmt: skip
    built = {o.unique_id: manifest.nodes[o.unique_id] for o in result.outcomes if o.status == "success"}
    relations = {uid: node.relation_name for uid, node in built.items() if getattr(node, "relation_name", None)}
    prints, types, numbers, nulls, unreadable = _fingerprints(stage, {u: r for u, r in relations.items() if r})
    return {
        "error": result.error,
        "outcomes": [
            {
                "id": o.unique_id,
                "status": "error" if o.unique_id in unreadable else o.status,
                "message": unreadable.get(o.unique_id, o.message),
                "path": o.path,
                "seconds": o.seconds,
                "compiled": o.compiled,
            }
            for o in result.outcomes
        ],
        "fingerprints": prints,
        "types": types,
        "unbounded": numbers,
        "nulls": nulls,
    }


def _fingerprints(
    stage: Stage, relations: dict[str, str]
) -> tuple[
    dict[str, Any], dict[str, dict[str, str]], dict[str, dict[str, int]], dict[str, tuple[str, ...]], dict[str, str]
]:
    """Content, types, numbers without bounds and columns without a value of each relation; errors of those that break
    when they are queried."""
    prints: dict[str, Any] = {}
    types: dict[str, dict[str, str]] = {}
    numbers: dict[str, dict[str, int]] = {}
    nulls: dict[str, tuple[str, ...]] = {}
    unreadable: dict[str, str] = {}
    with opened(stage) as db:
        for uid, relation in relations.items():
            try:
                prints[uid] = fingerprint(db, relation).model_dump()
                types[uid] = columns(db, relation)
                numbers |= {uid: found} if (found := unbounded(db, relation)) else {}
                nulls[uid] = without_value(db, relation)[1]
            except duckdb.Error as error:
                unreadable[uid] = f"built, but cannot be queried: {error}"
    return prints, types, numbers, nulls, unreadable


def evaluate(stage: Stage, sql: str, views: list[list[str]]) -> dict[str, Any]:
    """Content of a query in a world that holds just these views (schema, table, query)."""
    try:
        with world(stage, {(schema, table): query for schema, table, query in views}) as db:
            begun = time.monotonic()
            types = {str(n): str(t) for n, t, *_ in db.execute(f"describe {sql}").fetchall()}
            content = fingerprint(db, f"({sql}\n)").model_dump()
            return {"fingerprint": content, "types": types, "error": None, "seconds": time.monotonic() - begun}
    except duckdb.Error as error:
        return {"fingerprint": None, "types": {}, "error": str(error), "seconds": 0.0}


REQUESTS: dict[str, Callable[..., Any]] = {
    "write": write,
    "place": place,
    "read": read,
    "parse": parse,
    "tests": tests,
    "reset": reset,
    "show": show,
    "compile": compile_models,
    "build": build,
    "evaluate": evaluate,
}


def main() -> None:
    """Serve until standard input ends; dbt's own printing goes to standard error."""
    started_in = Path.cwd()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    collect_seldom()
    prepare(lambda: bool(select.select([0], [], [], 0)[0]))  # until the first request is there
    collect_seldom()  # of what was imported meanwhile
    resource_tracker.ensure_running()  # dbt's locks want it, and from here on no process can be started
    confine()
    stage: Stage | None = None
    for line in sys.stdin:
        request = json.loads(line)
        name = request.pop("do")
        try:
            if name == "enter":
                stage = enter(request["described"])
            answer = {"ok": name == "enter" or REQUESTS[name](stage, **request)}
        except Exception as error:  # the caller decides what a failed request means
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    if started_in.name.startswith(FOLDER):
        shutil.rmtree(started_in, ignore_errors=True)  # where the caller was killed, nobody else does


if __name__ == "__main__":
    main()
