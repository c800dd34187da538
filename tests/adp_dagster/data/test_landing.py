"""Loading delivered files: nothing in them is lost, and a drop is loaded whole or not at all."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from adp_dagster.data.catalogue import LANDED
from adp_dagster.data.flights import write_drops
from adp_dagster.data.landing import land, load_drop, load_whole
from adp_dagster.data.places import Places
from agents.errors import UsageError


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def drop(warehouse: duckdb.DuckDBPyConnection, folder: Path, month: str, text: str) -> Any:
    file = folder / f"{month}.csv"
    file.write_text(text)
    return load_drop(warehouse, "raw", "things", file, month)


def rows(warehouse: duckdb.DuckDBPyConnection, columns: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(f"select {columns} from raw.things order by all").fetchall()


def kind(warehouse: duckdb.DuckDBPyConnection, column: str) -> str:
    found = warehouse.execute("select data_type from duckdb_columns() where column_name = ?", [column]).fetchone()
    assert found is not None
    return str(found[0])


def test_drops_lie_side_by_side(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    drop(warehouse, tmp_path, "2013-01", "id,delay\n1,5\n2,\n")
    loaded = drop(warehouse, tmp_path, "2013-02", "id,delay\n3,7\n")
    assert (loaded.rows, loaded.columns, loaded.added_columns) == (1, ("id", "delay"), ())
    assert rows(warehouse, "_drop, id, delay") == [("2013-01", 1, 5), ("2013-01", 2, None), ("2013-02", 3, 7)]


def test_a_drop_that_comes_again_replaces_itself_only(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    drop(warehouse, tmp_path, "2013-01", "id\n1\n")
    drop(warehouse, tmp_path, "2013-02", "id\n2\n3\n")
    drop(warehouse, tmp_path, "2013-02", "id\n4\n")
    assert rows(warehouse, "_drop, id") == [("2013-01", 1), ("2013-02", 4)]


def test_a_renamed_column_stands_beside_its_old_name(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    drop(warehouse, tmp_path, "2013-01", "id,delay\n1,5\n")
    loaded = drop(warehouse, tmp_path, "2013-02", "id,lateness\n2,6\n")
    assert loaded.added_columns == ("lateness",)
    assert loaded.missing_columns == ("delay",)
    assert rows(warehouse, "id, delay, lateness") == [(1, 5, None), (2, None, 6)]


def test_whole_numbers_become_fractions_where_a_drop_brings_some(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    drop(warehouse, tmp_path, "2013-01", "id,gust\n1,20\n")
    loaded = drop(warehouse, tmp_path, "2013-02", "id,gust\n2,20.75\n")
    assert loaded.widened == ("gust: BIGINT to DOUBLE",)
    drop(warehouse, tmp_path, "2013-03", "id,gust\n3,21\n")
    assert rows(warehouse, "gust") == [(20.0,), (20.75,), (21.0,)]


def test_numbers_too_long_for_fractions_become_text(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    drop(warehouse, tmp_path, "2013-01", "key\n9007199254740993\n")
    loaded = drop(warehouse, tmp_path, "2013-02", "key\n0.5\n")
    assert loaded.widened == ("key: BIGINT to VARCHAR",)
    assert rows(warehouse, "key") == [("0.5",), ("9007199254740993",)]


def test_an_empty_column_takes_the_type_of_its_first_values(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    drop(warehouse, tmp_path, "2013-01", "id,speed\n1,\n")
    drop(warehouse, tmp_path, "2013-02", "id,speed\n2,432.5\n")
    assert kind(warehouse, "speed") == "DOUBLE"
    drop(warehouse, tmp_path, "2013-03", "id,speed\n3,\n")
    assert kind(warehouse, "speed") == "DOUBLE"
    assert rows(warehouse, "speed") == [(432.5,), (None,), (None,)]


def test_a_drop_loaded_again_is_not_held_to_its_own_former_type(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    drop(warehouse, tmp_path, "2013-01", "delay\nunknown\n")
    drop(warehouse, tmp_path, "2013-02", "delay\n")
    drop(warehouse, tmp_path, "2013-01", "delay\n5\n")
    assert rows(warehouse, "delay") == [(5,)]


def test_text_in_a_column_of_numbers_is_kept(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    drop(warehouse, tmp_path, "2013-01", "delay\n5\n")
    loaded = drop(warehouse, tmp_path, "2013-02", "delay\n6 min\n")
    assert loaded.widened == ("delay: BIGINT to VARCHAR",)
    assert rows(warehouse, "delay") == [("5",), ("6 min",)]


def test_codes_of_digits_keep_their_zeros(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    drop(warehouse, tmp_path, "2013-01", "code\n007\n12\n")
    drop(warehouse, tmp_path, "2013-02", "code\n8\n")
    assert rows(warehouse, "code") == [("007",), ("12",), ("8",)]


def test_instants_become_utc_whatever_the_session_thinks(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    warehouse.execute("set TimeZone = 'America/New_York'")
    drop(warehouse, tmp_path, "2013-01", "seen_at\n2013-01-01T10:00:00Z\n")
    assert rows(warehouse, "seen_at") == [(datetime(2013, 1, 1, 10),)]  # noqa: DTZ001
    (stamp, now), *_ = rows(warehouse, "_loaded_at, now() at time zone 'UTC'")
    assert abs((now - stamp).total_seconds()) < 60


def test_a_drop_that_fails_halfway_leaves_everything_as_it_was(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    drop(warehouse, tmp_path, "2013-01", "id\n1\n")
    warehouse.execute("create table raw.kept (id bigint); drop table raw.kept")
    with pytest.raises(UsageError, match="column _drop, a name that landing adds itself"):
        drop(warehouse, tmp_path, "2013-01", "id,_drop\n2,x\n")
    assert rows(warehouse, "id") == [(1,)]
    warehouse.execute("create unique index one on raw.things (id)")
    with pytest.raises(duckdb.Error):
        drop(warehouse, tmp_path, "2013-02", "id,extra\n3,x\n3,y\n")
    assert rows(warehouse, "*")[0][:2] == (1, "2013-01")


def test_a_missing_file_says_what_is_there_and_what_to_do(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "flight.csv").touch()
    with pytest.raises(UsageError, match=r"raw.things: .*flights.csv does not exist. Its folder holds: flight.csv"):
        load_drop(warehouse, "raw", "things", tmp_path / "flights.csv", "2013-01")
    with pytest.raises(UsageError, match="drop '2013-13' is not a month"):
        load_drop(warehouse, "raw", "things", tmp_path / "flight.csv", "2013-13")
    with pytest.raises(UsageError, match=r"Allowed: .csv and .parquet"):
        load_whole(warehouse, "raw", "things", _touched(tmp_path / "things.xlsx"))


def _touched(file: Path) -> Path:
    file.touch()
    return file


def test_a_whole_delivery_replaces_the_table(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    warehouse.execute(f"copy (select 1 as id, 'a' as old) to '{tmp_path}/things.parquet'")
    load_whole(warehouse, "raw", "things", tmp_path / "things.parquet")
    warehouse.execute(f"copy (select 2 as id, 'b' as new) to '{tmp_path}/things.parquet'")
    loaded = load_whole(warehouse, "raw", "things", tmp_path / "things.parquet")
    assert (loaded.added_columns, loaded.missing_columns) == (("new",), ("old",))
    assert rows(warehouse, "id, new") == [(2, "b")]


def test_the_newest_drop_is_landed_where_none_is_named(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / "warehouse.duckdb")
    write_drops(places.landing, months=[1, 2])
    by_table = {landed.table: landed for landed in LANDED}
    assert land(warehouse, places, by_table["flights"]).rows == 24_951
    assert land(warehouse, places, by_table["flights"], "2013-01").rows == 27_004
    assert land(warehouse, places, by_table["airlines"]).rows == 16
    assert warehouse.execute("select count(*) from raw_operations.flights").fetchone() == (51_955,)


def test_without_drops_landing_says_how_to_write_some(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"raw_operations.flights: no drop lies in .* Run `"):
        land(warehouse, Places(tmp_path, tmp_path / "w.duckdb"), LANDED[0])


def test_places_follow_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ADP_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("ADP_WAREHOUSE", raising=False)
    assert Places.from_env().warehouse == tmp_path / "warehouse.duckdb"
    monkeypatch.setenv("ADP_WAREHOUSE", str(tmp_path / "other.duckdb"))
    assert Places.from_env() == Places(tmp_path, tmp_path / "other.duckdb")
