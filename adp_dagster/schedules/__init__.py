"""Schedules, a file for each rhythm."""
