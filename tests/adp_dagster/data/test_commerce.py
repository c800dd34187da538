"""The shop's generated tables."""

import filecmp
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from adp_dagster.data.commerce import PERSONAL, TABLES, generate, redeliver
from agents.errors import UsageError


@pytest.fixture(scope="module")
def bronze(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bronze")
    generate(folder, orders=2_000)
    return folder


@pytest.fixture
def shop(bronze: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for table in TABLES:
        connection.execute(f"create view {table} as from '{bronze}/{table}/{table}.parquet'")
    return connection


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]


def metadata(bronze: Path, table: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((bronze / table / "_metadata.json").read_text())
    return found


def test_the_same_size_and_seed_make_the_same_bytes(bronze: Path, tmp_path: Path) -> None:
    generate(tmp_path, orders=2_000)
    names = [f"{table}/{file}" for table in TABLES for file in (f"{table}.parquet", "_metadata.json")]
    assert filecmp.cmpfiles(bronze, tmp_path, names, shallow=False) == (names, [], [])


def test_another_seed_makes_other_rows(bronze: Path, tmp_path: Path) -> None:
    generate(tmp_path, orders=2_000, seed=8)
    assert metadata(tmp_path, "orders")["statistics"] != metadata(bronze, "orders")["statistics"]


def test_keys_are_unique_and_point_somewhere(shop: duckdb.DuckDBPyConnection) -> None:
    for table, key in {"orders": "order_id", "customers": "customer_id", "support_tickets": "ticket_id"}.items():
        assert one(shop, f"select count(*) - count(distinct {key}) from {table}") == 0
    assert one(shop, "select count(*) from orders anti join customers using (customer_id)") == 0
    assert one(shop, "select count(*) from orders anti join products using (product_id)") == 0
    assert one(shop, "select count(*) from marketing_events anti join marketing_campaigns using (campaign_id)") == 0


def test_nobody_orders_before_signing_up(shop: duckdb.DuckDBPyConnection) -> None:
    early = "select count(*) from orders o join customers c using (customer_id) where o.created_at <= c.created_at"
    assert one(shop, early) == 0


def test_amounts_of_an_order_add_up(shop: duckdb.DuckDBPyConnection) -> None:
    wrong = "net_amount <> gross_amount - discount_amount or total_amount <> net_amount + tax_amount + shipping_amount"
    assert one(shop, f"select count(*) from orders where {wrong}") == 0


def test_prices_are_skewed_and_the_year_has_seasons(shop: duckdb.DuckDBPyConnection) -> None:
    assert one(shop, "select avg(gross_amount) > 1.2 * median(gross_amount) from orders")
    december, february = (one(shop, f"select count(*) from orders where month(created_at) = {m}") for m in (12, 2))
    assert december > 1.4 * february


def test_metadata_describe_the_file(bronze: Path, shop: duckdb.DuckDBPyConnection) -> None:
    described = metadata(bronze, "orders")
    assert described["dataset_name"] == "orders"
    assert described["row_count"] == 2_000
    assert described["size_bytes"] == (bronze / "orders/orders.parquet").stat().st_size
    schema = {column["name"]: column for column in described["schema"]}
    assert schema["net_amount"] == {"name": "net_amount", "type": "DECIMAL(12,2)", "nullable": False}
    assert schema["coupon_code"]["nullable"]
    mean = described["statistics"]["net_amount"]["mean"]
    assert mean == pytest.approx(float(one(shop, "select avg(net_amount) from orders")))
    assert set(described["statistics"]["quantity"]) == {"min", "max", "mean", "median", "std"}
    assert "status" not in described["statistics"]


def test_personal_columns_are_marked(bronze: Path) -> None:
    for table in TABLES:
        marked = {column["name"] for column in metadata(bronze, table)["schema"] if column.get("personal")}
        assert marked == PERSONAL.get(table, frozenset())


def test_a_redelivery_keeps_rows_under_other_names(tmp_path: Path) -> None:
    generate(tmp_path, orders=200)
    before = duckdb.sql(f"from '{tmp_path}/customers/customers.parquet'").fetchall()
    redeliver(tmp_path, "customers", {"email": "email_addr", "city": "town"})
    after = duckdb.sql(f"from '{tmp_path}/customers/customers.parquet'")
    assert after.fetchall() == before
    assert {"email_addr", "town"} <= set(after.columns)
    described = metadata(tmp_path, "customers")
    assert described["created_at"] == "2025-01-02T00:00:00"
    assert {"name": "email_addr", "type": "VARCHAR", "nullable": False, "personal": True} in described["schema"]


def test_what_cannot_be_delivered_again_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"orders.parquet does not exist.*Run `generate`"):
        redeliver(tmp_path, "orders", {})
    with pytest.raises(UsageError, match=r"orders = 5\. Allowed: 100 or more"):
        generate(tmp_path, orders=5)
