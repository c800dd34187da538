"""A process that has imported everything and forks a child for each thing to do: a real process in a few milliseconds.

No thread of Python runs in it, so that a fork is safe, and a child may be killed like any other process.
"""

import atexit
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
IMPORTS = ("duckdb", "dbt.cli.main", "dbt.adapters.duckdb", "sqlalchemy.dialects.sqlite.pysqlite", "agents.rollback",
           "agents.land", "agents.frozen.verify")  # fmt: skip
ASKED_FOR = ("pandas", "pyarrow.compute")
"""What DuckDB imports where it is installed."""

PROJECT = {
    "dbt_project.yml": 'name: warm\nversion: "1.0"\nprofile: warm\n',
    "profiles.yml": "warm: {target: dev, outputs: {dev: {type: duckdb, path: warm.duckdb}}}\n",
    "models/_sources.yml": "sources: [{name: raw, tables: [{name: orders}]}]\n",
    "models/orders.sql": "select * from {{ source('raw', 'orders') }}\n",
}


@dataclass(frozen=True)
class Job:
    """A function of a module of this package, by `module:name`, called in a child with arguments that are JSON."""

    function: str
    args: Sequence[Any] = ()
    env: Mapping[str, str] | None = None
    kill_after: float | None = None
    """Seconds after `ready` after which the child is killed."""
    group: bool = False
    """Whether what the child started is killed with it."""


@dataclass(frozen=True)
class Ended:
    """How a child ended: `signal` is 0 where it went by itself; `value` is what the function returned."""

    signal: int
    value: Any
    error: str


@cache
def _server() -> "subprocess.Popen[str]":
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ADP_", "GIT_"))}
    folders = os.pathsep.join([str(HERE.parents[1]), str(HERE.parents[2])])
    server = subprocess.Popen(
        [sys.executable, "-c", "from _freeze import warm; warm.serve()"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
        env={**env, "PYTHONPATH": folders, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
             "OPENBLAS_NUM_THREADS": "1",  # it would start threads as soon as it is imported
             "PYTHONWARNINGS": "ignore"},  # a child that is killed leaves semaphores behind
    )  # fmt: skip
    atexit.register(_stop, server)
    return server


def _stop(server: "subprocess.Popen[str]") -> None:
    assert server.stdin
    assert server.stdout
    server.stdin.close()
    server.wait()
    server.stdout.close()


def together(*jobs: Job) -> list[Ended]:
    """Let all of them start at the same moment, and wait until all have ended."""
    server = _server()
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps([vars(j) for j in jobs]) + "\n")
    server.stdin.flush()
    return [Ended(**told) for told in json.loads(server.stdout.readline())]


def alone(job: Job) -> Any:
    """What the function returned. Raises RuntimeError with its own traceback where it failed."""
    (ended,) = together(job)
    if ended.error or ended.signal:
        raise RuntimeError(f"{job.function}: {ended.error or f'signal {ended.signal}'}")
    return ended.value


def serve() -> None:
    """Answer each line of jobs with a line of how they ended."""
    _warmed_up()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a child prints is no answer
    for line in sys.stdin:
        answers.write(json.dumps(_forked([Job(**told) for told in json.loads(line)])) + "\n")
        answers.flush()


def _warmed_up() -> None:
    """Have behind it what a process does once, and has long done when it comes to commit or to look."""
    for name in IMPORTS:
        importlib.import_module(name)
    for name in ASKED_FOR:
        with suppress(ImportError):
            importlib.import_module(name)
    from agents.dbt import parse
    from agents.project import open_project
    from agents.sandbox import isolation

    isolation.tried(isolation.installed())
    with tempfile.TemporaryDirectory() as folder:
        for name, text in PROJECT.items():
            (Path(folder) / name).parent.mkdir(exist_ok=True)
            (Path(folder) / name).write_text(text)
        subprocess.run(["git", "init", "-q", folder], check=True)
        project = open_project(Path(folder))
        for _ in range(2):  # dbt makes many a class to parse by, and others to read what it parsed
            parse(project.root, profiles_dir=project.profiles_dir, artifacts=project.artifacts)
    assert threading.active_count() == 1, threading.enumerate()
    gc.freeze()  # what is here already is not looked through again in each child


_gate: list[int] = []
"""In a child: where it says that it is ready, and where it waits for the others."""


def ready() -> None:
    """In a child: what took time to open is open; go on when all the others have said so."""
    os.close(_gate.pop(0))
    os.read(_gate[0], 1)


def _forked(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    start, go = os.pipe()
    children = [_fork(job, start, go) for job in jobs]
    os.close(start)
    for _, waits, _ in children:
        os.read(waits, 1)  # ends where the child closes it, or is gone
        os.close(waits)
    os.close(go)
    begun = time.monotonic()
    for job, (pid, _, _) in zip(jobs, children, strict=True):
        if job.kill_after is not None:
            time.sleep(max(0.0, begun + job.kill_after - time.monotonic()))
            (os.killpg if job.group else os.kill)(pid, signal.SIGKILL)
    return [_ended(pid, answer) for pid, _, answer in children]


def _fork(job: Job, start: int, go: int) -> tuple[int, int, int]:
    waits, is_ready = os.pipe()
    answer, told = os.pipe()
    pid = os.fork()
    if pid:
        os.close(told)
        os.close(is_ready)
        os.setpgid(pid, pid)
        return pid, waits, answer
    for other in (go, waits, answer):
        os.close(other)
    _gate[:] = [is_ready, start]
    os.environ.update(job.env or {})
    try:
        module, name = job.function.split(":")
        function = getattr(importlib.import_module(module), name)
        value, error = function(*job.args), ""
    except BaseException as raised:
        value, error = None, f"{type(raised).__name__}: {raised}"
        if "ADP_BENCH_TRACE" in os.environ:
            traceback.print_exc()
    if len(_gate) == 2:
        os.close(_gate[0])
    try:
        with os.fdopen(told, "w") as out:
            json.dump({"value": value, "error": error}, out)
    finally:
        os._exit(0)  # whatever happens, a child goes no further than this


def _ended(pid: int, answer: int) -> dict[str, Any]:
    with os.fdopen(answer) as file:
        said = file.read()
    _, status = os.waitpid(pid, 0)
    found = json.loads(said) if said else {"value": None, "error": ""}
    return {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, **found}
