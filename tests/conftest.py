"""A small real project: git repository, dbt project, DuckDB warehouse; and no way to a remote model."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from agents.build import Built, build
from agents.heal import Healed, heal
from agents.ledger import Ledger
from agents.parsed import carry_over
from agents.project import Project, open_project
from agents.sandbox import isolation

DBT_PROJECT = """
name: shop
version: "1.0"
profile: shop
models:
  shop:
    +materialized: table
"""
PROFILES = """
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: shop.duckdb, schema: main, threads: 1}
"""
SOURCES = """
sources:
  - name: raw
    schema: raw
    tables:
      - name: orders
      - name: customers
"""
MODELS = """
models:
  - name: stg_orders
    columns:
      - name: order_id
        data_tests: [unique, not_null]
  - name: fct_totals
    columns:
      - name: customer_id
        data_tests: [not_null]
"""
STG_ORDERS = """-- one row per order; money in US dollars
select
    order_id,
    customer_id,
    amount as order_amount,   -- what the customer pays
    tax,
    status,
    ordered_at
from {{ source('raw', 'orders') }}
"""
STG_CUSTOMERS = """with source as (
    select * from {{ source('raw', 'customers') }}
)

select customer_id, city from source
"""
FCT_TOTALS = """-- one row per customer
select
    o.customer_id,
    c.city,
    sum(o.order_amount) as total,
    count(*) as order_count
from {{ ref('stg_orders') }} as o
join {{ ref('stg_customers') }} as c using (customer_id)
group by all
"""
ORDERS = """
select
    i as order_id,
    i % 97 as customer_id,
    round(5 + (hash(i) % 10000) / 100.0, 2) as amount,
    round((hash(i * 7) % 1000) / 100.0, 2) as tax,
    ['new', 'paid', 'sent'][1 + (hash(i * 3) % 3)::int] as status,
    timestamp '2026-01-01' + interval (i) minute as ordered_at
from range({first}, {last}) as t(i)
"""
CUSTOMERS = "select i as customer_id, ['Oslo', 'Rome', 'Bonn'][1 + i % 3] as city from range(97) as t(i)"


@dataclass
class Shop:
    """A project with two sources, three models and their tests."""

    root: Path

    def git(self, *args: str) -> str:
        """One git command in the repository."""
        done = subprocess.run(["git", "-C", str(self.root), *args], capture_output=True, text=True, check=True)
        return done.stdout

    def write(self, path: str, text: str) -> None:
        """Put a file into the work tree."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, message: str = "edit") -> None:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """One statement in the warehouse."""
        with duckdb.connect(str(self.root / "shop.duckdb")) as db:
            return db.execute(statement).fetchall()

    def deliver_orders(self, rows: int = 2000, **renames: str) -> None:
        """Deliver the orders whole, with columns renamed as `old="new"`."""
        renamed = f"* rename ({', '.join(f'{o} as {n}' for o, n in renames.items())})" if renames else "*"
        query = f"select {renamed} from ({ORDERS.format(first=0, last=rows)})"
        self.sql(f"create or replace table raw.orders as {query}")

    def append_orders(self, first: int, last: int, **renames: str) -> None:
        """Append orders, a column for each name that was not there: old and new names side by side."""
        known = {r[0] for r in self.sql("describe raw.orders")}
        query = ORDERS.format(first=first, last=last)
        for old, new in renames.items():
            if new not in known:
                kind = next(str(r[1]) for r in self.sql(f"describe {query}") if r[0] == old)
                self.sql(f"alter table raw.orders add column {new} {kind}")
        renamed = f"* rename ({', '.join(f'{o} as {n}' for o, n in renames.items())})" if renames else "*"
        self.sql(f"insert into raw.orders by name select {renamed} from ({query})")

    @property
    def project(self) -> Project:
        """The project, opened anew."""
        return open_project(self.root)

    def copy(self, root: Path) -> "Shop":
        """The same in another folder, as far as it was built."""
        other = Shop(root)
        shutil.copytree(self.root, root, symlinks=True)
        other.git("status")  # git notes when and where each file was written
        shutil.rmtree(other.project.artifacts)
        carry_over(self.project.artifacts, other.project.artifacts, root, root, "dev")
        return other

    def ledger(self) -> Ledger:
        """The project's ledger."""
        return Ledger.at(self.root / ".adp" / "root")

    def opened(self) -> closing[Ledger]:
        """The project's ledger for a block."""
        return closing(self.ledger())

    def build(self) -> Built:
        """`adp build`."""
        with self.opened() as ledger:
            return build(self.project, ledger)

    def heal(self, ceiling: str | None = None, dry_run: bool = False) -> Healed:
        """`adp heal`."""
        with self.opened() as ledger:
            return heal(self.project, ledger, ceiling=ceiling, dry_run=dry_run)


