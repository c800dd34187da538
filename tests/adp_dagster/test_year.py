"""A producer renames a column in July and changes its mind in August; every month rebuilds to the same gold."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from adp_dagster.data import flights
from adp_dagster.data.catalogue import LANDED
from adp_dagster.data.landing import land
from adp_dagster.data.places import REPOSITORY, Places
from agents.build import Built, build
from agents.heal import Healed, heal
from agents.ledger import Ledger
from agents.project import Project, open_project
from agents.repository import Repository
from agents.warehouse import fingerprint, quoted, reading

FLIGHTS = ("source:operations+", "source:weather+", "source:fleet+")
RENAMES = {"flights": {"arr_delay": "arrival_delay"}}
"""No test of any model fails without it: only comparing the source with its history shows that it went."""


class Year:
    """A copy of the bundled project, built without Dagster, and its deliveries."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.places = Places(root / "data", root / "data" / "warehouse.duckdb")
        monkeypatch.setenv("ADP_WAREHOUSE", str(self.places.warehouse))
        ignored = shutil.ignore_patterns("target", "logs", ".user.yml", "adp.lock", "adp_certificates")
        shutil.copytree(REPOSITORY / "dbt_project", root / "dbt_project", ignore=ignored)
        self.root = root / "dbt_project"
        repository = Repository(root)
        repository.git("init", "-q", "-b", "main")
        repository.exclude_state()
        (root / ".git/info/exclude").write_text("/.adp/\n/data/\n")
        repository.git("add", "-A")
        repository.git("-c", "user.name=p", "-c", "user.email=p@example.com", "commit", "-qm", "start")

    @property
    def project(self) -> Project:
        return open_project(self.root, profiles_dir=self.root)

    def deliver(self, month: int, renames: flights.Renames | None = None) -> None:
        for product in flights.PRODUCTS:
            known = renames if renames and set(renames) <= set(flights.PRODUCTS[product]) else {}
            flights.write_drop(self.places.landing, product, month, known)
        self.land([month])

    def land(self, months: list[int]) -> None:
        with duckdb.connect(str(self.places.warehouse)) as db:
            for landed in (table for table in LANDED if table.monthly):
                for month in months if landed.mode == "drop" else months[-1:]:
                    land(db, self.places, landed, flights.drop_name(month))

    def with_ledger(self, act: Callable[[Project, Ledger], Any]) -> Any:
        project = self.project
        with closing(Ledger.at(project.state)) as ledger:
            return act(project, ledger)

    def build(self) -> Built:
        built: Built = self.with_ledger(lambda project, ledger: build(project, ledger, FLIGHTS))
        return built

    def heal(self) -> Healed:
        healed: Healed = self.with_ledger(heal)
        return healed

    def gold(self) -> dict[str, Any]:
        project = self.project
        with reading(project.warehouse) as db:
            tables = db.execute("select table_name from duckdb_tables() where schema_name = 'gold'").fetchall()
            return {name: fingerprint(db, quoted("gold", name)) for (name,) in tables}


@pytest.mark.thorough
@pytest.mark.timeout(1200)
def test_the_year_rebuilds_to_the_same_gold_whatever_the_producer_calls_the_column(tmp_path, monkeypatch):
    year = Year(tmp_path / "told", monkeypatch)
    for month in (1, 2, 3):
        year.deliver(month)
    assert year.build().published

    year.deliver(7, RENAMES)
    built = year.build()
    assert built.succeeded, built.evidence
    assert not built.published
    healed = year.heal()
    assert healed.report.status == "healed", healed.applied

    year.deliver(8)
    assert year.build().published

    with duckdb.connect(str(year.places.warehouse)) as db:
        db.execute("drop schema raw_operations cascade")
    year.land([1, 2, 3, 7, 8])
    assert year.build().succeeded
    rebuilt = year.gold()

    plain = Year(tmp_path / "plain", monkeypatch)
    for month in (1, 2, 3, 7, 8):
        plain.deliver(month)
    assert plain.build().published
    assert rebuilt == plain.gold()
