"""Thin resources over the foundation in `agents`."""
