"""Agreement of a key whose writing changed: are the values that were known still there, each under its own name?"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from agents.warehouse import quoted

KNOWN = 0.98
"""Share of the known values that must be found again, as for rows (`rows_agree.SAME`)."""
MARGIN = 0.2


@dataclass(frozen=True)
class KeyAgreement:
    """Which values of the good state a candidate gives again."""

    known: int
    found: int
    strange: int
    """Values that nobody knew."""
    arrived: int
    """Rows that came since: each may bring one new value."""

    @property
    def share(self) -> float:
        """Known values found again."""
        return self.found / self.known if self.known else 0.0

    @property
    def passed(self) -> bool:
        """Nearly all known values are there, and no more strange ones than new rows explain."""
        return self.share >= KNOWN and self.strange <= self.arrived + (1 - KNOWN) * self.known

    @property
    def score(self) -> float:
        """0 at best: what is missing or strange."""
        return 1 - self.share + max(self.strange - self.arrived, 0) / max(self.known, 1)

    @property
    def words(self) -> str:
        """The figures, for a certificate."""
        return f"{self.found:,} of {self.known:,} known values found, {self.strange:,} unknown ones"


def keys_agree(
    db: duckdb.DuckDBPyConnection, good: str, column: str, now: str, candidates: Mapping[str, str], arrived: int
) -> dict[str, KeyAgreement]:
    """For each candidate (label -> column of `now`): the values of `column` in `good` that it gives again."""
    db.execute(
        f"create or replace temp table known_values as select distinct {quoted(column)}::varchar as v from {good} "
        f"where {quoted(column)} is not null"
    )
    found = {}
    for label, name in candidates.items():
        row = db.execute(
            f"with n as (select distinct {quoted(name)}::varchar as v from {now} where {quoted(name)} is not null) "
            "select (select count(*) from known_values), (select count(*) from known_values where v in (from n)), "
            "(select count(*) from n where v not in (from known_values))"
        ).fetchone()
        assert row is not None
        found[label] = KeyAgreement(row[0], row[1], row[2], arrived)
    return found
