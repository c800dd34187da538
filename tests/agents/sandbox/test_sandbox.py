"""What runs in the sandbox reaches the staged data and nothing else."""

import duckdb
import pytest

from agents.errors import SandboxError
from agents.repository import Repository
from agents.sandbox.client import Worker
from agents.sandbox.stage import fill, plan, world
from agents.settings import Sandbox

ESCAPES = {
    "read a file": "select * from read_text('/etc/passwd')",
    "read a csv": "select * from read_csv('/etc/passwd')",
    "copy out": "copy (select 1) to '/tmp/adp_escape.csv'",
    "attach": "attach '/tmp/adp_escape.duckdb' as out",
    "unlock": "set enable_external_access = true",
    "reconfigure": "set lock_configuration = false",
    "install": "install httpfs",
}


@pytest.fixture
def staged(shop):
    stage = plan(shop.project)
    graph = shop.project.graph
    fill(stage, shop.project, graph, Repository(shop.root).head(), ["source.shop.raw.orders"], [])
    yield stage
    stage.remove()


@pytest.mark.parametrize("statement", ESCAPES.values(), ids=ESCAPES.keys())
def test_a_world_lets_nothing_out(staged, statement):
    with world(staged, {}) as db, pytest.raises(duckdb.Error):
        db.execute(statement)


def test_the_production_file_cannot_be_written_from_a_world(staged):
    with world(staged, {}) as db, pytest.raises(duckdb.Error, match="read-only"):
        db.execute("insert into adp_good.raw.orders select * from adp_good.raw.orders")


def test_a_model_that_reads_a_file_fails_in_the_sandbox(staged, shop):
    with Worker(staged, shop.root, Sandbox()) as worker:
        worker.ask("write", files={"models/fct_totals.sql": "select * from read_text('/etc/passwd')"})
        built = worker.ask("build", select=["fct_totals"], exclude=[])

    (model,) = [o for o in built["outcomes"] if o["id"] == "model.shop.fct_totals"]
    assert model["status"] == "error"
    assert "disabled" in model["message"]


def test_the_worker_knows_no_credentials(staged, shop, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do-not-tell")
    with Worker(staged, shop.root, Sandbox()) as worker:
        worker.ask(
            "write", files={"models/fct_totals.sql": "select '{{ env_var('AWS_SECRET_ACCESS_KEY', 'none') }}' as k"}
        )
        compiled = worker.ask("compile", select=["fct_totals"])

    assert "none" in compiled["sql"]["model.shop.fct_totals"]


def test_a_worker_that_takes_too_long_is_ended_and_says_which_limit(staged, shop):
    worker = Worker(staged, shop.root, Sandbox(seconds=10))
    worker.deadline = 0
    with worker, pytest.raises(SandboxError, match=r"sandbox\.seconds"):
        worker.ask("compile", select=["fct_totals"])


def test_one_process_serves_one_sandbox_after_the_other_and_keeps_nothing(staged, shop):
    with Worker(staged, shop.root, Sandbox()) as first:
        pid = first.process.pid
        first.ask("write", files={"models/fct_totals.sql": "select 1 as one"})
        assert list(first.ask("build", select=["fct_totals"], exclude=[])["types"].values()) == [{"one": "INTEGER"}]
    second = plan(shop.project)
    try:
        fill(second, shop.project, shop.project.graph, Repository(shop.root).head(), [], ["model.shop.fct_totals"])
        with Worker(second, shop.root, Sandbox()) as worker:
            built = worker.ask("build", select=["fct_totals"], exclude=[])
            assert worker.process.pid == pid
    finally:
        second.remove()

    assert built["types"]["model.shop.fct_totals"].keys() == {"customer_id", "city", "total", "order_count"}
