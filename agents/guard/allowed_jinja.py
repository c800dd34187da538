"""What dbt's Jinja may say: names, attributes, filters and configuration that only describe a query."""

CONFIG = frozenset({
    "materialized", "unique_key", "on_schema_change", "incremental_strategy", "schema", "alias", "tags", "enabled",
    "meta", "docs", "description", "contract", "group", "access", "full_refresh", "persist_docs", "indexes", "strategy",
    "updated_at", "check_cols", "target_schema", "invalidate_hard_deletes", "hard_deletes", "dbt_valid_to_current",
    "snapshot_meta_column_names", "severity", "where", "limit", "error_if", "warn_if", "store_failures",
    "store_failures_as", "fail_calc", "event_time", "batch_size", "lookback", "begin", "concurrent_batches",
    "merge_update_columns", "merge_exclude_columns", "incremental_predicates", "quote_columns", "column_types",
    "delimiter", "static_analysis", "freshness", "loaded_at_field", "loaded_at_query", "latest_version", "name",
    "deprecation_date", "sort_by", "partitioned_by",
})  # fmt: skip
"""Keys of a node's configuration. Not among them: hooks, locations, plugins, other databases, headers of SQL."""
MATERIALIZED = frozenset({"table", "view", "incremental", "ephemeral", "snapshot", "materialized_view", "seed", "test"})
PLACES = frozenset({"external_location", "location", "plugin", "pre_hook", "post_hook", "pre-hook", "post-hook"})
"""Keys that dbt-duckdb reads out of `meta`, which otherwise is free."""

VALUES = frozenset({
    "this", "target", "loop", "execute", "invocation_id", "run_started_at", "project_name", "dbt_version", "varargs",
    "kwargs", "caller", "true", "false", "none", "model", "flags",
})  # fmt: skip
CALLS = frozenset({
    "ref", "source", "config", "var", "is_incremental", "range", "namespace", "dict", "zip", "set", "tojson", "doc",
    "return", "should_full_refresh", "model_on_incremental_model",
})  # fmt: skip
ATTRIBUTES = {
    "this": frozenset({"schema", "identifier", "name", "table", "database", "is_table", "is_view"}),
    "target": frozenset({"name", "schema", "database", "type", "profile_name", "threads"}),
    "loop": frozenset({
        "first", "last", "index", "index0", "revindex", "revindex0", "length", "previtem", "nextitem", "cycle", "depth",
        "changed",
    }),
    "model": frozenset({"name", "alias", "schema", "unique_id", "package_name", "path", "resource_type", "tags"}),
    "flags": frozenset({"FULL_REFRESH", "WHICH"}),
    "api": frozenset({"Column"}),
}  # fmt: skip
"""Of the names that dbt brings; values that the text makes itself have any attribute with a plain name."""
METHODS = frozenset({
    "append", "extend", "insert", "update", "items", "keys", "values", "get", "upper", "lower", "strip", "lstrip",
    "rstrip", "replace", "split", "startswith", "endswith", "title", "capitalize", "join", "strftime", "isoformat",
    "count", "index", "pop", "copy", "isdigit", "removeprefix", "removesuffix", "include", "render", "cycle", "changed",
})  # fmt: skip
"""`format` is not among them: its text reaches attributes of its arguments."""
FILTERS = frozenset({
    "join", "list", "map", "select", "reject", "selectattr", "rejectattr", "lower", "upper", "trim", "replace",
    "length", "count", "first", "last", "sort", "unique", "default", "d", "int", "float", "string", "title",
    "capitalize", "abs", "round", "min", "max", "sum", "items", "batch", "slice", "reverse", "tojson", "as_bool",
    "as_text", "as_native", "as_number", "indent", "dictsort", "groupby", "wordcount", "safe",
})  # fmt: skip
TESTS = frozenset({
    "defined", "undefined", "none", "string", "number", "mapping", "sequence", "iterable", "odd", "even",
    "divisibleby", "in", "eq", "equalto", "ne", "lt", "le", "gt", "ge", "true", "false", "boolean", "integer", "float",
    "lower", "upper", "sameas", "==", "!=", "<", "<=", ">", ">=", "greaterthan", "lessthan",
})  # fmt: skip
BROUGHT = VALUES - {"loop", "true", "false", "none", "caller", "varargs", "kwargs"} | CALLS | frozenset({
    "adapter", "api", "builtins", "context", "database", "dbt", "dbt_metadata_envs", "diff_of_two_dicts", "env_var",
    "exceptions", "fromjson", "fromyaml", "graph", "invocation_args_dict", "load_agate_table", "load_result",
    "local_md5", "log", "modules", "post_hooks", "pre_hooks", "print", "render", "run_query", "schemas",
    "selected_resources", "set_strict", "statement", "store_raw_result", "store_result", "submit_python_job",
    "thread_id", "toyaml", "try_or_compiler_error", "validation", "write", "zip_strict", "load_relation", "self",
})  # fmt: skip
"""Names of dbt that a text may not give to something of its own: where it does so in a branch that is not taken,
the name is still dbt's."""
BUILT_IN = frozenset({
    "any_value", "array_append", "array_concat", "array_construct", "bool_or", "cast", "cast_bool_to_text", "concat",
    "current_timestamp", "date", "date_spine", "date_trunc", "dateadd", "datediff", "equals", "escape_single_quotes",
    "except", "generate_series", "get_powers_of_two", "hash", "intersect", "last_day", "length", "listagg", "position",
    "replace", "right", "safe_cast", "snapshot_get_time", "split_part", "string_literal", "type_bigint",
    "type_boolean", "type_float", "type_int", "type_numeric", "type_string", "type_timestamp",
})  # fmt: skip
"""Macros of dbt itself that only write SQL."""
ADAPTER = frozenset({"quote", "dispatch", "get_columns_in_relation", "get_relation"})
"""Methods of `adapter` that read names at most; allowed where the project calls them already."""
