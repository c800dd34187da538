"""Every kind of fault, by name: what it is called in the table, and the function that finds a place for it."""

from _scene import Injector

from faults import columns, places, rows, values
from faults.code import CODE
from faults.continued import CONTINUED
from faults.declared import DECLARED
from faults.meaning import MEANING
from faults.unfinished import UNFINISHED
from faults.words import STYLES

DATA: dict[str, Injector] = {
    **{f"rename_{style}": columns.renamed(style) for style in STYLES},
    "rename_back": columns.renamed_back,
    "rename_ambiguous": columns.ambiguous,
    "column_dropped": columns.dropped,
    "columns_swapped": columns.swapped,
    **{f"retyped_{style}": values.retyped(style) for style in values.REWRITES},
    "enum_recoded": values.recoded,
    "unit_changed": values.rescaled,
    "table_renamed": places.table_renamed,
    "table_moved": places.table_moved,
    "duplicate_identical": rows.duplicated,
    "duplicate_conflict": rows.conflicting,
    "null_keys": rows.keyless,
    "orphans": rows.orphaned,
    "key_case": rows.drifted_keys("case"),
    "key_whitespace": rows.drifted_keys("whitespace"),
    "load_truncated": rows.truncated,
    "load_empty": rows.emptied,
    "load_partial": rows.partial_load,
}
CONTROLS: dict[str, Injector] = {
    "control": places.none,
    "column_added": columns.added,
    "lock_brief": places.locked_briefly,
}
OPERATIONS: dict[str, Injector] = {"lock": places.locked}

KINDS: dict[str, Injector] = {
    **CONTROLS, **DATA, **CODE, **CONTINUED, **DECLARED, **UNFINISHED, **MEANING, **OPERATIONS,
}  # fmt: skip
