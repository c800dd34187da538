"""Quality over time: what share of the checks holds, how empty the sources are, and how fresh the tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import dagster as dg

from adp_dagster.charts import line_chart
from adp_dagster.resources.platform import Platform
from adp_dagster.translator import rebuild_condition
from agents.ledger import Ledger

PASSED_SHARE = "checks_passed_share"
SHOWN = 30
"""Measurements in a chart."""
LINES = 8
"""Sources in a chart: those with the most empty values."""


def data_quality_of(
    tables: Sequence[dg.AssetKey], checks: Sequence[dg.AssetCheckKey], relations: Sequence[str]
) -> dg.AssetsDefinition:
    """The asset that measures quality after each audit; Dagster draws its numbers over time.

    `relations` are the sources as `schema.table`.
    """

    @dg.asset(
        deps=["published_copy"],
        group_name="published",
        automation_condition=rebuild_condition(),
        description="Share of checks that pass, null shares of the sources and freshness, kept over time.",
    )
    def data_quality(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[None]]:
        outcomes = check_outcomes(context.instance, checks)
        ages = hours_since(context.instance, tables, datetime.now(UTC))
        ledger = platform.ledger()
        try:
            history = {relation: ledger_history(ledger, relation) for relation in relations}
        finally:
            ledger.close()
        shares = {relation: line[-1][1] for relation, line in history.items() if line}
        passed = share_passed(outcomes.values())
        yield dg.MaterializeResult(
            metadata={
                "checks": len(outcomes),
                "checks_failing": [key.to_user_string() for key, ok in sorted(outcomes.items()) if not ok],
                **({PASSED_SHARE: passed} if passed is not None else {}),
                **({"oldest_table_hours": max(ages.values())} if ages else {}),
                **({"null_share": sum(shares.values()) / len(shares)} if shares else {}),
                **{f"null_share/{relation}": share for relation, share in shares.items()},
                "checks_over_time": dg.MetadataValue.md(_checks_chart(context, passed)),
                "null_shares_over_time": dg.MetadataValue.md(_nulls_chart(history)),
            }
        )

    return data_quality


def check_outcomes(instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]) -> dict[dg.AssetCheckKey, bool]:
    """Whether each check passed when it last ran; checks that never ran are left out."""
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    outcomes = {}
    for key, record in latest.items():
        evaluation = record.evaluation
        if isinstance(evaluation, dg.AssetCheckEvaluation):  # a check that a run under way has yet to make is planned
            outcomes[key] = evaluation.passed
    return outcomes


def share_passed(outcomes: Iterable[bool]) -> float | None:
    """Passed of all that ran; None where none ran, which is not the same as all failing.

    >>> share_passed([True, True, False, True])
    0.75
    """
    counted = list(outcomes)
    return sum(counted) / len(counted) if counted else None


def hours_since(instance: dg.DagsterInstance, tables: Sequence[dg.AssetKey], now: datetime) -> dict[dg.AssetKey, float]:
    """Hours since each table was last written; tables that never were are left out."""
    ages = {}
    for key, event in instance.get_latest_materialization_events(list(tables)).items():
        if event is not None:
            ages[key] = round((now.timestamp() - event.timestamp) / 3600, 3)
    return ages


def ledger_history(ledger: Ledger, relation: str) -> list[tuple[datetime, float]]:
    """When each audit measured the source, and its share of empty values; oldest first."""
    return [(row["taken_at"], row["null_share"]) for row in ledger.quality(relation)[-SHOWN:]]


def _checks_chart(context: dg.AssetExecutionContext, now: float | None) -> str:
    records = context.instance.fetch_materializations(context.asset_key, limit=SHOWN - 1).records
    line: list[tuple[str, float | None]] = []
    for record in reversed(records):
        made = record.asset_materialization
        value = made.metadata.get(PASSED_SHARE) if made else None
        at = datetime.fromtimestamp(record.timestamp, UTC)
        line.append((f"{at:%m-%d %H:%M}", float(str(value.value)) if value else None))
    line.append(("now", now))
    return line_chart("Share of checks that pass", [at for at, _ in line], {"passed": [v for _, v in line]})


def _nulls_chart(history: Mapping[str, Sequence[tuple[datetime, float]]]) -> str:
    measured = {relation: line for relation, line in history.items() if line}
    if not measured:
        return "Nothing was audited yet."
    times = sorted({at for line in measured.values() for at, _ in line})[-SHOWN:]
    most = sorted(measured, key=lambda relation: -measured[relation][-1][1])[:LINES]
    series = {relation: [dict(measured[relation]).get(at) for at in times] for relation in most}
    return line_chart("Share of empty values", [f"{at:%m-%d %H:%M}" for at in times], series)
