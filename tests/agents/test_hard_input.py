"""Repositories as people really have them: other line ends and encodings, several checkouts, models in Python."""

import duckdb
import pytest

from agents.contracts import Cause
from agents.errors import UsageError
from agents.heal import heal
from agents.project import open_project
from tests.conftest import CUSTOMERS, ORDERS, PROFILES, Shop


@pytest.mark.thorough
def test_line_ends_of_a_linked_work_tree_stay_as_they_are(make_shop, tmp_path):
    """Checked out with CR LF by git's own attributes, in a work tree beside the first."""
    main = make_shop()
    main.write(".gitattributes", "* text=auto eol=crlf\n")
    main.commit()
    linked = Shop(tmp_path / "linked")
    main.git("worktree", "add", "-q", "-b", "side", str(linked.root))
    linked.sql("create schema raw")
    linked.deliver_orders()
    linked.sql(f"create table raw.customers as {CUSTOMERS}")
    assert linked.build().published
    before = main.git("rev-parse", "main")
    linked.deliver_orders(amount="amt")

    healed = linked.heal()

    assert healed.report.status == "healed", [a.note for a in healed.applied]
    text = (linked.root / "models/stg_orders.sql").read_bytes()
    assert b"amt" in text
    assert text.count(b"\r\n") == text.count(b"\n")
    assert linked.git("status", "--porcelain") == ""
    assert main.git("rev-parse", "main") == before, "the other work tree's branch is not ours to move"


@pytest.mark.thorough
def test_bytes_that_are_no_utf8_are_named_and_taken_back_exactly(shop):
    file = shop.root / "models/stg_orders.sql"
    good = file.read_bytes()
    file.write_bytes(good.replace(b"what the customer pays", "Stückpreis".encode("latin-1")))
    shop.write("adp.yml", "policy: {auto: medium}\n")
    shop.commit()

    healed = shop.heal()

    assert [d.cause for d in healed.diagnoses] == [Cause.syntax_error]
    assert "models/stg_orders.sql; dbt reads UTF-8 only" in healed.diagnoses[0].explanation
    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert file.read_bytes() == good


@pytest.mark.thorough
def test_a_settings_file_that_dbt_cannot_read_is_a_fault_too(shop):
    text = (shop.root / "dbt_project.yml").read_text()
    shop.write("dbt_project.yml", text.replace("profile: shop", "profile shop"))
    shop.commit()

    with pytest.raises(UsageError, match=r"dbt_project\.yml cannot be read"):
        open_project(shop.root)
    with shop.opened() as ledger:
        healed = heal(open_project(shop.root, broken=True), ledger, ceiling="low")

    assert [(d.cause, d.subject.split(":")[0]) for d in healed.diagnoses] == [(Cause.invalid_yaml, "dbt_project.yml")]
    assert healed.report.status == "pending", "a person's commit"
    assert [p.risk for p in healed.report.proposals] == ["medium"]


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # dbt leaves an event loop open
def test_a_model_in_python_reads_a_renamed_column_through_a_model_in_sql(make_shop):
    shop = make_shop()
    shop.write(
        "models/py_orders.py",
        "def model(dbt, session):\n"
        '    dbt.config(materialized="table")\n'
        '    return dbt.source("raw", "orders").project("order_id, amount")\n',
    )
    shop.commit()
    assert shop.build().published
    before = shop.sql("select * from py_orders order by all")
    shop.deliver_orders(amount="amt")

    healed = shop.heal()

    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert shop.sql("select * from py_orders order by all") == before


