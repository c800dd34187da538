"""Pandera schemas of the landed tables, run as asset checks."""
