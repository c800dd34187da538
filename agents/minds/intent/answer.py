"""What a request asks for, in the schema's own names."""

from typing import Any, Literal

from pydantic import Field

from agents.contracts import Record

Aggregation = Literal["sum", "avg", "count", "count_distinct", "min", "max", "median"]
Grain = Literal["hour", "day", "week", "month", "quarter", "year"]
Op = Literal["=", "!=", ">", ">=", "<", "<=", "in", "not in", "between"]
Scalar = bool | int | float | str

ADVERB = {"hour": "hourly", "day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly",
          "year": "yearly"}  # fmt: skip
"""Grain -> `temporal_granularity`."""


class ColumnRef(Record):
    """A column of the schema."""

    table: str
    column: str


class Metric(Record):
    """A figure: an aggregation of a column, or of a table's rows."""

    name: str
    """What the request calls it."""
    aggregation: Aggregation
    table: str
    column: str | None
    """None: the table's rows are counted."""


class Filter(Record):
    """A condition that every row meets."""

    table: str
    column: str
    op: Op
    value: Scalar | list[Scalar]
    """A list for `in` and `not in`, [low, high] (both included) for `between`."""


class TimeRange(Record):
    """Days as ISO dates, both included; None is an open end."""

    from_: str | None = Field(alias="from")
    to: str | None


class Order(Record):
    """`by` is the name of a metric, the column of a dimension, or the grain."""

    by: str
    desc: bool


class Bindings(Record):
    """The request in names that exist in the schema."""

    metrics: list[Metric] = []
    dimensions: list[ColumnRef] = []
    grain: Grain | None = None
    filters: list[Filter] = []
    time_range: TimeRange | None = None
    order: list[Order] = []
    limit: int | None = Field(default=None, ge=1)
    time_column: ColumnRef | None = Field(default=None, exclude=True)
    """What grain and time range are of; for callers in Python, not part of the JSON."""


class Intent(Record):
    """A request, bound to a schema; what the schema cannot answer is in `unknown`, and only there."""

    business_metrics: list[str] = []
    entities: list[str] = []
    temporal_granularity: str | None = None
    filters: list[str] = []
    business_terms: list[str] = []
    """Words of the request that no name in the schema has, understood by the glossary."""
    confidence_score: float = Field(default=0.0, ge=0, le=1)
    """The chance that all of this is right, `unknown` included."""
    bindings: Bindings = Bindings()
    unknown: list[str] = []

    def as_json(self) -> dict[str, Any]:
        """The object that `adp minds intent --json` prints."""
        return self.model_dump(mode="json", by_alias=True)


def condition(one: Filter) -> str:
    """A filter as a person would write it.

    >>> condition(Filter(table="orders", column="status", op="in", value=["new", "it's"]))
    "status in ('new', 'it''s')"
    """
    if isinstance(one.value, list):
        shown = [_shown(v) for v in one.value]
        return f"{one.column} {one.op} " + (" and ".join(shown) if one.op == "between" else f"({', '.join(shown)})")
    return f"{one.column} {one.op} {_shown(one.value)}"


def _shown(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else "'" + value.replace("'", "''") + "'"
