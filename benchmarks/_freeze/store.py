"""A small shop in git with a published good state, made once; each case has a copy of it and commits real packages."""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb

from _freeze.warm import Job, alone
from agents import published
from agents.build import build
from agents.commit import Landed, commit
from agents.contracts import (
    Cause,
    Check,
    Diagnosis,
    FileChange,
    Judgement,
    MapColumn,
    Options,
    Proposal,
    RestoreText,
    Risk,
    Tried,
    Verdict,
)
from agents.freeze.freeze import freeze
from agents.ledger import Ledger
from agents.parsed import carry_over
from agents.project import Project, open_project
from agents.repository import Repository

MODELS = tuple(f"models/mart_{n}.sql" for n in range(8))
STAGED = "models/stg_orders.sql"
THEIRS = "models/theirs.sql"
OLD = "models/old.sql"
ROOM = 1_000_000_000
"""Bytes that must be free in memory for copies to lie there."""
ROWS, REPAIRED_ROWS = 200, 230
ORDERS = "select i as order_id, i % 10 as customer_id, i * 1.5 as amount from range({rows}) t(i)"
_FILES = {
    "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\nmodels: {shop: {+materialized: table}}\n',
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n"
                    "    dev: {type: duckdb, path: shop.duckdb, schema: main, threads: 1}\n",
    "models/_sources.yml": "sources:\n  - name: raw\n    tables: [{name: orders}]\n",
    STAGED: "select order_id, customer_id, amount from {{ source('raw', 'orders') }}\n",
    OLD: "select 1 as c\n",
    THEIRS: "select 2 as c\n",
    **{p: f"select customer_id, sum(amount) as total_{n} from {{{{ ref('stg_orders') }}}} group by all\n"
       for n, p in enumerate(MODELS)},
}  # fmt: skip


@cache
def shelf() -> Path:
    """Where the shops lie that are made once."""
    folder = Path(tempfile.mkdtemp(prefix="adp-store-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _made(kind: str) -> Path:
    root = shelf() / kind
    if kind == "good":
        alone(Job("_freeze.store:make", [str(root)]))
    else:
        alone(Job("_freeze.store:repair", [str(opened_copy("good", root)), str(_made("good"))]))
    return root


@cache
def _desk() -> Path:
    """Where the copies for cases lie: in memory where there is room.

    A process that is killed loses nothing that it gave to the system, on a disk or in memory, so that a case shows the
    same; and the syncs of the disk, which the code under test asks for as ever, take no time there.
    """
    memory = Path("/dev/shm")
    if not memory.is_dir() or not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ROOM:
        return shelf()
    folder = Path(tempfile.mkdtemp(prefix="adp-desk-", dir=memory)).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def opened_copy(kind: str, root: Path | None = None) -> Path:
    """A copy of the shop `good`, or of `repaired`, whose staging model was mended once, for one case."""
    root = root or Path(tempfile.mkdtemp(prefix="case-", dir=_desk())) / "shop"
    shutil.copytree(_made(kind), root, symlinks=True)
    return root


def parsed_copy(kind: str, root: Path | None = None) -> Path:
    """As `opened_copy`, and dbt goes on from what it parsed when the shop was built, as it does where that stays."""
    root = opened_copy(kind, root)
    alone(Job("_freeze.store:carry", [str(_made(kind)), str(root)]))
    return root


def carry(made: str, root: str) -> None:
    """What dbt parsed in one copy of the shop, for another one."""
    project = open_project(Path(root))
    parsed = Path(made) / project.artifacts.relative_to(project.repo)
    assert carry_over(parsed, project.artifacts, project.root, project.profiles_dir, project.target)


def git(root: Path, *args: str) -> str:
    """Output of one git command of a person."""
    return subprocess.run(["git", "-C", str(root), *args], check=True, capture_output=True, text=True).stdout


def make(root: str) -> None:
    """The shop, built and published."""
    for path, text in _FILES.items():
        file = Path(root) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(Path(root), "init", "-q", "-b", "main", "--template=")
    git(Path(root), "config", "user.email", "person@example.com")
    git(Path(root), "config", "user.name", "A Person")
    (Path(root) / ".git/info").mkdir()
    (Path(root) / ".git/info/exclude").write_text("*.duckdb*\n/.adp/\n/target/\n/logs/\n.user.yml\n")
    git(Path(root), "add", "-A")
    git(Path(root), "commit", "-qm", "start")
    with duckdb.connect(f"{root}/shop.duckdb") as db:
        db.execute(f"create schema raw; create table raw.orders as {ORDERS.format(rows=ROWS)}")
    _build(Path(root))


def repair(root: str, good: str) -> None:
    """A column arrives under another name, the staging model reads it so, and that is version 1.0.1."""
    carry(good, root)
    project = open_project(Path(root))
    with duckdb.connect(f"{root}/shop.duckdb") as db:
        delivered = ORDERS.format(rows=REPAIRED_ROWS)
        db.execute(f"create or replace table raw.orders as select * rename (amount as total) from ({delivered})")
    published.keep(project)
    before = (project.root / STAGED).read_text()
    mapped = MapColumn(source="source.shop.raw.orders", relation="raw.orders", column="amount", arrives_as="total")
    landed = land(project, {STAGED: before.replace("amount", "total as amount")}, "repair", mapped=mapped)
    assert landed.applied, landed
    _build(Path(root))


def _build(root: Path) -> None:
    project = open_project(root)
    with closing(Ledger.at(project.state)) as ledger:
        done = build(project, ledger)
        assert done.succeeded, done.error
        assert done.published, done.evidence


def tried(project: Project, files: Mapping[str, str | None], name: str, mapped: MapColumn | None = None) -> Tried:
    """An accepted proposal that changes these files from what is checked out."""
    base = Repository(project.repo).head()
    diagnosis = Diagnosis(cause=Cause.unknown_column, subject=f"{name}:1", confidence=1.0, evidence=(),
                          explanation=f"{name} names a column that is not there")  # fmt: skip
    changes = tuple(
        FileChange(path=p, before=Repository(project.repo).read(base, p), after=t) for p, t in files.items()
    )
    proposal = Proposal(
        id=name, title=f"Mend {name}", diagnoses=(diagnosis,), files=changes, nodes=(), claims=(), reasons=(),
        changes=(mapped,) if mapped else tuple(RestoreText(path=p, commit=base) for p in files), risk=Risk.low,
    )  # fmt: skip
    check = Check(name="built", passed=True, measured="it builds", allowed="no failure")
    return Tried(proposal=proposal, verdict=Verdict(proposal_id=name, accepted=True, checks=(check,)))


def judged(project: Project, files: Mapping[str, str | None], name: str) -> Judgement:
    """As `tried`, the way that a heal hands it on."""
    best = tried(project, files, name)
    return Judgement(options=Options(diagnoses=best.proposal.diagnoses, candidates=(best.proposal,)), tried=(best,))


def land(
    project: Project,
    files: Mapping[str, str | None],
    name: str,
    *,
    removed: tuple[str, ...] = (),
    hold: str = "",
    mapped: MapColumn | None = None,
) -> Landed:
    """Freeze and commit, without what a heal does before and after."""
    base = Repository(project.repo).head()
    package = freeze(project, tried(project, files, name, mapped), base, "policy auto=low", datetime.now(UTC))
    everything = package.files | dict.fromkeys(removed)
    return commit(project, everything, package.message, base, name, frozen=package.frozen, hold=hold)
