"""SQLite and DuckDB, made to fail by statements that people write and by limits that they meet."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from random import Random

import duckdb
import sqlalchemy

from _minds.errors.kind import Kinds, kind, name, raised

TABLES = "create table {t} ({k} integer primary key, {a} text not null, {b} integer check ({b} > 0), unique ({a}));" \
    "create table {c} ({k} integer, {d} date, p integer references {t} ({k}));" \
    "insert into {t} values (1, 'x', 5), (2, '4,50', 7)"  # fmt: skip
SQL = {
    "unknown-column": ("unknown_column", "select {z} from {t}"),
    "unknown-qualified": ("unknown_column", "select x.{z}, x.{a} from {t} x"),
    "unknown-insert": ("unknown_column", "insert into {t} ({k}, {z}) values (7, 'a')"),
    "unknown-table": ("unknown_relation", "select count(*) from {z}"),
    "unknown-schema": ("unknown_relation", "select count(*) from {z}.{t}"),
    "ambiguous": ("ambiguous_column", "select {k} from {t} x join {c} y on x.{k} = y.p"),
    "misspelt": ("syntax_error", "selct {a} from {t}"),
    "comma": ("syntax_error", "select {a}, from where {t}"),
    "parenthesis": ("syntax_error", "select sum({b} from {t}"),
    "unfinished": ("syntax_error", "select {a} from {t} where"),
    "function": ("unknown_macro", "select {z}({a}) from {t}"),
    "duplicate": ("duplicate_keys", "insert into {t} values (1, 'n', 2)"),
    "duplicate-text": ("duplicate_keys", "insert into {t} values (9, 'x', 2)"),
    "null": ("null_keys", "insert into {t} values (8, null, 2)"),
    "check": ("contract_violated", "insert into {t} values (8, 'w', -2)"),
    "orphan": ("orphans", "insert into {c} values (1, null, 77)"),
}
DUCKDB = {
    **SQL,
    "group": ("missing_group_by", "select {a}, count(*) from {t}"),
    "group-two": ("missing_group_by", "select {k}, {a}, sum({b}) from {t} group by {k}"),
    "conversion": ("column_retyped", "select {a}::integer from {t}"),
    "conversion-date": ("column_retyped", "select cast('31.12.2024' as date)"),
    "conversion-time": ("column_retyped", "select '{z}'::timestamp"),
    "conversion-decimal": ("column_retyped", "select '12 EUR'::decimal(8, 2)"),
    "types": ("column_retyped", "select {a} + date '2024-01-01' from {t}"),
    "function-types": ("column_retyped", "select date_trunc(1, {a}) from {t}"),
    "exclude": ("unknown_column", "select * exclude ({z}) from {t}"),
    "replace": ("unknown_column", "select * replace (1 as {z}) from {t}"),
    "schema-gone": ("unknown_relation", "create table {z}.x as select 1"),
    "file-gone": ("not_found", "select * from read_csv('/tmp/{z}/*.csv')"),
    "parquet-gone": ("not_found", "from '/tmp/{z}.parquet'"),
    "bound": ("syntax_error", "select '{a} from {t}"),
    "strptime": ("column_retyped", "select strptime('2024/13/45', '%Y-%m-%d')"),
}


def sqlite() -> Kinds:
    """Statements, and what a file brings with it."""
    found = {k: kind(causes, partial(_sqlite, sql)) for k, (causes, sql) in SQL.items() if k != "unknown-schema"}
    found |= {
        f"alchemy-{k}": kind(SQL[k][0], partial(_alchemy, SQL[k][1]))
        for k in ("unknown-column", "unknown-table", "duplicate", "misspelt", "null")
    }
    return found | {
        "locked": kind("lock", _sqlite_locked),
        "readonly": kind("permission", _sqlite_readonly),
        "no-database": kind("payload", _sqlite_rubbish),
        "no-folder": kind("not_found", lambda rng: sqlite3.connect(f"/tmp/{name(rng)}/{name(rng)}.db").execute("s")),
        "full": kind("disk_full", _sqlite_full),
        "broken": kind("payload", _sqlite_malformed),
    }


def duckdb_() -> Kinds:
    """Statements, files and limits."""
    found = {k: kind(causes, partial(_duckdb, sql)) for k, (causes, sql) in DUCKDB.items()}
    return found | {
        "locked": (frozenset({"lock"}), _duckdb_locked),
        "memory": kind("out_of_memory", _duckdb_memory),
        "temp-disk": kind("disk_full out_of_memory", _duckdb_temp),
        "full": kind("disk_full", lambda rng: duckdb.execute("copy (from range(90000)) to '/dev/full' (format csv)")),
        "readonly": kind("permission", _duckdb_readonly),
        "no-database": kind("payload", _duckdb_rubbish),
        "csv-fields": kind("payload", partial(_duckdb_file, "a,b\n1,2\n3,4,5\n", "csv")),
        "csv-quote": kind("payload", partial(_duckdb_file, 'a,b\n1,"2\n3,4\n', "csv")),
        "csv-type": kind("column_retyped payload", partial(_duckdb_file, "a,b\n1,2\n3,x\n", "csv")),
        "json": kind("payload", partial(_duckdb_file, '[{"a": 1}, {"a": ', "json")),
        "parquet": kind("payload", partial(_duckdb_file, "PAR1 and no more", "parquet")),
        "external": kind("permission", _duckdb_closed),
        "interrupted": kind("lock", _duckdb_conflict),
    }


def _names(rng: Random, sql: str) -> str:
    names = {k: f"{name(rng)}{k}" for k in "tcabkdz"}
    return ";".join((TABLES, sql)).format(**names)


def _sqlite(sql: str, rng: Random) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("pragma foreign_keys = on")
        *before, last = _names(rng, sql).split(";")
        for one in before:
            db.execute(one)
        db.execute(last)


def _alchemy(sql: str, rng: Random) -> None:
    with sqlalchemy.create_engine("sqlite://").connect() as db:
        for one in _names(rng, sql).split(";"):
            db.execute(sqlalchemy.text(one))


def _duckdb(sql: str, rng: Random) -> None:
    with duckdb.connect() as db:
        *before, last = _names(rng, sql).split(";")
        for one in before:
            db.execute(one)
        db.execute(last).fetchall()


@contextmanager
def _file(rng: Random, ending: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=name(rng)))
    try:
        yield folder / f"{name(rng)}.{ending}"
    finally:
        shutil.rmtree(folder)


def _sqlite_locked(rng: Random) -> None:
    with _file(rng, "db") as file, closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(file)) as two:
        one.execute("create table t (a)")
        one.execute("begin exclusive")
        two.execute("pragma busy_timeout = 1")
        two.execute("insert into t values (1)")


def _sqlite_readonly(rng: Random) -> None:
    with _file(rng, "db") as file:
        with closing(sqlite3.connect(file)) as one:
            one.execute("create table t (a)")
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as two:
            two.execute("insert into t values (1)")


def _sqlite_rubbish(rng: Random) -> None:
    with _file(rng, "db") as file:
        file.write_text("no database at all, but long enough to look at " * 9)
        with closing(sqlite3.connect(file)) as db:
            db.execute("select * from t")


def _sqlite_malformed(rng: Random) -> None:
    with _file(rng, "db") as file:
        with closing(sqlite3.connect(file)) as one:
            one.execute("create table t (a)")
            one.executemany("insert into t values (?)", [("x" * 200,) for _ in range(400)])
            one.commit()
        whole = bytearray(file.read_bytes())
        whole[4096:] = b"\7" * (len(whole) - 4096)
        file.write_bytes(whole)
        with closing(sqlite3.connect(file)) as two:
            two.execute("select sum(length(a)) from t").fetchall()


def _sqlite_full(rng: Random) -> None:
    with _file(rng, "db") as file, closing(sqlite3.connect(file)) as db:
        db.execute("pragma max_page_count = 4")
        db.execute(f"create table {name(rng)} as with recursive n(i) as (select 1 union all select i + 1 from n "
                   "where i < 90000) select i, hex(randomblob(50)) from n")  # fmt: skip


def _duckdb_locked(rng: Random) -> str:
    with _file(rng, "duckdb") as file:
        script = f"import duckdb, sys; d = duckdb.connect({str(file)!r}); print(1, flush=True); sys.stdin.read()"
        with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout
            assert other.stdin
            other.stdout.readline()
            try:
                return raised(lambda _: duckdb.connect(str(file)), rng)
            finally:
                other.stdin.close()


def _duckdb_memory(rng: Random) -> None:
    with duckdb.connect(config={"memory_limit": "20MB", "threads": 1, "temp_directory": ""}) as db:
        db.execute(f"create table {name(rng)} as select i, md5(i::varchar) as h from range(3000000) t(i) order by h")


def _duckdb_temp(rng: Random) -> None:
    with _file(rng, "tmp") as folder, duckdb.connect(config={"memory_limit": "30MB", "threads": 1}) as db:
        db.execute(f"set temp_directory = '{folder}'")
        db.execute("set max_temp_directory_size = '2MB'")
        db.execute(f"create table {name(rng)} as select i, md5(i::varchar) as h from range(3000000) t(i) order by h")


def _duckdb_readonly(rng: Random) -> None:
    with _file(rng, "duckdb") as file:
        duckdb.connect(str(file)).close()
        with duckdb.connect(str(file), read_only=True) as db:
            db.execute(f"create table {name(rng)} (a integer)")


def _duckdb_rubbish(rng: Random) -> None:
    with _file(rng, "duckdb") as file:
        file.write_text("no database at all, but long enough to look at " * 200)
        duckdb.connect(str(file))


def _duckdb_file(text: str, form: str, rng: Random) -> None:
    options = (
        ", columns = {'a': 'integer', 'b': 'integer'}, auto_detect = false, header = true" if form == "csv" else ""
    )
    with _file(rng, form) as file, duckdb.connect() as db:
        file.write_text(text)
        db.execute(f"select * from read_{form}('{file}'{options})").fetchall()


def _duckdb_closed(rng: Random) -> None:
    with duckdb.connect(config={"enable_external_access": "false"}) as db:
        db.execute(f"select * from read_csv('/data/{name(rng)}.csv')")


def _duckdb_conflict(rng: Random) -> None:
    table = name(rng)
    with duckdb.connect() as db:
        db.execute(f"create table {table} as select 1 as a")
        one, two = db.cursor(), db.cursor()
        one.execute("begin")
        two.execute("begin")
        one.execute(f"update {table} set a = 2")
        two.execute(f"update {table} set a = 3")
