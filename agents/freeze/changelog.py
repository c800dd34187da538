"""The changelog beside the lock: one line for each version of an asset, oldest first."""

from collections.abc import Iterable

from agents.contracts import Frozen

CHANGELOG = "adp_changelog.md"
HEADER = "# Versions of frozen assets\n\nOne line a version, oldest first.\n\n"


def with_lines(text: str | None, frozen: Iterable[Frozen], why: str) -> str:
    """The changelog with a line for each of the versions."""
    said = " ".join(why.split())
    return with_remarks(
        text, (f"{f.frozen_at:%Y-%m-%d} `{f.asset}` {f.version} (was {f.parent}), {f.author}: {said}" for f in frozen)
    )


def with_remarks(text: str | None, remarks: Iterable[str]) -> str:
    """The changelog with a line for each remark."""
    start = text if text and text.strip() else HEADER
    return start + ("" if start.endswith("\n") else "\n") + "".join(f"- {remark}\n" for remark in remarks)
