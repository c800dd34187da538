"""The one process that runs candidates: reads requests as JSON lines, answers each with one line.

Started by `agents.sandbox.client` with a synthesised environment and limits already set. A request
is `{"do": name, ...}`; an answer is `{"ok": value}` or `{"error": text}`.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from agents import dbt
from agents.sandbox.stage import Stage, lock_down, world
from agents.warehouse import fingerprint


def write(stage: Stage, files: dict[str, str | None]) -> bool:
    """Put files (relative to the dbt project) into the sandbox's copy; None removes."""
    for path, text in files.items():
        file = stage.project / path
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
    return True


def compile_models(stage: Stage, select: list[str]) -> dict[str, Any]:
    """Compiled SQL by dbt id, or the error that stopped dbt."""
    result = dbt.invoke(
        "compile", stage.project, profiles_dir=stage.folder, artifacts=stage.folder, select=select,
        options=("--no-populate-cache",),
    )  # fmt: skip
    failed = next((o.message for o in result.failures), None)
    return {"sql": {o.unique_id: o.compiled for o in result.outcomes if o.compiled}, "error": result.error or failed}


def build(stage: Stage, select: list[str], exclude: list[str]) -> dict[str, Any]:
    """Build and test; outcome of every node, and the content of every relation built."""
    manifest = dbt.parse(stage.project, profiles_dir=stage.folder, artifacts=stage.folder)
    _defuse(manifest)
    result = dbt.invoke(
        "build", stage.project, profiles_dir=stage.folder, artifacts=stage.folder,
        select=select, exclude=exclude, manifest=manifest,
    )  # fmt: skip
    built = {o.unique_id: manifest.nodes[o.unique_id] for o in result.outcomes if o.status == "success"}
    relations = {uid: node.relation_name for uid, node in built.items() if getattr(node, "relation_name", None)}
    return {
        "error": result.error,
        "outcomes": [
            {"id": o.unique_id, "status": o.status, "message": o.message, "path": o.path} for o in result.outcomes
        ],
        "fingerprints": _fingerprints(stage, {u: r for u, r in relations.items() if r}),
    }


def _defuse(manifest: Any) -> None:
    """No hooks, no writing outside the catalog, and sources only from inside it."""
    for uid in [u for u, n in manifest.nodes.items() if str(n.resource_type) == "operation"]:
        del manifest.nodes[uid]
    for node in manifest.nodes.values():
        config = node.config
        if hasattr(config, "pre_hook"):
            config.pre_hook, config.post_hook = [], []
        if getattr(config, "materialized", "") == "external":
            config.materialized = "table"
    for source in manifest.sources.values():
        for holder in (source.meta, source.source_meta, getattr(source.config, "meta", None)):
            for key in ("external_location", "plugin"):
                if holder:
                    holder.pop(key, None)


def _fingerprints(stage: Stage, relations: dict[str, str]) -> dict[str, Any]:
    db = duckdb.connect(str(stage.warehouse))
    try:
        lock_down(db, stage.files)
        return {uid: fingerprint(db, relation).model_dump() for uid, relation in relations.items()}
    finally:
        db.close()


def evaluate(stage: Stage, sql: str, views: list[list[str]]) -> dict[str, Any]:
    """Content of a query in a world that holds just these views (schema, table, query)."""
    try:
        with world(stage, {(schema, table): query for schema, table, query in views}) as db:
            types = {str(n): str(t) for n, t, *_ in db.execute(f"describe {sql}").fetchall()}
            return {"fingerprint": fingerprint(db, f"({sql}\n)").model_dump(), "types": types, "error": None}
    except duckdb.Error as error:
        return {"fingerprint": None, "types": {}, "error": str(error)}


REQUESTS: dict[str, Callable[..., Any]] = {
    "write": write,
    "compile": compile_models,
    "build": build,
    "evaluate": evaluate,
}


def main() -> None:
    """Serve until standard input ends; dbt's own printing goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    described = json.loads(sys.argv[1])
    import dbt.adapters.duckdb
    import dbt.cli.main  # noqa: F401  # the slowest part of the first request, done while the stager works

    stage = Stage(Path(described["folder"]), described["catalog"], described["files"])
    for line in sys.stdin:
        request = json.loads(line)
        name = request.pop("do")
        try:
            answer = {"ok": REQUESTS[name](stage, **request)}
        except Exception as error:  # the caller decides what a failed request means
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
