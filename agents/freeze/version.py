"""Which version a change makes: by what readers of the table find in it."""

from collections.abc import Mapping

FIRST = "1.0.0"
"""What a person's own text counts as before its first repair."""


def kind_of(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> str:
    """`major` where a column is gone or has another type, `minor` where one is new, else `patch`.

    Both are column -> type; None where the asset is no table, or is not known as one.

    >>> kind_of({"id": "BIGINT"}, {"id": "BIGINT", "city": "VARCHAR"})
    'minor'
    >>> kind_of({"id": "BIGINT"}, {"id": "VARCHAR"})
    'major'
    """
    if before is None or after is None:
        return "patch"
    if any(after.get(name) != kind for name, kind in before.items()):
        return "major"
    return "minor" if after.keys() - before.keys() else "patch"


def following(version: str, kind: str) -> str:
    """The next version.

    >>> following("1.4.2", "minor")
    '1.5.0'
    """
    major, minor, patch = parts(version)
    if kind == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if kind == "minor" else f"{major}.{minor}.{patch + 1}"


def parts(version: str) -> tuple[int, int, int]:
    """The three numbers, which compare as versions do.

    >>> parts("1.10.0") > parts("1.9.9")
    True
    """
    major, minor, patch = (int(n) for n in version.split("."))
    return major, minor, patch
