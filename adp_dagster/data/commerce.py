"""A shop's tables, generated: the same for the same size and seed, made inside DuckDB.

One file of `commerce_sql/` for each table says what its rows are; two years of days, 2023 and 2024.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from adp_dagster.data.files import select_list
from agents.errors import UsageError
from agents.warehouse import literal, quoted

SQL = Path(__file__).parent / "commerce_sql"

# In the order in which they can be made: later tables look at earlier ones.
TABLES = (
    "marketing_campaigns",
    "products",
    "orders",
    "customers",
    "marketing_events",
    "user_interactions",
    "support_tickets",
)

PERSONAL: dict[str, frozenset[str]] = {
    "customers": frozenset(
        {"first_name", "last_name", "email", "phone", "street_address", "postal_code", "birth_date"}
    ),
    "orders": frozenset({"recipient_name", "shipping_postal_code", "billing_postal_code"}),
    "marketing_campaigns": frozenset({"owner_email"}),
    "marketing_events": frozenset({"ip_address"}),
    "user_interactions": frozenset({"ip_address"}),
    "support_tickets": frozenset({"requester_email", "agent_name"}),
}
"""Columns about a person, by table."""

FIRST_DELIVERY = datetime(2025, 1, 1)  # noqa: DTZ001 - UTC without a zone, as everywhere in the data
NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL")


def generate(bronze: Path, orders: int = 100_000, seed: int = 7) -> None:
    """Write all tables as `bronze/<table>/<table>.parquet` with a `_metadata.json` each.

    Raises UsageError below 100 orders: too few to have every status, region and category.
    """
    if orders < 100:
        raise UsageError(f"orders = {orders}. Allowed: 100 or more.")
    sizes = {"orders": orders, "seed": seed, "customers": max(50, orders // 5), "products": product_count(orders)}
    with duckdb.connect() as connection:
        for name, value in sizes.items():
            connection.execute(f"set variable {name} = {value}::bigint")
        connection.execute((SQL / "setup.sql").read_text())
        for table in TABLES:
            connection.execute(f"create table {table} as {(SQL / f'{table}.sql').read_text()}")
            _deliver(connection, bronze, table, table, PERSONAL.get(table, frozenset()), FIRST_DELIVERY)


def product_count(orders: int) -> int:
    """How many products a shop of that many orders has.

    >>> product_count(100_000)
    500
    """
    return min(2_000, max(70, orders // 200))


def redeliver(bronze: Path, table: str, renames: Mapping[str, str]) -> None:
    """Deliver a table again, whole, a day later, with other names for some columns.

    All rows and keys are those of the delivery before. Raises UsageError if there was none, or no such column.
    """
    file = bronze / table / f"{table}.parquet"
    if not file.is_file():
        raise UsageError(f"{file} does not exist, so it cannot be delivered again. Run `generate` first.")
    before = json.loads((file.parent / "_metadata.json").read_text())
    personal = {renames.get(c["name"], c["name"]) for c in before["schema"] if c.get("personal")}
    delivered_at = datetime.fromisoformat(before["created_at"]) + timedelta(days=1)
    with duckdb.connect() as connection:
        source = f"read_parquet({literal(str(file))})"
        relation = f"(select {select_list(connection, source, renames)} from {source})"
        _deliver(connection, bronze, table, relation, frozenset(personal), delivered_at)


def _deliver(
    connection: duckdb.DuckDBPyConnection,
    bronze: Path,
    table: str,
    relation: str,
    personal: frozenset[str],
    delivered_at: datetime,
) -> None:
    folder = bronze / table
    folder.mkdir(parents=True, exist_ok=True)
    file, unfinished = folder / f"{table}.parquet", folder / f".{table}.parquet"
    connection.execute(f"copy (from {relation}) to {literal(str(unfinished))} (format parquet, compression zstd)")
    metadata = {
        "dataset_name": table,
        # When this delivery would have been sent: the clock would make two equal runs differ.
        "created_at": delivered_at.isoformat(),
        **_described(connection, unfinished, personal),
    }
    unfinished.replace(file)
    (folder / "_metadata.json").write_text(json.dumps(metadata, indent=2) + "\n")


def _described(connection: duckdb.DuckDBPyConnection, file: Path, personal: frozenset[str]) -> dict[str, Any]:
    source = f"read_parquet({literal(str(file))})"
    types = {name: kind for name, kind, *_ in connection.execute(f"describe from {source}").fetchall()}
    numeric = [name for name, kind in types.items() if kind.split("(")[0] in NUMERIC]
    counts = ", ".join(f"count({quoted(name)})" for name in types)
    rows, *filled = _row(connection, f"select count(*), {counts} from {source}")
    # Sums that several threads share out differ in their last digits from run to run.
    connection.execute("set threads = 1")
    statistics = {name: _statistics(connection, source, name) for name in numeric}
    connection.execute("reset threads")
    schema = [
        {"name": name, "type": kind, "nullable": count < rows} | ({"personal": True} if name in personal else {})
        for (name, kind), count in zip(types.items(), filled, strict=True)
    ]
    return {
        "row_count": rows,
        "size_bytes": file.stat().st_size,
        "schema": schema,
        "statistics": statistics,
    }


def _statistics(connection: duckdb.DuckDBPyConnection, source: str, name: str) -> dict[str, float | None]:
    x = f"{quoted(name)}::double"
    values = _row(connection, f"select min({x}), max({x}), avg({x}), median({x}), stddev_samp({x}) from {source}")
    rounded = [None if value is None else float(f"{value:.9g}") for value in values]
    return dict(zip(("min", "max", "mean", "median", "std"), rounded, strict=True))


def _row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row
