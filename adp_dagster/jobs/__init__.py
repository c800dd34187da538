"""Jobs: what is run together."""
