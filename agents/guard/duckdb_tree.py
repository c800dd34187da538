"""The layer of DuckDB's own parser: the same lists over the tree of the program that will run the text."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb

from agents.guard.context import Context
from agents.guard.finding import Finding, shown
from agents.guard.names import function_findings, relation_findings
from agents.warehouse import literal

ONE_QUERY = "one SELECT, with its CTEs and set operations"
_STRANGE = {"SHOW_REF": "a description of the warehouse", "PARAMETER": "a parameter", "COLUMN_DATA": "given rows",
            "DELIM_GET": "an internal table"}  # fmt: skip


def duckdb_findings(text: str, path: str, context: Context) -> tuple[Finding, ...]:
    """What DuckDB would do with `text` beyond reading relations and computing."""
    tree = serialised(text)
    if isinstance(tree, str):
        return (Finding(f"DuckDB does not take it for a query: {shown(tree, 160)}", ONE_QUERY),)
    if len(tree) != 1:
        return (Finding(f"{len(tree)} statements", ONE_QUERY),)
    return tuple(tree_findings(tree, context))


def tree_findings(tree: Any, context: Context) -> Iterator[Finding]:
    """The findings in a tree of DuckDB."""
    for node in _dicts(tree):
        kind, sort = node.get("type"), node.get("class")
        if kind == "TABLE_FUNCTION":
            called = node["function"]
            yield from function_findings(called.get("function_name", "?"), context, table=True)
            node["function"] = {**called, "function_name": ""}
        elif node.get("function_name") and not node.get("is_operator"):
            yield from function_findings(node["function_name"], context)
        elif kind == "BASE_TABLE":
            parts = [node.get("catalog_name"), node.get("schema_name"), node.get("table_name")]
            yield from relation_findings([p for p in parts if p])
        else:
            yield from (Finding(_STRANGE[w], ONE_QUERY) for w in (kind, sort) if isinstance(w, str) and w in _STRANGE)


def serialised(text: str) -> list[Any] | str:
    """DuckDB's tree of each statement, or its words why there is none."""
    if "\0" in text:
        return "a NUL character"
    row = _parser().execute(f"select json_serialize_sql({literal(text)})").fetchone()
    answer = json.loads(row[0]) if row else {"error": True}
    if answer.get("error"):
        return str(answer.get("error_message") or "no message")
    return list(answer["statements"])


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A connection that holds nothing, and can reach nothing."""
    db = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
    db.execute("set enable_external_access = false")
    db.execute("set lock_configuration = true")
    return db


def _dicts(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
