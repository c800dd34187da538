"""No credential of the user gets into a sandbox: not by a variable, a file, or what dbt remembers."""

from pathlib import Path

import pytest

from agents.repository import Repository
from agents.sandbox.client import Worker
from agents.sandbox.environment import environment_of, is_credential, placeholder
from agents.sandbox.stage import fill, plan
from agents.settings import Sandbox

CANARY = "Zk81canaryQx7"

CREDENTIALS = {
    "SHOP_DB_PASSWORD": "hunter2",
    "SNOWFLAKE_PASS": "hunter2",
    "GITHUB_PAT": "g1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SESSION": "abc",
    "SENTRY_DSN": "https://abc@sentry.example.com/1",
    "DBT_ENV_SECRET_GIT": "x1",
    "apiKey": "9",
    "STORE": "postgres://me:pw@db.example.com/shop",
    "FEED": "https://ghp_0123456789abcdefghijABCDEFGHIJ0123@git.example.com/r.git",
    "CONNECTION": "host=db user=me password=pw",
    "LOGIN": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.s",
    "CERTIFICATE": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
    "LONG": "aB3dE5fG7hI9jK1lM3nO5pQ7",
}
ORDINARY = {
    "DBT_SCHEMA": "analytics",
    "START_DATE": "2026-01-01",
    "BUCKET": "s3://shop-raw/2026/",
    "DATA_DIR": "/srv/Data2/Warehouse/Shop",
    "GIT_SHA": "0f3cafe6b1a84a0c9d1e2f3a4b5c6d7e8f901234",
    "KEYBOARD": "us",
    "MONKEY": "no",
    "USE_TOKENS": "true",
    "PASSENGERS": "4",
    "TODAY": "",
    "PWD": "/work",
}


@pytest.mark.parametrize(("name", "value"), CREDENTIALS.items(), ids=CREDENTIALS.keys())
def test_a_credential_is_known_by_its_name_or_its_value(name, value):
    assert is_credential(name, value)
    assert placeholder(name, value) != value
    assert len(placeholder(name, value)) == len(value)


@pytest.mark.parametrize(("name", "value"), ORDINARY.items(), ids=ORDINARY.keys())
def test_an_ordinary_variable_passes(name, value):
    assert not is_credential(name, value)


def test_a_variable_that_only_looks_like_a_credential_can_be_named_in_the_settings(shop, monkeypatch):
    monkeypatch.setenv("PARTITION_KEY", "city")
    shop.write("models/by_key.sql", "select {{ env_var('PARTITION_KEY') }} as k from {{ ref('stg_customers') }}")

    assert environment_of(shop.root, Sandbox()).replaced == ("PARTITION_KEY",)
    assert environment_of(shop.root, Sandbox(variables=("PARTITION_KEY",))).variables["PARTITION_KEY"] == "city"


def test_a_project_that_reads_a_credential_still_compiles_and_the_sandbox_holds_it_nowhere(shop, monkeypatch):
    monkeypatch.setenv("SHOP_API_TOKEN", CANARY)
    shop.write("models/fct_totals.sql", "select '{{ env_var('SHOP_API_TOKEN') }}' as told, 1 as customer_id")
    shop.write(".env", f"TOKEN={CANARY}")
    shop.write("profiles.yml", (shop.root / "profiles.yml").read_text() + f"# {CANARY}\n")
    shop.write("keys/deploy.pem", CANARY)
    shop.git("add", "-f", "-A")
    shop.commit("a person's habits")
    shop.write("dbt_packages/private/dbt_project.yml", "name: private\nversion: '1.0.0'\nconfig-version: 2\n")
    shop.write("dbt_packages/private/.git/config", f"url = https://{CANARY}@git.example.com/p.git")
    project = shop.project
    assert project.graph.nodes  # dbt remembers the value of the variable from here on
    assert CANARY.encode() in (project.artifacts / "target" / "partial_parse.msgpack").read_bytes()
    stage = plan(project)
    try:
        fill(stage, project, project.graph, Repository(shop.root).head(), [], ["model.shop.fct_totals"])
        with Worker(stage, shop.root, Sandbox()) as worker:
            compiled = worker.ask("compile", select=["fct_totals"])
            worker.ask("write", files={".env": CANARY, "profiles.yml": CANARY})
        held = [f for f in stage.folder.rglob("*") if f.is_file() and CANARY.encode() in Path(f).read_bytes()]
    finally:
        stage.remove()

    assert "'Xx00xxxxxxXx0' as told" in compiled["sql"]["model.shop.fct_totals"]
    assert held == []
