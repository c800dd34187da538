"""The published copy: what people query, and what a repair is compared with."""

from collections.abc import Iterator, Sequence

import dagster as dg

from adp_dagster.resources.platform import Platform
from adp_dagster.resources.warehouse import WRITER_POOL, retried_while_locked
from adp_dagster.translator import rebuild_condition
from agents import published
from agents.build import Audited, audit
from agents.project import Project

DRIFT_CHECK = "no_unexplained_drift"


def published_copy_of(models: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset that audits the sources once all models are built, and publishes where nothing drifted."""

    @dg.asset(
        deps=list(models),
        group_name="published",
        kinds={"duckdb"},
        pool=WRITER_POOL,
        automation_condition=rebuild_condition(),
        check_specs=[
            dg.AssetCheckSpec(
                DRIFT_CHECK,
                asset="published_copy",
                description="Every source means what it meant when the last good state was published.",
            )
        ],
    )
    def published_copy(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[dg.MaterializeResult[None]]:
        """A read-only copy of the last good state of the warehouse; drift that waits leaves the old one."""
        project = platform.project()
        ledger = platform.ledger(project)
        try:
            with retried_while_locked():
                audited = audit(project, ledger)
        finally:
            ledger.close()
        for item in audited.evidence:
            context.log.warning("Not published: %s", item.message)
        yield _result(project, audited)

    return published_copy


def _result(project: Project, audited: Audited) -> dg.MaterializeResult[None]:
    sentences = [item.message for item in audited.evidence]
    drift = dg.MetadataValue.md("\n".join(f"- {sentence}" for sentence in sentences) or "none")
    copy = published.current(project)
    return dg.MaterializeResult(
        metadata={
            "published": audited.published,
            "drift": drift,
            "sources": len(audited.observation.tables),
            "rows_in_sources": sum(table.rows for table in audited.observation.tables),
            "grown": list(audited.observation.grown),
            **({"notified": "; ".join(audited.told)} if audited.told else {}),
            **({"serves": copy.state.published_at.isoformat(), "file": str(copy.file)} if copy else {}),
        },
        check_results=[
            # The run stays successful: nothing failed, but readers keep the state before the drift.
            dg.AssetCheckResult(
                passed=not sentences,
                check_name=DRIFT_CHECK,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"drifted_sources": len(sentences), "drift": drift},
            )
        ],
    )
