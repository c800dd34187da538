"""Repositories as people really have them: other line ends and encodings, several checkouts, models in Python."""

import pytest

from agents.contracts import Cause
from agents.errors import UsageError
from agents.heal import heal
from agents.project import open_project
from tests.conftest import CUSTOMERS, PROFILES, Shop


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
