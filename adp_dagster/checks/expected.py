"""What a landed table should look like, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["whole", "number", "text", "moment", "day", "flag"]


@dataclass(frozen=True)
class Column:
    """What is allowed in one column."""

    kind: Kind
    """Width does not matter: a month without rain makes whole numbers of inches."""
    least: float | None = None
    most: float | None = None
    values: tuple[str, ...] = ()
    """All that may occur; empty allows any."""
    like: str = ""
    """A regular expression for the whole text."""
    empty: float = 0.0
    """The largest share of empty values, in every drop by itself."""
    outliers: float = 0.0
    """The largest share outside `least` and `most`, where the source is known to have some."""


@dataclass(frozen=True)
class Table:
    """What is allowed in one table."""

    key: tuple[str, ...]
    """Columns that name a row, together unique."""
    columns: Mapping[str, Column]


def whole(least: float | None = None, most: float | None = None, *, empty: float = 0.0) -> Column:
    """Whole numbers between two limits, both allowed."""
    return Column("whole", least, most, empty=empty)


def number(
    least: float | None = None, most: float | None = None, *, empty: float = 0.0, outliers: float = 0.0
) -> Column:
    """Numbers between two limits, both allowed."""
    return Column("number", least, most, empty=empty, outliers=outliers)


def text(*values: str, like: str = "", empty: float = 0.0) -> Column:
    """Text: one of the values, or like the expression."""
    return Column("text", values=values, like=like, empty=empty)


def moment(*, empty: float = 0.0) -> Column:
    """A point in time."""
    return Column("moment", empty=empty)


def day(*, empty: float = 0.0) -> Column:
    """A date."""
    return Column("day", empty=empty)


def flag(*, empty: float = 0.0) -> Column:
    """True or false."""
    return Column("flag", empty=empty)
