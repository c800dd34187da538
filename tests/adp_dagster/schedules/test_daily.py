from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from adp_dagster.assets.landing import key_of
from adp_dagster.data.catalogue import LANDED
from adp_dagster.data.places import Places
from adp_dagster.schedules.daily import months_to_land

MONTHLY = [table for table in LANDED if table.mode == "drop"]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def deliver(tmp_path: Path, *months: str, tables: int = 2) -> Places:
    places = Places(tmp_path, tmp_path / "w.duckdb")
    for month in months:
        for table in MONTHLY[:tables]:
            file = places.drop_file(table.product, month, table.table)
            file.parent.mkdir(parents=True)
            file.touch()
    return places


def landed(instance: dg.DagsterInstance, *months: str) -> None:
    for table in MONTHLY:
        for month in months:
            instance.report_runless_asset_event(dg.AssetMaterialization(key_of(table), partition=month))


def test_every_month_that_waits_is_landed_in_one_range(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    places = deliver(tmp_path, "2013-01", "2013-02", "2013-03")
    landed(instance, "2013-01")
    assert months_to_land(instance, places, MONTHLY) == ["2013-02", "2013-03"]


def test_the_newest_month_is_landed_again_when_nothing_waits(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    places = deliver(tmp_path, "2013-01", "2013-02")
    landed(instance, "2013-01", "2013-02")
    assert months_to_land(instance, places, MONTHLY) == ["2013-02"]


def test_a_gap_between_drops_ends_the_range(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    places = deliver(tmp_path, "2013-01", "2013-02", "2013-04")
    assert months_to_land(instance, places, MONTHLY) == ["2013-01", "2013-02"]


def test_a_month_that_one_product_has_not_delivered_waits(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    deliver(tmp_path, "2013-01")
    places = deliver(tmp_path, "2013-02", tables=1)
    assert months_to_land(instance, places, MONTHLY) == ["2013-01"]


def test_nothing_is_landed_where_nothing_was_delivered(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    assert months_to_land(instance, Places(tmp_path, tmp_path / "w.duckdb"), MONTHLY) == []
    assert months_to_land(instance, Places(tmp_path, tmp_path / "w.duckdb"), []) == []
