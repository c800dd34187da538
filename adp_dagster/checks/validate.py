"""Validate a landed table: every fault at once, counted, with a masked sample of its rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl
from pandera.errors import SchemaErrors

from adp_dagster.checks.expected import Table
from adp_dagster.checks.schema import DROP, EMPTY_SHARE, SHARE, schema_of
from agents.masking import masked_value

SAMPLED = 5
MISSING = "column_in_dataframe"
NOT_UNIQUE = "multiple_fields_uniqueness"
EMPTY = "not_nullable"
WRONG_TYPE = "dtype("


@dataclass(frozen=True)
class Failure:
    """One rule that does not hold."""

    column: str
    """Several names for a rule on the key."""
    what: str
    """A sentence about the column."""
    rows: int
    """Failing rows; 0 where the column itself is missing or of another type."""
    sample: tuple[dict[str, str], ...] = ()
    """Key and value of a few failing rows, masked."""


def failures_in(frame: pl.DataFrame, table: Table, personal: Collection[str] = ()) -> tuple[Failure, ...]:
    """Everything in `frame` that `table` does not allow. Names in `personal` are lower-case."""
    try:
        schema_of(table, frame.schema).validate(frame, lazy=True)
    except SchemaErrors as errors:
        found: dict[tuple[str | None, str], list[int | None]] = {}
        cases = errors.failure_cases
        for column, check, index, case in cases.select("column", "check", "index", "failure_case").iter_rows():
            # A missing column is named by the case; every other rule names its column.
            found.setdefault((case if check == MISSING else column, check), []).append(index)
        return tuple(_failure(frame, table, personal, column, check, rows) for (column, check), rows in found.items())
    return ()


def _failure(
    frame: pl.DataFrame,
    table: Table,
    personal: Collection[str],
    column: str | None,
    check: str,
    rows: Sequence[int | None],
) -> Failure:
    if check == NOT_UNIQUE or column is None:
        name = ", ".join(table.key)
        return Failure(name, f"{name}: not unique.", len(rows), _sample(frame, table, personal, (), rows))
    if check == MISSING:
        return Failure(column, f"{column}: not in the table{_instead(frame, table)}", 0)
    if check.startswith(WRONG_TYPE):
        kind = table.columns[column].kind
        return Failure(column, f"{column}: its type is {frame.schema[column]}, a {kind} column is expected.", 0)
    if check.startswith(SHARE) and check.endswith(EMPTY_SHARE):
        share = f"{column}: {_emptiness(frame, column)}, {check} is allowed{_instead(frame, table)}"
        return Failure(column, share, frame[column].null_count())
    if check.startswith(SHARE):
        return Failure(column, f"{column}: more values than allowed are outside the limits ({check}).", 0)
    rule = "empty, which is not allowed" if check == EMPTY else f"not {check}"
    return Failure(
        column,
        f"{column}: {len(rows):,} values are {rule}.",
        len(rows),
        _sample(frame, table, personal, (column,), rows),
    )


def _instead(frame: pl.DataFrame, table: Table) -> str:
    """Where a renamed column may have gone."""
    unknown = [c for c in frame.columns if c not in table.columns and not c.startswith("_")]
    return f"; columns that nobody expects: {', '.join(unknown)}." if unknown else "."


def _emptiness(frame: pl.DataFrame, column: str) -> str:
    """How empty the column is, in the worst drop where there are drops."""
    empty = pl.col(column).is_null().mean()
    if DROP not in frame.columns:
        return f"{frame.select(empty).item():.1%} empty"
    worst = frame.group_by(DROP).agg(empty).sort(column, DROP, descending=[True, False]).row(0)
    return f"{worst[1]:.1%} empty in drop {worst[0]}"


def _sample(
    frame: pl.DataFrame,
    table: Table,
    personal: Collection[str],
    columns: Sequence[str],
    rows: Sequence[int | None],
) -> tuple[dict[str, str], ...]:
    shown = [c for c in dict.fromkeys((*table.key, *columns)) if c in frame.columns]
    picked = frame.select(shown)[[row for row in rows[:SAMPLED] if row is not None]]
    return tuple(
        {name: masked_value(value, personal=name.lower() in personal) for name, value in row.items()}
        for row in picked.iter_rows(named=True)
    )
