"""Stand-ins for what only dbt knows, and which values cannot be told without it."""

from collections.abc import Iterable, Iterator
from typing import Any

RELATION, UNKNOWN = "adp_relation", "adp_unknown"
"""A relation of the project, and a word that only dbt knows. What a macro writes is `adp_unknown_N`."""


class Unknown(str):
    """A text that only dbt knows; as a part of a query it is a plain name. Nothing follows from comparing it."""

    __slots__ = ()

    def __getattr__(self, name: str) -> "Unknown":
        if name.startswith("_") or name in ("unsafe_callable", "alters_data", "contextfunction", "jinja_pass_arg"):
            raise AttributeError(name)
        return Unknown(UNKNOWN)

    def __getitem__(self, key: Any) -> "Unknown":
        return Unknown(UNKNOWN)

    def __call__(self, *args: Any, **kwargs: Any) -> "Unknown":
        return Unknown(UNKNOWN)

    def __iter__(self) -> Iterator["Unknown"]:
        return iter((Unknown(UNKNOWN),))


def is_unknown(value: Any) -> bool:
    """Whether the value, or anything in it, depends on what only dbt knows."""
    if isinstance(value, str):
        return isinstance(value, Unknown) or UNKNOWN in value or RELATION in value
    if isinstance(value, dict):
        return any(is_unknown(part) for pair in value.items() for part in pair)
    return isinstance(value, list | tuple | set) and any(map(is_unknown, value))


class Package:
    """`package.macro(...)`: what a package has, and nothing else."""

    def __init__(self, names: Iterable[str], macro: Any) -> None:
        vars(self).update(dict.fromkeys(names, macro))
