"""`python -m agents.cli` is `adp`."""

from agents.cli.main import main

main()
