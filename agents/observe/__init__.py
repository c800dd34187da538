"""See what changed since the last good state."""