@pytest.fixture
def make_shop(tmp_path: Path) -> Callable[[], Shop]:
    """A function that makes a new shop with data but nothing built."""

    return lambda: _made(tmp_path / "shop")


def _made(root: Path) -> Shop:
    shop = Shop(root)
    for path, text in {
        "dbt_project.yml": DBT_PROJECT,
        "profiles.yml": PROFILES,
        "models/sources.yml": SOURCES,
        "models/models.yml": MODELS,
        "models/stg_orders.sql": STG_ORDERS,
        "models/stg_customers.sql": STG_CUSTOMERS,
        "models/fct_totals.sql": FCT_TOTALS,
        ".gitignore": "*.duckdb*\ntarget/\nlogs/\n",
    }.items():
        shop.write(path, text)
    shop.git("init", "-q", "-b", "main")
    shop.git("config", "user.email", "person@example.com")
    shop.git("config", "user.name", "A Person")
    shop.commit("start")
    shop.sql("create schema raw")
    shop.deliver_orders()
    shop.sql(f"create table raw.customers as {CUSTOMERS}")
    return shop


@pytest.fixture(scope="session")
def built_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop that was built and published, for tests to work in a copy of."""
    made = _made(tmp_path_factory.mktemp("built") / "shop")
    built = made.build()
    assert built.published, built.evidence
    return made


@pytest.fixture(scope="session")
def _healed_shop(built_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    made = built_shop.copy(tmp_path_factory.mktemp("healed") / "shop")
    made.deliver_orders(amount="orderTotal")
    healed = made.heal()
    assert healed.report.status == "healed", healed
    return made


@pytest.fixture
def healed(_healed_shop: Shop, tmp_path: Path) -> Shop:
    """A shop whose staging model was repaired once: its amount is delivered as `orderTotal`."""
    return _healed_shop.copy(tmp_path / "shop")


@pytest.fixture
def shop(built_shop: Shop, tmp_path: Path) -> Shop:
    """A shop that was built and published."""
    return built_shop.copy(tmp_path / "shop")


@pytest.fixture(autouse=True)
def _one_warm_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sandbox process serves test after test; in bubblewrap it would be bound to the folders of one shop.

    Tests of the sandbox and of the scoreboards keep bubblewrap, and so does every command that is a process of its own.
    """
    if not {"sandbox", "benchmarks"} & set(request.path.parts):
        monkeypatch.setattr(isolation, "installed", lambda: None)


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the caller reaches a test, and no test reaches a remote model or the caller's git."""
    for name in (
        "ADP_LEDGER_URL",
        "ADP_OBSERVE",
        "ADP_PROJECT_DIR",
        "ADP_SIGNING_KEY",
        "ADP_SNAPSHOT_KEY",
        "ADP_SNAPSHOT_KEY_FILE",
        "DBT_PROFILES_DIR",
        "OPENAI_API_KEY",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in [variable for variable in os.environ if variable.startswith("ADP_MINDS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
