"""The Pandera schemas as asset checks of the landed tables."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from adp_dagster.assets.landing import key_of
from adp_dagster.checks import commerce, fleet, operations, weather
from adp_dagster.checks.expected import Table
from adp_dagster.data.catalogue import Landed
from adp_dagster.manifest import Manifest
from adp_dagster.resources.platform import Platform
from adp_dagster.resources.warehouse import WRITER_POOL, retried_while_locked
from agents import lock
from agents.errors import UsageError
from agents.project import Project
from agents.warehouse import columns, quoted, reading

if TYPE_CHECKING:
    import polars as pl

    from adp_dagster.checks.validate import Failure

EXPECTED: dict[str, Mapping[str, Table]] = {
    "operations": operations.TABLES,
    "fleet": fleet.TABLES,
    "weather": weather.TABLES,
    "commerce": commerce.TABLES,
}


def schema_check(landed: Landed, manifest: Manifest) -> dg.AssetChecksDefinition:
    """The check of one landed table. It blocks nothing: what a fault means downstream, dbt's tests decide."""
    table = EXPECTED[landed.product][landed.table]
    source = next(
        s
        for s in manifest.content["sources"].values()
        if (s["source_name"], s["name"]) == (landed.product, landed.table)
    )
    personal = personal_columns(source)

    @dg.asset_check(
        asset=key_of(landed),
        name="schema",
        description="Types, ranges, allowed values, unique keys and shares of empty values, by Pandera.",
        pool=WRITER_POOL,
        blocking=False,
    )
    def schema(platform: Platform) -> dg.AssetCheckResult:
        # Pandera and Polars take seconds to import, which only this step should pay.
        from adp_dagster.checks.validate import failures_in

        begun = time.monotonic()
        project = platform.project()
        with retried_while_locked():
            frame = read(project, landed, source["unique_id"])
        failures = failures_in(frame, table, personal)
        return result(frame.height, failures, time.monotonic() - begun)

    return schema


def personal_columns(source: Mapping[str, object]) -> frozenset[str]:
    """Lower-case names of columns that dbt's meta calls personal."""
    described = source.get("columns")
    assert isinstance(described, dict)
    return frozenset(
        name.lower()
        for name, column in described.items()
        if {**(column.get("meta") or {}), **((column.get("config") or {}).get("meta") or {})}.get("personal")
    )


def read(project: Project, landed: Landed, source_id: str) -> "pl.DataFrame":
    """The table, a column that was delivered under several names as one, where a frozen repair says so.

    Raises dg.Failure where nothing was landed yet.
    """
    relation = quoted(landed.schema, landed.table)
    renamed = lock.aliases(lock.load(project.root).values()).get(source_id, {})
    try:
        with reading(project.warehouse, project.settings.lock_wait_seconds) as db:
            names = {name.lower(): name for name in columns(db, relation)}
            return db.execute(f"select {_one_name_each(names, renamed)} from {relation}").pl()
    except UsageError as error:
        raise dg.Failure(str(error)) from error


def _one_name_each(names: Mapping[str, str], renamed: Mapping[str, Sequence[str]]) -> str:
    chosen, used = [], set[str]()
    for column, others in renamed.items():
        present = [names[n.lower()] for n in (column, *others) if n.lower() in names]
        if present:
            chosen.append(f"coalesce({', '.join(quoted(n) for n in present)}) as {quoted(column)}")
            used.update(present)
    return ", ".join([*chosen, *(quoted(name) for name in names.values() if name not in used)])


def result(rows: int, failures: Sequence["Failure"], seconds: float) -> dg.AssetCheckResult:
    """What the check says, with the failing rows counted and a masked sample of them."""
    sentences = "\n".join(f"- {failure.what}" for failure in failures)
    return dg.AssetCheckResult(
        passed=not failures,
        # Not an error: what it means for the tables people read, dbt's tests and the audit decide.
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(failure.what for failure in failures) or f"{rows:,} rows are as expected.",
        metadata={
            "rows": rows,
            "failed_rules": len(failures),
            "failing_rows": sum(failure.rows for failure in failures),
            "failures": dg.MetadataValue.md(sentences or "none"),
            "sample": dg.MetadataValue.md(_tables(failures) or "none"),
            "seconds": round(seconds, 2),
        },
    )


def _tables(failures: Sequence["Failure"]) -> str:
    drawn = []
    for failure in failures:
        if failure.sample:
            names = list(failure.sample[0])
            lines = [f"| {' | '.join(row[name].replace('|', ' ') for name in names)} |" for row in failure.sample]
            head = f"**{failure.column}**\n\n| {' | '.join(names)} |\n|{'---|' * len(names)}"
            drawn.append("\n".join([head, *lines]))
    return "\n\n".join(drawn)
