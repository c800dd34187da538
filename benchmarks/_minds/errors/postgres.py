"""PostgreSQL, where it is installed: a server of its own, reached by psycopg and by psql."""

import atexit
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

from _minds.errors.databases import SQL, TABLES
from _minds.errors.kind import Kinds, kind, name, told

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if Path("/usr/lib/postgresql").is_dir() else []
STATEMENTS = {
    **SQL,
    "group": ("missing_group_by", "select {a}, count(*) from {t}"),
    "division": ("division_by_zero", "select {b} / ({b} - {b}) from {t}"),
    "conversion": ("column_retyped", "select {a}::integer from {t}"),
    "conversion-date": ("column_retyped", "select cast('soon' as date)"),
    "types": ("column_retyped", "select {k} = {a} from {t}"),
    "assigned": ("column_retyped", "insert into {t} ({k}) values (now())"),
    "too-long": (
        "column_retyped contract_violated",
        "create temp table x (a varchar(2)); insert into x values ('abc')",
    ),
    "range": ("column_retyped", "select 99999999999::integer"),
    "denied": ("permission", "set role reader; select * from {t}"),
    "denied-schema": ("permission", "set role reader; create table public.{z} (a integer)"),
    "slow": ("timeout", "set statement_timeout = 20; select pg_sleep(2)"),
    "readonly": ("permission", "set transaction read only; insert into {t} values (7, 'r', 1)"),
    "exists": ("other", "create table {t} (a integer)"),
    "aborted": ("other", "reset {z}"),
}


def kinds() -> Kinds:
    """Statements, and ways not to come in."""
    if not BINARIES or not importlib.util.find_spec("psycopg"):
        return {}
    found = {k: kind(causes, partial(_statement, sql)) for k, (causes, sql) in STATEMENTS.items()}
    return found | {
        "password": kind("authentication", partial(_connect, user="reader", password="wrong")),
        "no-password": kind("authentication", partial(_connect, user="reader")),
        "no-role": kind("authentication", partial(_connect, user="nobody_{name}", password="x")),
        "no-database": kind("not_found", partial(_connect, dbname="{name}")),
        "no-server": kind("network", partial(_connect, port=1)),
        "no-host": kind("network", partial(_connect, host="{name}.invalid")),
        "locked": kind("lock timeout", _locked),
        "nowait": kind("lock", partial(_locked, nowait=" nowait")),
        "many": kind("rate_limit", _many),
        "killed": kind("server_error network", _killed),
        "psql-password": (
            frozenset({"authentication"}),
            partial(_psql, "postgresql://reader:no@127.0.0.1:{port}/postgres"),
        ),
        "psql-no-server": (frozenset({"network"}), partial(_psql, "postgresql://reader:no@127.0.0.1:1/postgres")),
    }


@cache
def port() -> int:
    """A server that was started for this process; people come in with a password over TCP."""
    folder = Path(tempfile.mkdtemp(prefix="adp-pg"))
    data, binaries = folder / "data", BINARIES[-1].parent
    user: dict[str, Any] = {"user": "postgres"} if os.getuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        number = one.getsockname()[1]
    password = folder / "password"
    password.write_text("right")
    password.chmod(0o644)
    run = partial(subprocess.run, check=True, capture_output=True, cwd=folder, **user)
    run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", password, "-N"])
    options = f"-p {number} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=8 -c fsync=off"
    run([binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start"])

    def stop() -> None:
        run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    with _open(number) as db:
        db.execute("create role reader login password 'right'")
    return number


def _open(number: int | None = None, **changes: Any) -> Any:
    import psycopg

    given = {"host": "127.0.0.1", "port": number or port(), "user": "postgres", "password": "right",
             "dbname": "postgres", "connect_timeout": 3, "autocommit": True, **changes}  # fmt: skip
    return psycopg.connect(**given)


def _statement(sql: str, rng: Random) -> None:
    import psycopg

    with _open() as db:
        db.execute("begin")
        names = {k: f"{name(rng)}{k}" for k in "tcabkdz"}
        try:
            for one in f"{TABLES};{sql}".format(**names).split(";"):
                db.execute(one)
        except psycopg.Error:
            db.execute("rollback")
            raise


def _connect(rng: Random, **changes: Any) -> None:
    drawn = {k: v.format(name=name(rng).replace("_", "")) if isinstance(v, str) else v for k, v in changes.items()}
    if "user" in changes and "password" not in changes:
        drawn["password"] = None
    _open(**drawn).close()


def _locked(rng: Random, nowait: str = "") -> None:
    table = name(rng)
    with _open() as one, _open() as two:
        one.execute(f"create table {table} as select 1 as a")
        try:
            with one.transaction():
                one.execute(f"lock table {table}")
                two.execute("set lock_timeout = 50")
                with two.transaction():
                    two.execute(f"lock table {table} in access share mode{nowait}")
        finally:
            one.execute(f"drop table {table}")


def _many(rng: Random) -> None:
    held: list[Any] = []
    try:
        for _ in range(20):
            held.append(_open(user="reader"))
    finally:
        for one in held:
            one.close()


def _killed(rng: Random) -> None:
    with _open() as one, _open() as two:
        two.execute("select pg_terminate_backend(%s)", [one.info.backend_pid])
        one.execute("select 1")


def _psql(url: str, rng: Random) -> str:
    return told(["psql", "-w", "-c", "select 1", url.format(port=port())])
