"""Where a hostile text really runs: a small shop, its sandbox, and around them canaries that must not be touched."""

import atexit
import hashlib
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from _freeze.warm import Job, together
from agents.build import build
from agents.errors import AdpError
from agents.ledger import Ledger
from agents.parsed import carry_over
from agents.project import Project, open_project
from agents.repository import Repository
from agents.sandbox.client import Worker, cool_down
from agents.sandbox.stage import Stage, fill, plan

SECRET = "canary-5f1c0e"
"""What must turn up nowhere."""
FILES = {
    "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\nmodels: {shop: {+materialized: table}}\n',
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, schema: main}\n",
    "models/_sources.yml": "sources:\n  - name: raw\n    tables: [{name: orders}]\n",
    "models/stg_orders.sql": "select order_id, amount, status from {{ source('raw', 'orders') }}\n",
    "models/fct_totals.sql": "select status, sum(amount) as total from {{ ref('stg_orders') }} group by status\n",
}


class Yard:
    """One for the life of a process; `used` says what became of the canaries since the last time."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="adp-yard-")).resolve()
        self.canaries = self.folder / "canaries"
        self.canaries.mkdir()
        for kind in ("txt", "csv", "json", "parquet"):
            (self.canaries / f"secret.{kind}").write_text(f'{{"secret": "{SECRET}"}}\n')
        os.environ["ADP_CANARY"] = SECRET
        self.asked: list[str] = []
        self.server = _server(self.asked)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.root = self.folder / "shop"
        self.project = _shop(self.root, self.canaries)
        self.repository = Repository(self.root)
        self.base = self.repository.head()
        self.stage: Stage | None = None
        self.before = self._look()

    def close(self) -> None:
        """Everything of it is gone."""
        cool_down()
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def effects(self, *said: object) -> list[str]:
        """What happened outside since the last look; `said` is where the secret must not be."""
        now = self._look()
        found = [f"{name} {'changed' if name in self.before else 'appeared'}" for name in now
                 if now[name] != self.before.get(name)]  # fmt: skip
        found += [f"{name} is gone" for name in self.before if name not in now]
        found += [f"asked {url}" for url in self.asked]
        found += ["the secret came out"] if any(SECRET in str(s) for s in said) else []
        self.asked.clear()
        self.before = now
        return found

    def sandboxed(self, files: dict[str, str], select: str) -> tuple[bool, str]:
        """Whether it builds in the locked sandbox, and everything that came out of there."""
        try:
            with Worker(self._staged(), self.root, self.project.settings.sandbox) as worker:
                try:
                    worker.ask("write", files=files)
                    built = worker.ask("build", select=[select], exclude=[])
                finally:
                    with suppress(AdpError):
                        worker.ask("write", files=dict.fromkeys(files))
        except (AdpError, OSError, ValueError) as error:
            self.renew()
            return False, str(error)
        ran = [o for o in built["outcomes"] if o["status"] not in ("success", "pass")]
        held = not built["error"] and bool(built["outcomes"]) and not ran
        return held, json.dumps(built) + self._rows()

    def for_real(self, files: dict[str, str], select: str) -> str:
        """A plain `dbt build` of a copy on this machine, outside of every sandbox: what a rerun would do."""
        copy = self.folder / "real"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.root, copy, ignore=shutil.ignore_patterns(".adp", ".git"), symlinks=True)
        for path, text in files.items():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_text(text)
        carry_over(self.project.artifacts, copy, copy, copy, self.project.target)  # as dbt finds it on a rerun
        said = self._told_by_dbt(copy, select)
        with suppress(duckdb.Error), duckdb.connect(str(copy / "shop.duckdb"), read_only=True) as db:
            said += _held(db)
        shutil.rmtree(copy, ignore_errors=True)
        return said

    def _told_by_dbt(self, copy: Path, select: str) -> str:
        """What a process with nothing around it prints: its own, forked from one that has imported dbt already."""
        told = self.folder / "told.log"
        job = Job("_freeze.yard:dbt_build", [str(copy), select, str(told)], {"ADP_CANARY": SECRET})
        (ended,) = together(job)
        said = told.read_text(errors="replace")
        told.unlink()
        return f"{said}{ended.error}{ended.signal or ''}"

    def _staged(self) -> Stage:
        if self.stage is None:
            self.stage = plan(self.project)
            fill(self.stage, self.project, self.project.graph, self.base, ["source.shop.raw.orders"],
                 ["model.shop.stg_orders", "model.shop.fct_totals"])  # fmt: skip
        return self.stage

    def renew(self) -> None:
        """A sandbox in which something failed is not used again."""
        if self.stage is not None:
            self.stage.remove()
        self.stage = None

    def _rows(self) -> str:
        if self.stage is None or not self.stage.warehouse.is_file():
            return ""
        with suppress(duckdb.Error), duckdb.connect(str(self.stage.warehouse)) as db:
            for alias, file in self.stage.files.items():
                db.execute(f"attach '{file}' as {alias} (read_only)")
            return _held(db)
        return ""

    def _look(self) -> dict[str, str]:
        """Every file that nobody has to touch, with its content."""
        kept = [*self.canaries.rglob("*"), *(self.root / ".git" / "hooks").glob("*"), self.root / ".git" / "config"]
        kept += [self.root / name for name in ("profiles.yml", "adp.yml", "dbt_project.yml")]
        kept += [f for f in self.folder.iterdir() if f.is_file()]
        return {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in kept if f.is_file()}


def dbt_build(copy: str, select: str, told: str) -> None:
    """dbt's own command line on a copy, in this process; it has two minutes."""
    from dbt.cli.main import cli

    with Path(told).open("wb") as out:
        for stream in (1, 2):
            os.dup2(out.fileno(), stream)
    os.chdir(copy)
    signal.alarm(120)
    try:
        cli(["build", "--select", select, "--project-dir", copy, "--profiles-dir", copy, "--no-use-colors",
             "--no-send-anonymous-usage-stats"], standalone_mode=False)  # fmt: skip
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


