"""A shop small enough to build in a second: two raw tables, a staging model and a mart, in a git repository."""

import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from agents.build import build
from agents.ledger import Ledger
from agents.project import open_project

FILES = {
    "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\nmodels: {shop: {+materialized: table}}\n',
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, schema: main}\n",
    "models/_sources.yml": "sources:\n  - name: raw\n    tables: [{name: orders}, {name: customers}]\n",
    "models/_models.yml": (
        "models:\n  - name: stg_orders\n    columns:\n"
        "      - {name: amount, data_tests: [not_null]}\n      - {name: status, data_tests: [not_null]}\n"
    ),
    "models/stg_orders.sql": (
        "select order_id, customer_id, amount, status, ordered_at from {{ source('raw', 'orders') }}\n"
    ),
    "models/fct_totals.sql": (
        "select customer_id, sum(amount) as total from {{ ref('stg_orders') }} group by customer_id\n"
    ),
}


@dataclass(frozen=True)
class Shop:
    """The project's folder, and what its producers do to it."""

    root: Path

    @classmethod
    def at(cls, root: Path) -> "Shop":
        """A fresh shop, committed, with its first delivery."""
        for name, text in FILES.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        shop = cls(root)
        shop.git("init", "-q", "-b", "main")
        shop.git("config", "user.email", "shop@example.com")
        shop.git("config", "user.name", "Shop")
        (root / ".git" / "info" / "exclude").write_text("*.duckdb*\n/.adp/\n/target/\n/logs/\n/.user.yml\n")
        shop.git("add", "-A")
        shop.git("commit", "-qm", "start")
        shop.deliver()
        return shop

    def git(self, *args: str) -> str:
        """Output of a git command in the shop."""
        done = subprocess.run(["git", "-C", str(self.root), *args], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def build(self) -> None:
        """Build and publish a first good state, without Dagster because that is quicker."""
        project = open_project(self.root)
        with closing(Ledger.at(project.state)) as ledger:
            assert build(project, ledger).published

    def write(self, path: str, text: str) -> None:
        """Let an engineer commit a file."""
        (self.root / path).write_text(text)
        self.git("add", path)
        self.git("commit", "-qm", f"write {path}")

    def sql(self, text: str) -> None:
        """Let the producer change the warehouse."""
        with duckdb.connect(str(self.root / "shop.duckdb")) as db:
            db.execute(text)

    def deliver(self, amount: str = "amount", rows: int = 2000) -> None:
        """Deliver raw tables whole, with the amount under this name."""
        self.sql(
            f"""
            create schema if not exists raw;
            create or replace table raw.orders as
            select i as order_id, i % 100 as customer_id,
                round((hash(i) % 10000) / 100.0, 2) as {amount},
                ['new', 'paid', 'sent'][1 + i % 3] as status,
                timestamp '2026-01-01' + interval (i) minute as ordered_at,
                round((hash(i * 7) % 1000) / 100.0, 2) as tax
            from range({rows}) t(i);
            create or replace table raw.customers as select i as customer_id, 'c' || i as name from range(100) t(i)
            """
        )
