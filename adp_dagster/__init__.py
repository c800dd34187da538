"""The Dagster code location: everything that runs the loop, and the data it runs on."""
