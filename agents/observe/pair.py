"""One column then and now, over the rows whose key the last good state and the source share."""

from dataclasses import dataclass

import duckdb

from agents.contracts import ColumnChange

MINIMUM_ROWS = 10
"""Changed rows below which nothing is said about a rule."""
FOLLOWS = 0.98
"""Share of rows that must follow one rule; the rest may be updates of their own."""
MAJORITY = 0.5
"""Share of rows that a new rule concerns where the rule alone would not be strange: prices do rise by 10%."""


@dataclass(frozen=True)
class Pair:
    """One column then and now."""

    index: int
    name: str
    family: str
    family_now: str
    few: bool = False
    """Had few values in the good state."""
    key: bool = False
    """Identifies or refers to something."""
    own: bool = False
    """The table's own key: nobody rewrites even one of them."""
    personal: bool = False
    rows: int = 0
    changed: int = 0

    @property
    def a(self) -> str:
        """The value then."""
        return f"a{self.index}"

    @property
    def b(self) -> str:
        """The value now."""
        return f"b{self.index}"

    @property
    def share(self) -> float:
        """Rows whose value changed."""
        return self.changed / self.rows if self.rows else 0.0


def text(column: str, family: str) -> str:
    """A value as text; equal numbers and equal moments are equal texts."""
    inner = {"number": f"{column}::double", "moment": f"{column}::timestamp"}.get(family, column)
    return f"{inner}::varchar"


def changed_so(db: duckdb.DuckDBPyConnection, pair: Pair, change: str, words: str) -> ColumnChange:
    """The change in words, with an example where the values are nobody's secret."""
    example = ""
    if not pair.personal and change != "recoded":
        row = db.execute(
            f"select {pair.a}::varchar, {pair.b}::varchar from adp_pairs "
            f"where {pair.a}::varchar <> {pair.b}::varchar order by hash({pair.a}), 1 limit 1"
        ).fetchone()
        example = f" ({row[0]!r} -> {row[1]!r})" if row else ""
    return ColumnChange.model_validate({"name": pair.name, "change": change, "words": words + example})
