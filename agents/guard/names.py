"""Names in SQL that the layers of SQL agree on: which functions may be called, which relations read."""

import re

from agents.guard.context import Context
from agents.guard.finding import Finding, shown
from agents.guard.functions import TABLE_FUNCTIONS, every_function, scalar_functions

_PLAIN = re.compile(r"\w[\w \-$]{0,127}")
_FILE = re.compile(
    r"(csv|tsv|txt|json|ndjson|jsonl|geojson|parquet|arrow|feather|ipc|db|ddb|duckdb|sqlite|xlsx|xls|gz|zst|bz2|lz4|avro"
    r"|orc|yml|yaml|toml|ini|env|pem|key|md|py|sql|sh|log)",
    re.IGNORECASE,
)
_SYSTEM = re.compile(r"(duckdb|pragma|sqlite|pg)_.*", re.IGNORECASE)
_CATALOGS = ("information_schema", "pg_catalog", "system", "temp")
FUNCTIONS = "functions of DuckDB that compute from their arguments, and macros that the project's texts call already"
RELATIONS = "ref(), source(), and relations with plain names, no files and no system tables"


def function_findings(name: str, context: Context, *, table: bool = False) -> list[Finding]:
    """What speaks against calling a function, among the values or in place of a table."""
    word = name.lower()
    own = word in context.functions and word not in every_function()
    if own or word in (TABLE_FUNCTIONS if table else scalar_functions()):
        return []
    return [Finding(f"the function {shown(name)}{' in place of a table' if table else ''}",
                    ", ".join(sorted(TABLE_FUNCTIONS)) if table else FUNCTIONS)]  # fmt: skip


def relation_findings(parts: list[str]) -> list[Finding]:
    """What speaks against reading a relation; `parts` are its catalog, schema and name, as far as they are written.

    DuckDB takes a name that it does not know for a file, a quoted one and one like `orders.csv`, and for a variable
    of the Python process.
    """
    label = ".".join(parts)
    lowered = [part.lower() for part in parts]
    if not all(_PLAIN.fullmatch(part) for part in parts) or len(parts) > 3:
        return [Finding(f"the relation {shown(label)}", RELATIONS)]
    if len(parts) > 1 and _FILE.fullmatch(parts[-1]):
        return [Finding(f"the relation {shown(label)}, which names a file", RELATIONS)]
    if _SYSTEM.fullmatch(lowered[-1]) or any(part in _CATALOGS for part in lowered[:-1]):
        return [Finding(f"the system relation {shown(label)}", RELATIONS)]
    return []