@cache
def yard() -> Yard:
    """The one of this process."""
    made = Yard()
    atexit.register(made.close)
    return made


def _held(db: duckdb.DuckDBPyConnection) -> str:
    names = db.execute("select schema_name, table_name from duckdb_tables() union all "
                       "select schema_name, view_name from duckdb_views() where not internal").fetchall()  # fmt: skip
    return "".join(_content(db, f'"{schema}"."{name}"') for schema, name in names)


def _content(db: duckdb.DuckDBPyConnection, name: str) -> str:
    with suppress(duckdb.Error):
        return str(db.execute(f"select * from {name} limit 50").fetchall())
    return ""


def _shop(root: Path, canaries: Path) -> Project:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "link").symlink_to(canaries)
    (root / "models" / "link").symlink_to(canaries)
    for args in (("init", "-q", "-b", "main"), ("config", "user.email", "p@example.com"), ("config", "user.name", "P")):
        subprocess.run(["git", "-C", str(root), *args], check=True)
    (root / ".git" / "info" / "exclude").write_text("*.duckdb*\n/.adp/\n/target/\n/logs/\n/.user.yml\n")
    subprocess.run(["git", "-C", str(root), "add", "-A"], check=True)
    subprocess.run(["git", "-C", str(root), "commit", "-qm", "start"], check=True)
    with duckdb.connect(str(root / "shop.duckdb")) as db:
        db.execute("create schema raw; create table raw.orders as select i as order_id, i * 1.5 as amount, "
                   "['new', 'paid'][1 + i % 2] as status from range(100) t(i)")  # fmt: skip
    project = open_project(root)
    with closing(Ledger.at(project.state)) as ledger:
        built = build(project, ledger)
    if not built.published:
        raise RuntimeError(f"the yard's shop does not build: {built.evidence}")
    return project


def _server(asked: list[str]) -> http.server.ThreadingHTTPServer:
    class Canary(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def every_way(names: tuple[str, ...]) -> Iterator[tuple[str, frozenset[str]]]:
    """All layers, then each of them switched off alone."""
    yield "all", frozenset()
    yield from ((f"without {name}", frozenset((name,))) for name in names)
