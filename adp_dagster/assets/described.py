"""Rows, columns and column lineage of what a build made, read from the warehouse once for all tables."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from adp_dagster.translator import Layers
from agents import lineage
from agents.errors import AdpError
from agents.project import Project
from agents.warehouse import quoted, reading

Types = dict[str, dict[str, dict[str, str]]]
"""Catalog -> `schema.table`, lower case -> column -> type."""


def described(
    events: Iterable[Any], project: Project, content: Mapping[str, Any], target: Path, warn: Callable[[str], object]
) -> Iterator[Any]:
    """The events of a dbt call that has ended; those of tables and views with what is known about them.

    In place of dagster-dbt's `fetch_row_counts` and `fetch_column_metadata`, which keep a processor busy while
    they wait for dbt, ask for each table by itself, and take longer than the build of a project of twenty models.
    """
    waiting = list(events)
    built = [str(event.metadata["unique_id"].value) for event in waiting if isinstance(event, dg.Output)]
    told: dict[str, dict[str, Any]] = {}
    try:
        told = _described([content["nodes"][uid] for uid in built], project, content, target) if built else {}
    except AdpError as error:
        # What was built stays built; to run the step again for its description would build it twice.
        warn(f"Rows and columns of what was built could not be read: {error}")
    for event in waiting:
        if isinstance(event, dg.Output):
            yield event.with_metadata({**event.metadata, **told.get(str(event.metadata["unique_id"].value), {})})
        else:
            yield event


def _described(
    nodes: Iterable[Mapping[str, Any]], project: Project, content: Mapping[str, Any], target: Path
) -> dict[str, dict[str, Any]]:
    results = json.loads((target / "run_results.json").read_bytes())["results"]
    compiled = {r["unique_id"]: r.get("compiled_code") or "" for r in results}
    found = {}
    with reading(project.warehouse, attach=project.attachments) as db:
        types = _types(db)
        schemas = {catalog: lineage.schema_of(known) for catalog, known in types.items()}
        for node in nodes:
            uid, catalog = node["unique_id"], node["database"]
            columns = types.get(catalog, {}).get(_label(node), {})
            known = schemas.get(catalog)
            inputs = lineage.query(compiled[uid], known) if known is not None and compiled.get(uid) else None
            told = {
                "dagster/row_count": _rows(db, node),
                "dagster/column_schema": _schema(node, columns) if columns else None,
                "dagster/column_lineage": _lineage(node, columns, inputs, content) if inputs else None,
            }
            found[uid] = {name: value for name, value in told.items() if value is not None}
    return found


def _label(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node.get('alias') or node.get('identifier')}".lower()


def _types(db: duckdb.DuckDBPyConnection) -> Types:
    types: Types = {}
    rows = db.execute(
        "select database_name, schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where not internal order by database_name, schema_name, table_name, column_index"
    ).fetchall()
    for catalog, schema, table, column, kind in rows:
        types.setdefault(catalog, {}).setdefault(f"{schema}.{table}".lower(), {})[column] = kind
    return types


def _rows(db: duckdb.DuckDBPyConnection, node: Mapping[str, Any]) -> int | None:
    """None for views: to count them may be as much work as all of a build."""
    if node["config"]["materialized"] == "view":
        return None
    relation = quoted(node["database"], node["schema"], node["alias"])
    try:
        row = db.execute(f"select count(*) from {relation}").fetchone()
    except duckdb.Error:  # written elsewhere, as dbt-duckdb's external files are, and not to be read from here
        return None
    return int(row[0]) if row else None


def _schema(node: Mapping[str, Any], types: Mapping[str, str]) -> dg.TableSchema:
    declared = {name.lower(): column for name, column in node["columns"].items()}
    words = {name: declared.get(name.lower(), {}).get("description") or None for name in types}
    return dg.TableSchema([dg.TableColumn(name, kind, description=words[name]) for name, kind in types.items()])


def _lineage(
    node: Mapping[str, Any], types: Mapping[str, str], inputs: lineage.Query, content: Mapping[str, Any]
) -> dg.TableColumnLineage:
    """What each column is made of, in the tables that the model reads; through ephemeral models too."""
    keys = {_label(p): Layers().get_asset_key(p) for p in _read(node, content)}
    made = {
        column: [dg.TableColumnDep(keys[table], cell) for table, cell in sorted(inputs.columns[column.lower()])
                 if table in keys]
        for column in types
        if column.lower() in inputs.columns
    }  # fmt: skip
    return dg.TableColumnLineage(deps_by_column={column: made.get(column, []) for column in types})


def _read(node: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for uid in node["depends_on"]["nodes"]:
        parent = content["nodes"].get(uid) or content["sources"].get(uid)
        if parent is None:
            continue
        if parent.get("config", {}).get("materialized") == "ephemeral":
            yield from _read(parent, content)
        else:
            yield parent
