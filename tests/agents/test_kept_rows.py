"""The rows of a dated snapshot outlive the published copy and the warehouse that they are from."""

from datetime import UTC, datetime

from agents import lock, published
from agents.contracts import Frozen
from agents.kept_rows import clear_away, keep_rows, kept_rows, put_back


def test_rows_that_frozen_code_reads_come_back_where_the_warehouse_lacks_them(shop) -> None:
    project = shop.project
    node = project.graph.nodes["model.shop.stg_orders"]
    rows = keep_rows(project, "stg_orders_v1", node, published.required(project))
    assert rows
    assert (rows.stored, rows.fingerprint().rows) == ("table", 2000)

    put_back(project)  # nothing reads them yet
    assert shop.sql(f"from duckdb_tables() where table_name = '{rows.table}'") == []

    path = "models/_stg_orders_v1__source.yml"
    entry = Frozen(asset="x", path=path, version="1.0.1", sha256="", parent=None, approver="", certificate="",
                   certificate_sha256="", frozen_at=datetime.now(UTC))  # fmt: skip
    shop.write(path, "sources: []\n")
    shop.write(lock.LOCK_FILE, lock.render([entry]))
    put_back(project)
    assert shop.sql(f"(from {rows.table} except from stg_orders)") == []
    assert shop.sql(f"select count(*) from {rows.table}") == [(2000,)]

    clear_away(project, ())
    assert kept_rows(project, "stg_orders_v1") is None
