"""The landed tables: one asset for each table of the catalogue that the served project reads."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource

from adp_dagster.data.catalogue import LANDED, Landed
from adp_dagster.data.flights import YEAR
from adp_dagster.data.landing import Loaded, land
from adp_dagster.data.places import Places
from adp_dagster.manifest import Manifest
from adp_dagster.resources.warehouse import WRITER_POOL, retried_while_locked
from agents.errors import UsageError
from agents.project import Project
from agents.warehouse import columns, quoted

MONTHS = dg.MonthlyPartitionsDefinition(start_date=f"{YEAR}-01", end_date=f"{YEAR + 1}-01", fmt="%Y-%m")
"""Keys are the names of the drops."""


def read_by(manifest: Manifest) -> list[Landed]:
    """Tables of the catalogue that are sources of this project; none of a project that is not the bundled one."""
    sources = {(s["source_name"], s["name"], s["schema"]) for s in manifest.content["sources"].values()}
    return [landed for landed in LANDED if (landed.product, landed.table, landed.schema) in sources]


def key_of(landed: Landed) -> dg.AssetKey:
    """The key that dbt's source has too."""
    return dg.AssetKey([landed.product, landed.table])


def landing_asset(landed: Landed, project: Project) -> dg.AssetsDefinition:
    """The asset that loads one table with the warehouse's own reader, as it was delivered."""
    with warnings.catch_warnings():
        # Backfill policies are in beta, and nothing else makes one run of many months.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _asset(landed, project)


def _asset(landed: Landed, project: Project) -> dg.AssetsDefinition:
    drops = landed.mode == "drop"

    @dg.asset(
        key=key_of(landed),
        description=f"`{landed.relation}`, as the data product `{landed.product}` delivers it: "
        + ("a drop of new rows each month." if drops else "whole, each time."),
        group_name="sources",
        owners=[landed.owner],
        kinds={"duckdb", "csv" if landed.monthly else "parquet"},
        partitions_def=MONTHS if drops else None,
        # Months share one run: each load takes a moment, each run would take seconds to start.
        backfill_policy=dg.BackfillPolicy.single_run() if drops else None,
        pool=WRITER_POOL,
        metadata={"dagster/table_name": f"{project.catalog}.{landed.relation}"},
    )
    def table(context: dg.AssetExecutionContext, warehouse: DuckDBResource) -> Iterator[dg.MaterializeResult[None]]:
        names = list(context.partition_keys) if drops else [None]
        project.warehouse.parent.mkdir(parents=True, exist_ok=True)
        with retried_while_locked(), _clear_errors(), warehouse.get_connection() as db:
            loads = [land(db, Places.from_env(), landed, name) for name in names]
            for name, load in zip(names, loads, strict=True):
                if name is not None:
                    context.add_asset_metadata(
                        {"dagster/partition_row_count": load.rows, **_changes(load)}, partition_key=name
                    )
            yield dg.MaterializeResult(metadata=_state(db, landed) | ({} if drops else _changes(loads[-1])))

    return table


@contextmanager
def _clear_errors() -> Iterator[None]:
    """A delivery that is missing or unusable fails with its sentence; landing it again changes nothing."""
    try:
        yield
    except UsageError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _state(db: duckdb.DuckDBPyConnection, landed: Landed) -> dict[str, dg.MetadataValue]:
    relation = quoted(landed.schema, landed.table)
    kinds = columns(db, relation)
    (rows,) = db.execute(f"select count(*) from {relation}").fetchone() or (0,)
    schema = dg.TableSchema([dg.TableColumn(name, kind) for name, kind in kinds.items()])
    return {
        "dagster/row_count": dg.MetadataValue.int(rows),
        "dagster/column_schema": dg.MetadataValue.table_schema(schema),
    }


def _changes(load: Loaded) -> dict[str, dg.MetadataValue]:
    """What about the delivery was not as before."""
    return {
        "added_columns": dg.MetadataValue.json(list(load.added_columns)),
        "missing_columns": dg.MetadataValue.json(list(load.missing_columns)),
        "widened_columns": dg.MetadataValue.json(list(load.widened)),
    }
