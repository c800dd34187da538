"""The bundled dbt project, built for real on two months of flights and a small shop."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from adp_dagster.data.catalogue import LANDED
from adp_dagster.data.commerce import PERSONAL, generate
from adp_dagster.data.flights import write_drops
from adp_dagster.data.landing import land
from adp_dagster.data.places import Places

PROJECT = Path(__file__).parents[2] / "dbt_project"
PREFIXES = {"bronze": ("stg_",), "silver": ("int_",), "gold": ("fct_", "dim_")}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse after a whole build in which a warning is an error."""
    folder = tmp_path_factory.mktemp("built")
    places = Places(folder, folder / "warehouse.duckdb")
    write_drops(places.landing, months=[1, 2])
    generate(places.bronze, orders=2_000)
    with duckdb.connect(str(places.warehouse)) as connection:
        for landed in LANDED:
            for drop in places.drops(landed.product) if landed.mode == "drop" else (None,):
                land(connection, places, landed, drop)
    project = folder / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs", "dbt_packages"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ADP_WAREHOUSE", str(places.warehouse))
        where = ["--project-dir", str(project), "--profiles-dir", str(project)]
        try:
            result = dbtRunner().invoke(["--quiet", "--warn-error", "build", *where])
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    failed = [r.node.name for r in result.result or [] if str(r.status) in ("error", "fail", "skipped")]  # type: ignore[union-attr]
    assert result.success, failed or result.exception
    with duckdb.connect(str(places.warehouse), read_only=True) as connection:
        yield connection


def all_of(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row


def test_the_flights_of_two_months_reach_gold(warehouse: duckdb.DuckDBPyConnection) -> None:
    landed = "select count(*), sum(dep_delay), count(*) filter (where dep_time is null) from raw_operations.flights"
    sums = "select sum(scheduled_count), sum(departure_delay_minutes), sum(cancelled_count)"
    assert all_of(warehouse, f"{sums} from gold.fct_departure_delays") == all_of(warehouse, landed)
    assert all_of(warehouse, landed)[0] == 51_955


def test_revenue_is_what_was_ordered_and_not_cancelled(warehouse: duckdb.DuckDBPyConnection) -> None:
    landed = "select count(*), sum(net_amount) * 100 from raw_commerce.orders where status <> 'cancelled'"
    gold = "select sum(order_count), sum(net_cents) from gold.fct_revenue_daily"
    assert all_of(warehouse, gold) == all_of(warehouse, landed)


def test_an_order_is_attributed_if_and_only_if_a_click_came_in_the_14_days_before(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    landed = """
        select count(*) from raw_commerce.orders o
        where o.status <> 'cancelled' and exists (
            select 1 from raw_commerce.marketing_events e
            where e.event_type = 'click' and e.customer_id = o.customer_id
                and e.occurred_at between o.created_at - interval 14 day and o.created_at
        )"""
    attributed = all_of(warehouse, "select sum(order_count) from gold.fct_campaign_attribution")
    assert attributed == all_of(warehouse, landed)
    assert attributed[0] > 100


def test_gold_holds_no_personal_column(warehouse: duckdb.DuckDBPyConnection) -> None:
    personal = {name for columns in PERSONAL.values() for name in columns}
    marked = {
        column["name"]
        for file in PROJECT.glob("models/bronze/*/_*__models.yml")
        for model in yaml.safe_load(file.read_text())["models"]
        for column in model["columns"]
        if column.get("config", {}).get("meta", {}).get("personal")
    }
    columns = warehouse.execute("select column_name from duckdb_columns() where schema_name = 'gold'").fetchall()
    assert not {name for (name,) in columns} & (personal | marked)
    assert marked


def test_every_landed_table_and_column_is_a_described_source(warehouse: duckdb.DuckDBPyConnection) -> None:
    described = {
        (source["schema"], table["name"]): {column["name"] for column in table["columns"]}
        for file in PROJECT.glob("models/bronze/*/_*__sources.yml")
        for source in yaml.safe_load(file.read_text())["sources"]
        for table in source["tables"]
    }
    assert described.keys() == {(landed.schema, landed.table) for landed in LANDED}
    for (schema, table), columns in described.items():
        found = warehouse.execute(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ?", [schema, table]
        ).fetchall()
        assert columns == {name for (name,) in found}, table


def test_personal_columns_are_marked_in_sources_as_in_deliveries() -> None:
    (source,) = yaml.safe_load((PROJECT / "models/bronze/commerce/_commerce__sources.yml").read_text())["sources"]
    for table in source["tables"]:
        marked = {c["name"] for c in table["columns"] if c.get("config", {}).get("meta", {}).get("personal")}
        assert marked == PERSONAL.get(table["name"], frozenset()), table["name"]


def test_models_are_named_for_their_layer_and_say_their_grain() -> None:
    models = list(PROJECT.glob("models/**/*.sql"))
    assert models
    for model in models:
        layer = model.relative_to(PROJECT / "models").parts[0]
        assert model.stem.startswith(PREFIXES[layer]), model
        text = model.read_text()
        assert text.startswith("-- one row per "), model
        assert len(text.splitlines()) < 60, model
        if layer == "bronze":
            assert model.stem.startswith(f"stg_{model.parent.name}__"), model


def test_every_model_is_described_beside_its_sql() -> None:
    for model in PROJECT.glob("models/**/*.sql"):
        (file,) = model.parent.glob("_*__models.yml")
        described = {entry["name"] for entry in yaml.safe_load(file.read_text())["models"]}
        assert model.stem in described
