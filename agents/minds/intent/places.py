"""What countries and states are called, for columns that hold their codes or names."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from agents.minds.intent.schema import Column
from agents.minds.intent.tokens import stem

_NAMED = {
    "country": ("country", "nation", "market", "nationality", "geo"),
    "state": ("state", "province"),
    "language": ("language", "lang", "locale"),
    "gender": ("gender", "sex"),
}
"""Stems of columns that say so themselves; of others, all values must be codes of one kind."""

_SHORT = {"UK", "USA", "UAE"}
"""Short names that people say; other codes are too often words."""


@cache
def _lists() -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    kind = ""
    for line in (Path(__file__).parent / "places.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            calls = tuple(word.replace("_", " ") for word in line.split())
            found.setdefault(kind, {}).update({called.lower(): calls for called in calls})
    return found


def called(column: Column) -> dict[str, tuple[str, ...]]:
    """Value -> what else people call it; nothing for a column of other values.

    >>> called(Column(name="ship_to", values=("DE", "FR")))["DE"][-2:]
    ('Germany', 'German')
    >>> called(Column(name="answer", values=("NO", "YES")))
    {}
    """
    values = [v for v in column.values if isinstance(v, str)]
    for kind, places in _lists().items():
        known = [v for v in values if v.lower() in places]
        says = any(stem(word) in column.stems for word in _NAMED[kind])
        if known and (
            len(known) == len(values) if _coded(values) and not says else says and len(known) * 2 >= len(values)
        ):
            least = 3 if kind == "gender" else 4
            return {v: tuple(c for c in places[v.lower()] if len(c) >= least or c in _SHORT) for v in known}
    return {}


def _coded(values: Sequence[str]) -> bool:
    """Several short words in capitals; one alone is more often something else."""
    return len(values) > 1 and all(v.isupper() and len(v) <= 3 for v in values)
