"""Whoever broke out of SQL and Jinja finds a process that reaches nothing: hostile Python in the worker's place."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.errors import SandboxError, UsageError
from agents.repository import Repository
from agents.sandbox import isolation
from agents.sandbox.client import Worker, _Kind, _Process
from agents.sandbox.environment import environment_of
from agents.sandbox.isolation import described, wrapped
from agents.sandbox.stage import fill, plan
from agents.settings import Sandbox, Settings

BUBBLEWRAP = isolation.tried(isolation.installed())
needs_bubblewrap = pytest.mark.skipif(not BUBBLEWRAP.version, reason=BUBBLEWRAP.why)
MODES = [pytest.param("bubblewrap", marks=[needs_bubblewrap, pytest.mark.thorough]), "none"]
CANARY = "canary-5cdb1f"

HOSTILE = """
import json, mmap, os, resource, socket, subprocess, sys
from pathlib import Path
from agents.sandbox.seccomp import confine
confine()  # as the worker does before its first request
given = json.loads(sys.argv[1])
found = {}

def attempt(name, act):
    try:
        found[name] = str(act())
    except BaseException as error:
        found[name] = None

def connect(kind, address):
    with socket.socket(kind) as s:
        s.connect(address)
        return "connected"

def forks():
    children = 0
    for _ in range(30):
        try:
            pid = os.fork()
        except OSError:
            break
        if pid == 0:
            os._exit(0)
        children += 1
    assert children, "refused"
    return children

def memory(size):
    held = bytearray(size)
    held[::4096] = b"x" * len(held[::4096])
    return len(held)

for name, path in given["read"].items():
    attempt("read " + name, lambda: Path(path).read_bytes()[:20])
for name, path in given["list"].items():
    attempt("list " + name, lambda: sorted(os.listdir(path)))
for name, path in given["write"].items():
    attempt("write " + name, lambda: Path(path).open("a").write("x"))
attempt("connect", lambda: connect(socket.AF_INET, ("127.0.0.1", given["port"])))
attempt("connect to a path", lambda: connect(socket.AF_UNIX, given["unix"]))
attempt("fork", forks)
attempt("program", lambda: subprocess.run(["/bin/true"], check=True))
attempt("kill", lambda: os.kill(given["victim"], 0))
attempt("read another's environment", lambda: Path(f"/proc/{given['victim']}/environ").read_text()[:20])
attempt("lift a limit", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2))
attempt("memory", lambda: memory(2 * given["memory"]))
attempt("shared memory", lambda: mmap.mmap(-1, 12 * given["memory"]))
attempt("large file", lambda: os.truncate(Path("large").open("wb").fileno(), 2 * given["disk"]))
found["environment"] = dict(os.environ)
attempt("write own", lambda: Path(given["own"]).write_text("x"))
attempt("read the good state", lambda: Path(given["good"]).read_bytes()[8:12])
print(json.dumps(found))
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    (folder / ".dbt").mkdir(parents=True)
    (folder / ".dbt" / "profiles.yml").write_text(CANARY)
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[int, str]]:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
        os.chdir(tmp_path)
        local.bind("s")  # a whole path may be too long for a socket
        local.listen()
        yield tcp.getsockname()[1], str(tmp_path / "s")


def attempts(shop, home, servers, mode: str) -> dict[str, object]:
    limits = Sandbox(isolation=mode, memory_mb=1024, disk_mb=64)
    stage = plan(shop.project)
    kind = _Kind(limits, environment_of(shop.root, limits), stage.reach if mode == "bubblewrap" else None, 0)
    git, adp = shop.root / ".git", shop.root / ".adp"
    given = {
        "read": {
            "home": str(home / ".dbt" / "profiles.yml"),
            "warehouse": str(shop.root / "shop.duckdb"),
            "git": str(git / "HEAD"),
            "profiles": str(shop.root / "profiles.yml"),
        },
        "list": {"git": str(git), "ledger": str(adp / "root" / "ledger.sqlite"), "dbt": str(adp / "root" / "dbt")},
        "write": {} if mode == "none" else {
            "project": str(shop.root / "models" / "stg_orders.sql"),
            "outside": str(home.parent / "outside.txt"),
            "good state": stage.files["adp_good"],
            "packages": str(Path(isolation.__file__).with_name("new-file-of-a-test")),
            "devices": "/dev/new-file-of-a-test",
            "root": "/new-file-of-a-test",
        },
        "port": servers[0], "unix": servers[1], "victim": os.getpid(), "memory": 1024**3, "disk": 64 * 1024**2,
        "own": str(stage.folder / "own.txt"), "good": stage.files["adp_good"],
    }  # fmt: skip
    process = _Process(kind, [sys.executable, "-c", HOSTILE, json.dumps(given)])
    try:
        answer = process.popen.stdout.read()
        assert answer, process.last_words
        return json.loads(answer)
    finally:
        process.end()
        stage.remove()