@pytest.mark.thorough
def test_sources_in_files_and_in_attached_databases_are_healed_where_they_are(make_shop):
    """With a macro of DuckDB that a hook makes, and a setting that changes what a division gives."""
    shop = make_shop()
    shop.sql("drop schema raw cascade")
    attached = "attach: [{path: lake.duckdb, alias: lake}], settings: {integer_division: true}"
    shop.write("profiles.yml", PROFILES.replace("threads: 1", f"threads: 1, {attached}"))
    orders = "  - {name: raw, database: lake, schema: raw, tables: [{name: orders}]}"
    customers = "  - {name: files, meta: {external_location: 'data/{name}.parquet'}, tables: [{name: customers}]}"
    shop.write("models/sources.yml", f"sources:\n{orders}\n{customers}\n")
    shop.write("models/stg_customers.sql", "select customer_id, city from {{ source('files', 'customers') }}\n")
    shop.write("models/halves.sql", "select order_id, half(7) as half, order_amount from {{ ref('stg_orders') }}\n")
    hook = 'on-run-start: ["create or replace macro half(x) as x / 2"]\n'
    shop.write("dbt_project.yml", (shop.root / "dbt_project.yml").read_text() + hook)
    shop.write(".gitignore", "*.duckdb*\ntarget/\nlogs/\ndata/\n")
    shop.commit()

    def deliver(amount: str, city: str) -> None:
        (shop.root / "data").mkdir(exist_ok=True)
        with duckdb.connect(str(shop.root / "lake.duckdb")) as db:
            rows = f"select * rename (amount as {amount}) from ({ORDERS.format(first=0, last=2000)})"
            db.execute(f"create schema if not exists raw; create or replace table raw.orders as {rows}")
            rows = f"select * rename (city as {city}) from ({CUSTOMERS})"
            db.execute(f"copy ({rows}) to '{shop.root / 'data' / 'customers.parquet'}'")

    deliver("amount", "city")
    assert shop.build().published
    before = shop.sql("from fct_totals order by all")
    deliver("amt", "town")

    healed = shop.heal()

    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert sorted(d.subject for d in healed.diagnoses) == ["files.customers.city", "raw.orders.amount"]
    assert shop.sql("from fct_totals order by all") == before
    assert shop.sql("select distinct half from halves") == [(3,)]


@pytest.mark.parametrize("path", ["md:shop", "motherduck:shop", "ducklake:sqlite:meta.sqlite", ":memory:"])
def test_a_warehouse_that_is_not_a_file_here_is_refused_in_words(make_shop, path):
    shop = make_shop()
    shop.write("profiles.yml", PROFILES.replace("path: shop.duckdb", f'path: "{path}"'))

    with pytest.raises(UsageError, match="a DuckDB file on this machine is needed"):
        open_project(shop.root)


@pytest.mark.thorough
def test_a_remote_source_that_cannot_be_reached_is_reported_as_that(make_shop):
    shop = make_shop()
    table = '      - name: rates\n        meta: {external_location: "https://127.0.0.1:9/rates.parquet"}\n'
    shop.write("models/sources.yml", (shop.root / "models/sources.yml").read_text() + table)
    shop.write("models/stg_rates.sql", "select * from {{ source('raw', 'rates') }}\n")
    shop.commit()

    built = shop.build()

    assert not built.published
    assert any("rates" in e.message for e in built.evidence)


@pytest.mark.thorough
def test_a_warehouse_larger_than_the_memory_of_the_sandbox_is_healed(make_shop):
    """6 million orders take 560 MB once they are read into memory; the sandbox may use 256."""
    shop = make_shop()
    shop.write("adp.yml", "sandbox: {memory_mb: 256}\n")
    shop.commit()
    shop.deliver_orders(rows=6_000_000)
    assert shop.build().published
    shop.deliver_orders(rows=6_000_000, amount="amt")

    healed = shop.heal()

    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert shop.sql("select sum(order_count) from fct_totals") == [(6_000_000,)]


@pytest.mark.thorough
def test_versions_of_a_model_are_told_apart(make_shop):
    shop = make_shop()
    shop.write("models/dim_orders_v1.sql", "select order_id from {{ ref('stg_orders') }} where order_id < 100\n")
    shop.write("models/dim_orders_v2.sql", "select order_id, order_amount from {{ ref('stg_orders') }}\n")
    shop.write("models/versions.yml", "models: [{name: dim_orders, latest_version: 2, versions: [{v: 1}, {v: 2}]}]\n")
    shop.write(
        "models/uses.sql",
        "select a.order_id from {{ ref('dim_orders', v=1) }} a join {{ ref('dim_orders') }} b using (order_id)\n",
    )
    shop.commit()
    assert shop.build().published
    shop.deliver_orders(order_id="orderKey")

    healed = shop.heal()

    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert shop.sql("select count(*) from uses") == [(100,)]
