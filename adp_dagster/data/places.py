"""Where the bundled data lies on disk."""

import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """The folders and files of one data directory."""

    data: Path
    warehouse: Path

    @classmethod
    def from_env(cls) -> "Places":
        """`ADP_DATA_DIR` (default `data/` beside the dbt project that is served) and `ADP_WAREHOUSE` (inside it)."""
        served = os.environ.get("ADP_PROJECT_DIR")
        beside = Path(served).absolute().parent if served else REPOSITORY
        data = Path(os.environ.get("ADP_DATA_DIR") or beside / "data").absolute()
        return cls(data, Path(os.environ.get("ADP_WAREHOUSE") or data / "warehouse.duckdb").absolute())

    @property
    def landing(self) -> Path:
        """Drops of files, `<product>/<YYYY-MM>/<table>.csv`."""
        return self.data / "landing"

    @property
    def bronze(self) -> Path:
        """Whole deliveries, `<table>/<table>.parquet` with a `_metadata.json` each."""
        return self.data / "bronze"

    def drops(self, product: str) -> list[str]:
        """The drops of a product on disk, oldest first."""
        return sorted(path.name for path in (self.landing / product).glob("????-??") if path.is_dir())

    def drop_file(self, product: str, drop: str, table: str) -> Path:
        """The file of one table in one drop."""
        return self.landing / product / drop / f"{table}.csv"

    def delivery(self, table: str) -> Path:
        """The file of one table that is delivered whole."""
        return self.bronze / table / f"{table}.parquet"
