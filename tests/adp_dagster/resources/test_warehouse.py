import subprocess
import sys
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from adp_dagster.resources.warehouse import Warehouse, retried_while_locked
from agents.errors import WarehouseBusy

HOLD = """
import sys, time, duckdb
with duckdb.connect(sys.argv[1]) as db:
    print("held", flush=True)
    time.sleep(1)
"""


def test_a_held_lock_is_waited_for(tmp_path: Path) -> None:
    file = str(tmp_path / "w.duckdb")
    with subprocess.Popen([sys.executable, "-c", HOLD, file], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(duckdb.IOException, match="Could not set lock"):
            duckdb.connect(file)
        with Warehouse(database=file).get_connection() as db:
            assert db.execute("select 1").fetchone() == (1,)


def test_a_failure_inside_closes_the_connection(tmp_path: Path) -> None:
    warehouse = Warehouse(database=str(tmp_path / "w.duckdb"))
    with pytest.raises(ZeroDivisionError), warehouse.get_connection() as db:
        raise ZeroDivisionError
    with pytest.raises(duckdb.ConnectionException):
        db.execute("select 1")


@pytest.mark.parametrize(
    "error", [WarehouseBusy("held"), RuntimeError('IO Error: Could not set lock on file "w.duckdb"')]
)
def test_a_lock_error_asks_for_a_retry_and_not_for_a_repair(error: Exception) -> None:
    with pytest.raises(dg.RetryRequested), retried_while_locked():
        raise error


def test_any_other_error_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="amount"), retried_while_locked():
        raise ValueError("no column amount")
