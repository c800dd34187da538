"""Name the cause of what was seen."""
