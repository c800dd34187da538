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
EDIT = ("failure_reproduced", "failure_gone", "tests_pass", "results_identical", "rows_kept", "rollback_rehearsed")
"""What every change that answers an edit, and takes nothing of it back, claims."""
OLD_DELIVERY = "old_delivery_identical"
NEW_DELIVERY = "new_delivery_identical"
