"""Judge candidates: one check for each claim, measured in the sandbox, and nothing on trust."""
