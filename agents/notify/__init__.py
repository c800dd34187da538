"""Telling people what waits for them: who, what, when, and over which channel."""