@needs_bubblewrap
def test_nothing_outside_the_sandbox_is_reached_inside_bubblewrap(shop, home, servers, monkeypatch):
    monkeypatch.setenv("ADP_CANARY_OF_A_PERSON", CANARY)

    found = attempts(shop, home, servers, "bubblewrap")

    assert CANARY not in json.dumps(found)
    assert found.pop("write own") == "1"
    assert found.pop("read the good state") == "b'DUCK'"
    assert set(found.pop("environment")) <= {
        "PATH", "HOME", "TMPDIR", "PWD", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE",
    }  # fmt: skip
    assert {name: outcome for name, outcome in found.items() if outcome is not None} == {}


def test_without_bubblewrap_no_network_no_process_and_no_more_than_the_limits(shop, home, servers, monkeypatch):
    monkeypatch.setenv("ADP_CANARY_OF_A_PERSON", CANARY)

    found = attempts(shop, home, servers, "none")

    promised = ("connect", "connect to a path", "fork", "program", "kill", "lift a limit", "memory", "shared memory",
                "large file")  # fmt: skip
    assert {name: found[name] for name in promised if found[name] is not None} == {}
    assert CANARY not in json.dumps(found["environment"])
    assert found["write own"] == "1"


@pytest.mark.parametrize("mode", MODES)
def test_a_sandbox_that_fills_the_disk_is_stopped_with_the_limit_named(shop, mode):
    limits = Sandbox(isolation=mode, disk_mb=64)
    stage = plan(shop.project)
    try:
        fill(stage, shop.project, shop.project.graph, Repository(shop.root).head(), [], ["model.shop.fct_totals"])
        (stage.folder / "spilled").write_bytes(os.urandom(50 * 1024**2))
        with Worker(stage, shop.root, limits) as worker:
            worker.ask("write", files={"models/fct_totals.sql": "select random() as r from range(3000000)"})
            with pytest.raises(SandboxError, match=r"sandbox\.disk_mb"):
                worker.ask("build", select=["fct_totals"], exclude=[])
    finally:
        stage.remove()


@pytest.mark.parametrize("mode", MODES)
def test_a_model_that_wants_more_memory_fails_and_the_worker_lives(shop, mode):
    shop.write("adp.yml", f"sandbox: {{memory_mb: 256, isolation: {mode}}}")
    limits = shop.project.settings.sandbox
    stage = plan(shop.project)
    try:
        fill(stage, shop.project, shop.project.graph, Repository(shop.root).head(), [], ["model.shop.fct_totals"])
        with Worker(stage, shop.root, limits) as worker:
            text = "select list(repeat('x', 1000) || i) as l from range(3000000) t(i)"
            worker.ask("write", files={"models/fct_totals.sql": text})
            (failed,) = worker.ask("build", select=["fct_totals"], exclude=["test_type:data"])["outcomes"]
            worker.ask("write", files={"models/fct_totals.sql": "select 1 as customer_id"})
            (built,) = worker.ask("build", select=["fct_totals"], exclude=["test_type:data"])["outcomes"]
    finally:
        stage.remove()

    assert failed["status"] == "error"
    assert "memory" in failed["message"].lower()
    assert built["status"] == "success"


def test_settings_that_ask_for_bubblewrap_are_refused_where_it_is_missing(shop, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UsageError, match="apt-get install bubblewrap"):
        wrapped(Sandbox(isolation="bubblewrap"))
    assert not wrapped(Sandbox())


def test_bubblewrap_that_may_not_make_namespaces_counts_as_missing(tmp_path):
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)

    assert "No permissions" in isolation.tried(str(refusing)).why


def test_a_heal_says_what_held_its_candidates(shop, monkeypatch, tmp_path):
    monkeypatch.setenv("SHOP_API_TOKEN", CANARY)
    shop.write("models/fct_token.sql", "select '{{ env_var('SHOP_API_TOKEN') }}' as told")
    project = shop.project

    if BUBBLEWRAP.version:
        assert described(project).startswith(f"bubblewrap {BUBBLEWRAP.version} (no network")
    assert "SHOP_API_TOKEN" in described(project)
    assert CANARY not in described(project)
    object.__setattr__(project, "settings", Settings(sandbox=Sandbox(isolation="none")))
    assert "no bubblewrap (switched off" in described(project)
