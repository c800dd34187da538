"""What fails every day and is none of the causes: slips in programs, tools called wrongly, what exists already."""

import asyncio
import collections
import contextlib
import copy
import datetime
import decimal
import importlib
import io
import itertools
import pickle
import random
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import jinja2
import numpy as np
import pydantic
import sqlalchemy
import typer

from _minds.errors.kind import Kinds, kind, name, python, told


def _deep(n: int) -> int:
    return _deep(n + 1)


def _port(rng: Random) -> None:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(one.getsockname())


def _git(*arguments: str) -> Callable[[Random], str]:
    def run(rng: Random) -> str:
        folder = Path(tempfile.mkdtemp(prefix=name(rng)))
        try:
            subprocess.run(["git", "init", "-q", str(folder)], check=True)
            return told(["git", "-C", str(folder), *(a.format(name=name(rng)) for a in arguments)])
        finally:
            shutil.rmtree(folder)

    return run


def _sql(sql: str, rng: Random) -> None:
    with duckdb.connect() as db:
        for one in sql.format(name=name(rng)).split(";"):
            db.execute(one).fetchall()


RAISED: dict[str, Callable[[Random], Any]] = {
    "key": lambda rng: {}[name(rng)],
    "index": lambda rng: [][rng.randint(1, 9)],
    "attribute": lambda rng: getattr(None, name(rng)),
    "attribute-module": lambda rng: getattr(re, name(rng)),
    "module": lambda rng: importlib.import_module(name(rng)),
    "name": lambda rng: eval(name(rng)),
    "call": lambda rng: (lambda a: a)(),  # type: ignore[call-arg]
    "keyword": lambda rng: int(**{name(rng): 1}),
    "not-callable": lambda rng: (rng.randint(1, 9))(),  # type: ignore[operator]
    "iterate": lambda rng: list(rng.randint(1, 9)),  # type: ignore[call-overload]
    "unpack": lambda rng: (lambda a, b: a)(*range(5)),  # type: ignore[call-arg]
    "hash": lambda rng: {[]: 1},
    "depth": lambda rng: _deep(0),
    "assert": lambda rng: (_ for _ in ()).throw(AssertionError(f"{name(rng)} is not {name(rng)}")),
    "changed": lambda rng: [d.pop(k) for d in [{1: 1, 2: 2}] for k in d],
    "stop": lambda rng: next(iter([])),
    "closed": lambda rng: (lambda f: (f.close(), f.read()))(io.StringIO()),
    "exists": lambda rng: Path(tempfile.gettempdir()).mkdir(),
    "is-folder": lambda rng: Path(tempfile.gettempdir()).read_text(),
    "not-folder": lambda rng: list(Path("/etc/passwd").iterdir()),
    "long": lambda rng: Path("x" * 400).write_text("a"),
    "port": _port,
    "pickle": lambda rng: pickle.dumps(lambda: 1),
    "regex": lambda rng: re.compile(f"({name(rng)}"),
    "struct": lambda rng: struct.unpack("i", b"a"),
    "uuid": lambda rng: uuid.UUID(name(rng)),
    "sample": lambda rng: random.sample([1, 2], 5),
    "loop": lambda rng: asyncio.get_running_loop(),
    "thread": lambda rng: (lambda t: (t.start(), t.join(), t.start()))(threading.Thread(target=int)),
    "context": lambda rng: contextlib.ExitStack().enter_context(object()),  # type: ignore[arg-type]
    "copy": lambda rng: copy.copy(rng.random, 1),  # type: ignore[call-arg]
    "deque": lambda rng: collections.deque().popleft(),
    "zip": lambda rng: list(zip([1], [], strict=True)),
    "batched": lambda rng: list(itertools.islice([1], -1)),
    "signal": lambda rng: signal.signal(999, signal.SIG_DFL),
    "timezone": lambda rng: datetime.datetime.now() < datetime.datetime.now(datetime.UTC),  # noqa: DTZ005
    "context-decimal": lambda rng: decimal.Context(prec=-1),
    "frozen": lambda rng: setattr(pydantic.create_model("M", __config__={"frozen": True}, a=(int, 1))(), "a", 2),
    "template": lambda rng: jinja2.Environment().get_template(name(rng)),
    "bindings": lambda rng: sqlite3.connect(":memory:").execute("select ?, ?", [1]),
    "closed-db": lambda rng: (lambda d: (d.close(), d.execute("select 1")))(sqlite3.connect(":memory:")),
    "dialect": lambda rng: sqlalchemy.create_engine(f"{name(rng).replace('_', '')}://x"),
    "setting": partial(_sql, "set {name} = 1"),
    "twice": partial(_sql, "create table {name} (a integer);create table {name} (b integer)"),
    "scalar": partial(_sql, "select (select unnest([1, 2]) + x) from range(2) t(x)"),
    "rollback": partial(_sql, "rollback"),
    "prepared": partial(_sql, "select $1"),
    "begin": partial(_sql, "begin;begin"),
    "extension": lambda rng: duckdb.load_extension(name(rng)),
    "shape": lambda rng: np.zeros((2, 3)) @ np.zeros((2, 3)),
    "parameter": lambda rng: typer.main.get_command(typer.Typer()),
}  # fmt: skip


def kinds() -> Kinds:
    """Python's own errors, tools', and those of libraries that this project uses."""
    found = {k: kind("other", action) for k, action in RAISED.items()}
    tools: dict[str, Callable[[Random], str]] = {
        "git-branch": _git("checkout", "{name}"),
        "git-ref": _git("log", "{name}"),
        "git-empty": _git("commit", "-m", "{name}"),
        "git-option": _git("status", "--{name}"),
        "python-option": lambda rng: told([sys.executable, "--nothing"]),
        "python-module": lambda rng: told([sys.executable, "-m", name(rng)]),
        "python-exit": lambda rng: python(f"import sys; sys.exit('{name(rng)} stopped')"),
        "ls-option": lambda rng: told(["ls", f"--{name(rng)}"]),
        "bash-command": lambda rng: told(["bash", "-c", f"x{name(rng)}"]),
        "bash-variable": lambda rng: told(["bash", "-uc", f"echo ${name(rng)}"]),
        "sort-option": lambda rng: told(["sort", "-k", "x"]),
        "date-format": lambda rng: told(["date", "-d", name(rng)]),
        "kill": lambda rng: told(["bash", "-c", "kill 4194303"]),
        "dbt-option": lambda rng: told([sys.executable, "-m", "dbt.cli.main", "build", f"--{name(rng)}"]),
    }
    return found | {k: (frozenset({"other"}), cause_it) for k, cause_it in tools.items()}
