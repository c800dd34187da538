"""`adp`, and `python -m agents.cli`: where a sandbox will be wanted, its worker starts before all else is imported."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from agents.dbt import collect_seldom


def main() -> None:
    """Entry point of `adp`."""
    collect_seldom()
    if sys.argv[1:2] == ["heal"] and "--help" not in sys.argv:
        _warm_up(sys.argv)
    from agents.cli.main import run  # half a second, for which the worker does not wait

    run()


def _warm_up(arguments: Sequence[str]) -> None:
    """Let a sandbox's worker import dbt while this process does other things; an unusable project is told of later."""
    from agents import settings
    from agents.errors import AdpError
    from agents.project import find
    from agents.sandbox.client import warm_up

    named = [Path(value) for name, value in pairwise(arguments) if name == "--project"]
    named += [Path(a.partition("=")[2]) for a in arguments if a.startswith("--project=")]
    with suppress(AdpError, OSError):
        root = (named[-1] if named else find()).resolve()
        if (root / "dbt_project.yml").is_file():
            warm_up(root, settings.load(root).sandbox)


if __name__ == "__main__":
    main()
