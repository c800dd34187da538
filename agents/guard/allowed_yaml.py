"""What dbt's property files may hold, as a tree: which keys, and what is under each."""

from typing import Any

NOTE = "note"
"""Words for people, which dbt renders as Jinja."""
FREE = "free"
"""Any nesting of plain values."""
WORDS = "words"
"""A stretch of SQL."""
CONFIG = "config"
"""The configuration of a node; its keys are those of `config()`."""
META = "meta"
TESTS = "tests"
"""A list of generic tests and their arguments."""
QUERY = "query"
"""Rows of a unit test: a list, or a query."""

_CONSTRAINT = {"type": NOTE, "expression": WORDS, "name": NOTE, "columns": FREE, "warn_unenforced": NOTE,
               "warn_unsupported": NOTE, "to": NOTE, "to_columns": FREE}  # fmt: skip
_NAMED: dict[str, Any] = {"name": NOTE, "description": NOTE, "meta": META, "tags": FREE, "docs": FREE, "config": CONFIG}
_COLUMN = {**_NAMED, "data_type": NOTE, "quote": NOTE, "tests": TESTS, "data_tests": TESTS,
           "constraints": [_CONSTRAINT], "granularity": NOTE, "policy_tags": FREE, "dimension": FREE,
           "entity": FREE}  # fmt: skip
_VERSION = {"v": NOTE, "defined_in": NOTE, "description": NOTE, "config": CONFIG, "tests": TESTS, "data_tests": TESTS,
            "constraints": [_CONSTRAINT], "columns": [{**_COLUMN, "include": FREE, "exclude": FREE}], "alias": NOTE,
            "deprecation_date": NOTE, "docs": FREE, "access": NOTE, "latest_version": NOTE}  # fmt: skip
_MODEL = {**_NAMED, "columns": [_COLUMN], "tests": TESTS, "data_tests": TESTS, "constraints": [_CONSTRAINT],
          "access": NOTE, "group": NOTE, "latest_version": NOTE, "versions": [_VERSION], "deprecation_date": NOTE,
          "time_spine": FREE, "primary_key": FREE, "relation": NOTE, "overrides": NOTE}  # fmt: skip
_FRESHNESS = {"warn_after": FREE, "error_after": FREE, "filter": WORDS, "build_after": FREE}
_TABLE = {**_NAMED, "identifier": NOTE, "loaded_at_field": WORDS, "loaded_at_query": "sql", "columns": [_COLUMN],
          "tests": TESTS, "data_tests": TESTS, "freshness": _FRESHNESS, "quoting": FREE, "loader": NOTE}  # fmt: skip
_SOURCE = {**_NAMED, "schema": NOTE, "overrides": NOTE, "loader": NOTE, "loaded_at_field": WORDS,
           "loaded_at_query": "sql", "freshness": _FRESHNESS, "quoting": FREE, "tables": [_TABLE], "tests": TESTS,
           "data_tests": TESTS}  # fmt: skip
_UNIT_TEST = {"name": NOTE, "model": NOTE, "description": NOTE, "config": CONFIG, "overrides": FREE, "versions": FREE,
              "given": [{"input": NOTE, "rows": QUERY, "format": NOTE, "fixture": NOTE}],
              "expect": {"rows": QUERY, "format": NOTE, "fixture": NOTE}}  # fmt: skip
_MACRO = {**_NAMED, "arguments": FREE}
_EXPOSURE = {**_NAMED, "type": NOTE, "owner": FREE, "maturity": NOTE, "url": NOTE, "depends_on": FREE, "label": NOTE,
             "enabled": NOTE}  # fmt: skip
_METRIC = {**_NAMED, "label": NOTE, "type": NOTE, "type_params": FREE, "filter": FREE, "time_granularity": NOTE}

FILE: dict[str, Any] = {
    "version": NOTE, "models": [_MODEL], "seeds": [_MODEL], "snapshots": [_MODEL], "analyses": [_MODEL],
    "sources": [_SOURCE], "unit_tests": [_UNIT_TEST], "macros": [_MACRO], "exposures": [_EXPOSURE],
    "metrics": [_METRIC], "groups": [{**_NAMED, "owner": FREE}], "data_tests": [_MODEL], "tests": [_MODEL],
    "semantic_models": FREE, "saved_queries": FREE, "anchors": FREE,
}  # fmt: skip
"""Not among the keys: hooks, `on-run-start` and `on-run-end`, `external_location`, `plugin`, `database`, `macros:` with
code. What stands under `database` and `meta` is judged where it is met."""

TESTS_OF_DBT = frozenset({"unique", "not_null", "accepted_values", "relationships"})
TEST_KEYS = frozenset({"name", "description", "arguments", "config", "column_name", "test_name"})
LITERAL = frozenset({"values", "to", "field", "columns", "column_names", "combination_of_columns", "severity", "tags"})
"""Arguments of tests that hold names and literals."""
CODE = frozenset({"where", "fail_calc", "warn_if", "error_if", "incremental_predicates", "loaded_at_field"})
"""Configuration that becomes part of a query."""
