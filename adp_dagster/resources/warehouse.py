"""The DuckDB file as a resource, and what to do while another process holds its lock."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource

from agents.errors import WarehouseBusy
from agents.project import Project
from agents.warehouse import LOCKED

WRITER_POOL = "duckdb_writer"
"""One slot: whoever opens the warehouse runs in it, because a reader stops a writer too."""

LOCK_RETRIES = 3
LOCK_WAIT_SECONDS = 5


class Warehouse(DuckDBResource):
    """dagster-duckdb's resource, which also closes its connection when the code inside fails.

    An open connection would keep the file's lock until the process ends, and the next step's writer out.
    """

    @contextmanager
    def get_connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The one writer of the warehouse."""
        with super().get_connection() as connection:
            try:
                yield connection
            finally:
                connection.close()


def warehouse_of(project: Project) -> Warehouse:
    """The warehouse that the project's builds write."""
    return Warehouse(database=str(project.warehouse))


@contextmanager
def retried_while_locked() -> Iterator[None]:
    """Turn a held file lock into a retry of the step: trying again helps, a change of code never does."""
    try:
        yield
    except WarehouseBusy as error:
        raise _retry() from error
    except Exception as error:
        if LOCKED not in str(error):
            raise
        raise _retry() from error


def _retry() -> dg.RetryRequested:
    return dg.RetryRequested(max_retries=LOCK_RETRIES, seconds_to_wait=LOCK_WAIT_SECONDS)
