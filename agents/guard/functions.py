"""DuckDB's functions that compute from their arguments and reach nothing else."""

import re
from functools import cache

REVIEWED = "1.5.5"
"""The version of DuckDB whose functions were gone through; those that a later one brings are not allowed by this."""
_REACHING = re.compile(
    r"__internal_.*|current_(setting|query|query_id|connection_id|transaction_id|role|user)|getvariable|getenv|user"
    r"|session_user|nextval|currval|write_log|parse_duckdb_log_message|sleep_ms|pg_(?!typeof$|size_pretty$).*|has_.*"
    r"|inet_.*|json_(de)?serialize_(sql|plan)|json_execute_.*|col_description|obj_description|shobj_description"
    r"|txid_current|setseed|read_.*|parquet_.*|glob|sniff_csv|query|query_table|duckdb_.*|pragma_.*|get_block_size"
    r"|in_search_path|finalize|combine|stats|vector_type|map_to_pg_oid|sql_auto_complete|.*_secret.*|current_schemas"
)
"""Functions of DuckDB that reach files, settings, variables, sequences, logs, privileges or the session, or wait."""
TABLE_FUNCTIONS = frozenset({
    "unnest", "range", "generate_series", "repeat_row", "json_each", "json_tree", "flatten", "regexp_split_to_table",
    "generate_subscripts", "histogram_values",
})  # fmt: skip
SYNTAX = frozenset({
    "unnest", "columns", "cast", "try_cast", "extract", "coalesce", "ifnull", "exists", "case", "in", "any", "all",
    "some", "array", "struct", "row", "list", "overlay", "grouping", "grouping_id", "if", "iff", "try", "collate",
    "operator", "count_if", "group_concat", "rowid", "over", "filter", "values", "decimal", "numeric", "varchar",
    "char", "nvl", "interval", "union", "map", "enum", "bit", "time", "timestamp", "float", "date", "concat_null",
    "add", "subtract", "multiply", "divide", "mod",
})  # fmt: skip
"""What is called like a function and is part of the language."""


@cache
def scalar_functions() -> frozenset[str]:
    """Lower-case names of functions over values, aggregates and windows included.

    Empty but for the language itself with a DuckDB that nobody has reviewed: what is not known is not allowed.
    """
    import duckdb

    if duckdb.__version__ != REVIEWED:
        return SYNTAX
    return frozenset(n for n in _there("'scalar', 'aggregate', 'macro'") if not _REACHING.fullmatch(n)) | SYNTAX


@cache
def every_function() -> frozenset[str]:
    """Lower-case names of whatever DuckDB itself can call: none of them is a macro of somebody's warehouse."""
    return _there("'scalar', 'aggregate', 'macro', 'table', 'table_macro', 'pragma'")


def _there(kinds: str) -> frozenset[str]:
    import duckdb

    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as db:
        rows = db.execute(
            f"select distinct lower(function_name) from duckdb_functions() where function_type in ({kinds})"
        )
        return frozenset(str(name) for (name,) in rows.fetchall())
