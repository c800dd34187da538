"""The changelog beside the lock: one line for each version of an asset, oldest first."""

from collections.abc import Iterable

from agents.contracts import Frozen

CHANGELOG = "adp_changelog.md"
HEADER = "# Versions of frozen assets\n\nOne line a version, oldest first.\n\n"


def with_lines(text: str | None, frozen: Iterable[Frozen], why: str) -> str:
    """The changelog with a line for each of the versions."""
    start = text if text and text.strip() else HEADER
    start += "" if start.endswith("\n") else "\n"
    said = " ".join(why.split())
    return start + "".join(
        f"- {f.frozen_at:%Y-%m-%d} `{f.asset}` {f.version} (was {f.parent}), {f.author}: {said}\n" for f in frozen
    )
