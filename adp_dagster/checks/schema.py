"""The Pandera schema of a table: types, ranges, allowed values, uniqueness and shares of empty values."""

from collections.abc import Callable

import pandera.polars as pa
import polars as pl

from adp_dagster.checks.expected import Column, Kind, Table

DROP = "_drop"
SHARE = "at most "
"""Starts the name of a rule on a whole column, which has no failing row of its own."""
EMPTY_SHARE = "empty"
"""Ends it where empty values are what is limited."""

Rule = Callable[[pl.Expr], pl.Expr]

CANONICAL: dict[Kind, pl.DataType] = {
    "whole": pl.Int64(),
    "number": pl.Float64(),
    "text": pl.String(),
    "moment": pl.Datetime("us"),
    "day": pl.Date(),
    "flag": pl.Boolean(),
}


def schema_of(table: Table, found: pl.Schema) -> pa.DataFrameSchema:
    """The schema for a table that was found to have these types.

    A column of the wrong type gets no further rule: one cause, one message.
    """
    columns = {}
    for name, column in table.columns.items():
        if name in found and not _fits(column.kind, found[name]):
            columns[name] = pa.Column(CANONICAL[column.kind], nullable=True)
        else:
            columns[name] = pa.Column(checks=_rules(column, DROP in found), nullable=column.empty > 0)
    key = list(table.key) if all(name in found for name in table.key) else None
    return pa.DataFrameSchema(columns, unique=key)


def _fits(kind: Kind, dtype: pl.DataType) -> bool:
    if kind == "whole":
        return dtype.is_integer()
    if kind == "number":
        return dtype.is_numeric()
    if kind == "moment":
        return isinstance(dtype, pl.Datetime)
    return dtype == CANONICAL[kind]


def _rules(column: Column, by_drop: bool) -> list[pa.Check]:
    rules = []
    if column.least is not None or column.most is not None:
        name = _range_name(column.least, column.most)
        if column.outliers:
            rules.append(_of_column(_inside(column), column.outliers, f"not {name}", by_drop))
        else:
            rules.append(_of_rows(_inside(column), name))
    if column.values:
        rules.append(_of_rows(lambda value: value.is_in(list(column.values)), f"one of {', '.join(column.values)}"))
    if column.like:
        rules.append(_of_rows(lambda value: value.str.contains(f"^(?:{column.like})$"), f"like {column.like}"))
    if 0 < column.empty < 1:
        rules.append(_of_column(lambda value: value.is_not_null(), column.empty, EMPTY_SHARE, by_drop))
    return rules


def _range_name(least: float | None, most: float | None) -> str:
    if least is None or most is None:
        return f"{least:g} or more" if least is not None else f"{most:g} or less"
    return f"{least:g} to {most:g}"


def _inside(column: Column) -> Rule:
    def inside(value: pl.Expr) -> pl.Expr:
        # Money is decimal, limits are floats.
        x = value.cast(pl.Float64)
        above = pl.lit(True) if column.least is None else x >= column.least
        return above if column.most is None else above & (x <= column.most)

    return inside


def _of_rows(holds: Rule, name: str) -> pa.Check:
    """A rule for each row; an empty value is the business of another rule."""

    def check(data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(holds(pl.col(data.key)).fill_null(True))

    return pa.Check(check, name=name)


def _of_column(holds: Rule, limit: float, what: str, by_drop: bool) -> pa.Check:
    """The largest share of rows for which `holds` fails, in each drop: a year would hide a bad month."""

    def check(data: pa.PolarsData) -> pl.LazyFrame:
        share = (~holds(pl.col(data.key)).fill_null(True)).mean().alias("share")
        shares = data.lazyframe.group_by(DROP).agg(share) if by_drop else data.lazyframe.select(share)
        return shares.select((pl.col("share").max() <= limit).fill_null(True))

    return pa.Check(check, name=f"{SHARE}{limit:.1%} {what}")
