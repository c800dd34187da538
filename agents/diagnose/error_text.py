"""What the words of DuckDB, dbt and the operating system say about a cause."""

import re

from agents.contracts import Cause

PATTERNS: tuple[tuple[Cause, str], ...] = (
    (Cause.lock, r"could not set lock on file|conflicting lock is held|database is locked"),
    (Cause.out_of_memory, r"out of memory|memoryerror|failed to allocate|cannot allocate memory"),
    (Cause.disk_full, r"no space left on device|disk full|max_temp_directory_size|could not write .* temp"),
    (Cause.timeout, r"timed? ?out|deadline exceeded|did not finish .* within"),
    (
        Cause.unknown_macro,
        r"'[\w.]+' is undefined|macro .* not found|depends on a macro named|no materialization '\w+' was found"
        r"|function with name \w+ does not exist",
    ),
    (Cause.cyclic_refs, r"found a cycle|circular reference"),
    (
        Cause.unknown_relation,
        r"depends on a (node|source) named|which is not in the graph|table with name .* does not exist"
        r"|schema with name|referenced table \"[^\"]*\" not found|dbt found two \w+ with the name",
    ),
    (Cause.incremental_schema_change, r"on_schema_change|source and target schemas .* out of sync"),
    (Cause.contract_violated, r"enforced contract|contract that failed"),
    (Cause.ambiguous_column, r"ambiguous reference|is ambiguous"),
    (Cause.missing_group_by, r"must appear in the group by clause|must be part of the group by"),
    (Cause.division_by_zero, r"division by zero|divide by zero"),
    (Cause.unknown_column, r"referenced column .* not found|does not have a column named|column .* does not exist"),
    (
        Cause.invalid_yaml,
        r"while (scanning|parsing) a |mapping values are not allowed|yaml"
        r"|parsing error.*\.yml|error reading .*\.yml|schema file at .* is invalid",
    ),
    (
        Cause.syntax_error,
        r"parser error|syntax error|unexpected .*end of|expected token|unexpected '|reached eof without finding"
        r"|encountered unknown tag|codec can't decode",
    ),
    (Cause.duplicate_keys, r"duplicate key|^unique_|\.unique_|violates (unique|primary key)"),
    (Cause.null_keys, r"not null constraint|^not_null_|\.not_null_"),
    (Cause.orphans, r"relationships_"),
    (Cause.permission, r"permission denied"),
    (Cause.column_retyped, r"conversion error|could not convert string|mismatch type|given name and argument types"),
)
"""In this order: the first that matches names the cause."""

OPERATIONAL = (Cause.lock, Cause.out_of_memory, Cause.disk_full, Cause.timeout)
"""Causes that no change of code may answer."""


def cause_of(message: str) -> Cause:
    """The cause that an error's text names.

    >>> cause_of('Binder Error: Referenced column "amt" not found in FROM clause!').value
    'unknown_column'
    >>> cause_of("something else").value
    'other'
    """
    flat = " ".join(message.split())
    return next((cause for cause, pattern in PATTERNS if re.search(pattern, flat, re.IGNORECASE)), Cause.other)


def line_of(message: str) -> int | None:
    """The line of the file a dbt error points at, or that of the compiled text in DuckDB's.

    >>> line_of("Parser Error: near LINE 12: select")
    12
    """
    found = re.search(r"\bline (\d+)", message, re.IGNORECASE)
    return int(found.group(1)) if found else None
