"""Claims that several kinds of change share; each kind declares its own in its file."""

REPAIR = (
    "failure_reproduced",
    "column_agrees",
    "rivals_rejected",
    "failure_gone",
    "tests_pass",
    "unaffected_identical",
    "types_unchanged",
    "run_time_kept",
    "rows_kept",
    "rollback_rehearsed",
)
"""What every change to how a source is read claims."""
OLD_DELIVERY = "old_delivery_identical"
NEW_DELIVERY = "new_delivery_identical"
