"""Libraries that read tables: pandas, polars and pyarrow, where they are installed."""

import importlib.util
import io
from functools import partial
from random import Random
from typing import Any

from _minds.errors.kind import Kinds, kind, name


def kinds() -> Kinds:
    """Files that are not what they should be, columns that are not there, types that do not fit."""
    found: Kinds = {}
    for library, made in (("pandas", _pandas), ("polars", _polars), ("pyarrow", _pyarrow)):
        if importlib.util.find_spec(library):
            found |= {f"{library}-{k}": v for k, v in made().items()}
    return found


def _pandas() -> Kinds:
    import pandas as pd

    def frame(rng: Random) -> Any:
        return pd.DataFrame({name(rng): [1, 2], "text": ["a", "b"]})

    return {
        "fields": kind("payload", lambda rng: pd.read_csv(io.StringIO("a,b\n1,2\n3,4,5\n"))),
        "nothing": kind("payload", lambda rng: pd.read_csv(io.StringIO(""))),
        "quote": kind("payload", lambda rng: pd.read_csv(io.StringIO('a,b\n1,"2\n'), engine="c", on_bad_lines="error")
                      if False else pd.read_csv(io.StringIO('a,b\n1,"2\n3,4'), quotechar='"', engine="python")),
        "bytes": kind("payload", lambda rng: pd.read_csv(io.BytesIO(b"a\nM\xfcller\n"))),
        "json": kind("payload", lambda rng: pd.read_json(io.StringIO('{"a": [1, '))),
        "parquet": kind("payload", lambda rng: pd.read_parquet(io.BytesIO(b"no parquet at all here"))),
        "gone": kind("not_found", lambda rng: pd.read_csv(f"/srv/{name(rng)}.csv")),
        "usecols": kind("unknown_column", lambda rng: pd.read_csv(io.StringIO("a,b\n1,2\n"), usecols=[name(rng)])),
        "columns": kind("unknown_column", lambda rng: frame(rng)[[name(rng), "text"]]),
        "number": kind("column_retyped", lambda rng: frame(rng)["text"].astype(int)),
        "date": kind("column_retyped", lambda rng: pd.to_datetime(pd.Series(["31.12.2024", "n/a"]), format="%Y-%m-%d")),
        "truth": kind("other", lambda rng: bool(frame(rng))),
        "merge": kind("duplicate_keys", lambda rng: pd.DataFrame({"k": [1, 1]}).merge(
            pd.DataFrame({"k": [1, 1]}), on="k", validate="one_to_one")),
    }  # fmt: skip


def _polars() -> Kinds:
    import polars as pl

    def frame(rng: Random) -> Any:
        return pl.DataFrame({name(rng): [1, 2], "text": ["a", "b"]})

    return {
        "column": kind("unknown_column", lambda rng: frame(rng).select(pl.col(name(rng)))),
        "cast": kind("column_retyped", lambda rng: frame(rng).with_columns(pl.col("text").cast(pl.Int64))),
        "date": kind("column_retyped", lambda rng: frame(rng).with_columns(pl.col("text").str.to_date("%Y-%m-%d"))),
        "gone": kind("not_found", lambda rng: pl.read_csv(f"/srv/{name(rng)}.csv")),
        "nothing": kind("payload", lambda rng: pl.read_csv(io.BytesIO(b""))),
        "parquet": kind("payload", lambda rng: pl.read_parquet(io.BytesIO(b"no parquet at all here"))),
        "fields": kind("payload", lambda rng: pl.read_csv(io.BytesIO(b"a,b\n1,2\n3,4,5\n"))),
        "lengths": kind("other", lambda rng: pl.DataFrame({"a": [1, 2], "b": [1, 2, 3]})),
        "json": kind("payload", lambda rng: pl.read_ndjson(io.BytesIO(b'{"a": 1}\n{"a": '))),
    }


def _pyarrow() -> Kinds:
    import pyarrow as pa
    import pyarrow.compute
    import pyarrow.csv
    import pyarrow.parquet

    table = partial(pa.table, {"a": ["x"]})
    return {
        "parquet": kind("payload", lambda rng: pa.parquet.read_table(io.BytesIO(b"PAR1 no parquet at all"))),
        "small": kind("payload", lambda rng: pa.parquet.read_table(io.BytesIO(b"PA"))),
        "gone": kind("not_found", lambda rng: pa.parquet.read_table(f"/srv/{name(rng)}.parquet")),
        "fields": kind("payload", lambda rng: pa.csv.read_csv(io.BytesIO(b"a,b\n1,2\n3,4,5\n"))),
        "nothing": kind("payload", lambda rng: pa.csv.read_csv(io.BytesIO(b""))),
        "cast": kind("column_retyped", lambda rng: table()["a"].cast(pa.int64())),
        "column": kind("unknown_column", lambda rng: table().select([name(rng)])),
        "mixed": kind("column_retyped", lambda rng: pa.array([1, name(rng)])),
        "memory": kind("out_of_memory", lambda rng: pa.allocate_buffer(10**15)),
    }
