"""A snapshot is tested by restoring it."""

import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import warnings
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from agents import ledger_copy, lock, restoring, sealed
from agents.audit import Audit
from agents.cli.main import app
from agents.contracts import Frozen
from agents.errors import UsageError
from agents.ledger import Ledger
from agents.project import open_project
from agents.restore import restore
from agents.snapshot import prune, snapshot

KEY = "a key that nobody guesses"
CERTIFICATE = "adp_certificates/p1.json"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sealed.KEY, KEY)
    monkeypatch.setattr(sealed, "COST", {"n": 1 << 8, "r": 8, "p": 1})  # guessing is not what is tested here


@pytest.fixture
def kept(make_shop: Callable[[], Any]) -> Any:
    """A shop with a lock, a certificate, decisions and an audit log, and nothing built."""
    shop = make_shop()
    entry = Frozen(
        asset="stg_orders", path="models/stg_orders.sql", version="1.0.1", sha256="0" * 64, parent="1.0.0",
        approver="policy", certificate=CERTIFICATE, certificate_sha256="1" * 64,
        frozen_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    shop.write(lock.LOCK_FILE, lock.render([entry]))
    shop.write(CERTIFICATE, '{"checks": []}\n')
    shop.commit("freeze")
    decide(shop.root, 3)
    return shop


def decide(root: Path, count: int) -> None:
    """Make some decisions, in the ledger and in the audit log."""
    state = root / ".adp" / "root"
    with closing(Ledger.at(state)) as ledger:
        for number in range(count):
            ledger.decide("heal", context={"number": number, "text": "ä"}, approved=True)
        ledger.keep_proposal({"proposal_id": "p1", "project": "", "state": "applied", "proposal": {"id": "p1"}})
    for number in range(count):
        Audit(state).append("heal", number=number)


def taken(shop: Any, into: Path | None = None) -> Path:
    with shop.opened() as ledger:
        return snapshot(shop.project, ledger, into)


def standing(root: Path) -> dict[str, Any]:
    """Everything that a restore could change."""
    state = root / ".adp" / "root"
    found: dict[str, Any] = {}
    if (state / "ledger.db").is_file():
        with closing(sqlite3.connect(state / "ledger.db")) as db:
            tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
            found = {name: sorted(db.execute(f"select * from {name}").fetchall()) for name in tables}
    for file in (state / "audit.jsonl", state / "audit.head", root / lock.LOCK_FILE, root / CERTIFICATE):
        found[file.name] = file.read_bytes() if file.is_file() else b""
    return found


def listed(root: Path, *command: str) -> Any:
    done = CliRunner().invoke(app, [*command, "--project", str(root), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_fresh_clone_gets_ledger_and_audit_back(kept: Any, tmp_path: Path) -> None:
    file = Path(listed(kept.root, "frozen", "snapshot", "--into", str(tmp_path / "safe"))["file"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"heal" not in file.read_bytes()

    clone = tmp_path / "clone"
    kept.git("clone", "-q", str(kept.root), str(clone))
    said = listed(clone, "frozen", "restore", str(file))

    assert (said["rows"]["agent_decisions"], said["audit_lines"], said["lost"], said["kept"]) == (3, 4, {}, None)
    assert standing(clone) == standing(kept.root)
    read = Audit(clone / ".adp" / "root").read()
    assert (len(read.lines), read.problems) == (4, ())
    assert listed(clone, "frozen", "list") == listed(kept.root, "frozen", "list")
    assert kept.git("-C", str(clone), "status", "--porcelain") == ""
    decide(clone, 1)
    assert Audit(clone / ".adp" / "root").read().problems == ()


def test_newer_decisions_are_lost_only_by_force_and_kept_aside(kept: Any) -> None:
    old, file = standing(kept.root), taken(kept)
    decide(kept.root, 2)
    new = standing(kept.root)

    with pytest.raises(UsageError, match=r"2 in agent_decisions, 1 in proposals, 2 in the audit log"):
        restore(kept.project, file)
    assert restore(kept.project, file, dry_run=True).lost["the audit log"] == 2
    assert standing(kept.root) == new

    with kept.opened() as ledger:  # somebody has it open meanwhile
        assert len(ledger.decisions()) == 5
        done = restore(kept.project, file, force=True)
        assert len(ledger.decisions()) == 3
    assert standing(kept.root) == old
    assert done.aside is not None
    assert (done.aside / "audit.jsonl").read_bytes() == new["audit.jsonl"]
    with closing(sqlite3.connect(done.aside / "ledger.db")) as db:
        assert db.execute("select count(*) from agent_decisions").fetchone() == (5,)


def test_a_damaged_ledger_and_a_cut_audit_are_restored(kept: Any) -> None:
    old, file = standing(kept.root), taken(kept)
    state = kept.root / ".adp" / "root"
    for left in state.glob("ledger.db-*"):
        left.unlink()
    (state / "ledger.db").write_bytes(b"no database at all" * 100)
    (state / "audit.jsonl").write_bytes((state / "audit.jsonl").read_bytes()[:-40])

    with pytest.raises(UsageError, match="what a damaged ledger held"):
        restore(kept.project, file)
    done = restore(kept.project, file, force=True)
    assert standing(kept.root) == old
    assert done.aside is not None
    assert (done.aside / "ledger.db").read_bytes().startswith(b"no database")


def test_the_work_tree_goes_back_to_what_is_committed_and_to_nothing_else(kept: Any) -> None:
    kept.write("adp.yml", "policy: {auto: medium}\n")
    file = taken(kept)
    committed = (kept.root / lock.LOCK_FILE).read_bytes()
    kept.write(CERTIFICATE, '{"checks": ["newer"]}\n')
    kept.commit("a newer certificate")
    kept.write(lock.LOCK_FILE, "tampered\n")
    (kept.root / "adp.yml").unlink()

    done = restore(kept.project, file)

    assert (done.written, done.different) == ((lock.LOCK_FILE,), ("adp.yml", CERTIFICATE))
    assert (kept.root / lock.LOCK_FILE).read_bytes() == committed
    assert "newer" in (kept.root / CERTIFICATE).read_text()
    assert done.aside is not None
    assert (done.aside / lock.LOCK_FILE).read_text() == "tampered\n"


@pytest.mark.parametrize("chunk", [1 << 20, 4096])
def test_every_changed_byte_and_every_cut_is_refused(
    kept: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chunk: int
) -> None:
    monkeypatch.setattr(sealed, "CHUNK", chunk)
    file, before = taken(kept, tmp_path), standing(kept.root)
    whole = file.read_bytes()
    start = whole.index(b"}") + 1
    generator = random.Random(1)
    places = [*range(start), *generator.sample(range(start, len(whole)), 40), len(whole) - 1]
    changed = [whole[:p] + bytes([whole[p] ^ (1 << generator.randrange(8))]) + whole[p + 1 :] for p in places]
    ends = [0, 5, 11, start - 1, start, start + chunk + 16, start + 2 * (chunk + 16), len(whole) - 1]
    changed += [whole[:end] for end in ends if end < len(whole)]
    changed += [whole + b"x", whole[:start] + whole[start + chunk + 16 :]]
    project = kept.project
    for number, content in enumerate(changed):
        file.write_bytes(content)
        with pytest.raises(UsageError):
            restore(project, file, force=True)
        assert standing(kept.root) == before, number
    file.write_bytes(whole)
    assert restore(project, file).lost == {}


def test_another_key_and_no_key_are_refused(kept: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = taken(kept)
    monkeypatch.setenv(sealed.KEY, "another key, as long")
    with pytest.raises(UsageError, match="the key is another one"):
        restore(kept.project, file)
    monkeypatch.delenv(sealed.KEY)
    with pytest.raises(UsageError, match="there is no key"):
        restore(kept.project, file)
    (tmp_path / "key").write_text(KEY + "\n")
    monkeypatch.setenv(sealed.KEY_FILE, str(tmp_path / "key"))
    assert restore(kept.project, file).lost == {}


def test_another_project_and_an_unknown_commit_are_refused(kept: Any, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    kept.git("clone", "-q", str(kept.root), str(clone))
    kept.write("note.md", "later\n")
    kept.commit("later")
    file = taken(kept)
    with pytest.raises(UsageError, match=r"which .*clone does not have"):
        restore(open_project(clone), file, force=True)
    kept.write("dbt_project.yml", (kept.root / "dbt_project.yml").read_text().replace("name: shop", "name: stall"))
    with pytest.raises(UsageError, match="is of project 'shop'"):
        restore(kept.project, file, force=True)


def test_only_the_newest_are_kept_and_other_files_are_left_alone(kept: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.adpsnap").write_text("not of this project")
    made = [taken(kept, tmp_path) for _ in range(4)]
    assert prune(kept.project, 2, tmp_path) == tuple(made[:2])
    assert {f.name for f in tmp_path.glob("*.adpsnap")} == {"mine.adpsnap", made[2].name, made[3].name}


def test_a_log_that_was_tampered_with_makes_no_snapshot(kept: Any) -> None:
    log = kept.root / ".adp" / "root" / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"number":1', b'"number":7'))
    with pytest.raises(UsageError, match="not what its hash says"):
        taken(kept)


def test_a_ledger_of_another_database_is_copied_as_rows(kept: Any, tmp_path: Path) -> None:
    memory = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    ledger_copy.metadata.create_all(memory)
    with kept.opened() as ledger:
        ledger.observe_pattern("fault", {"cause": "lock"}, 0.5)
        ledger_copy.copy(ledger.engine, tmp_path)
    ledger_copy.put_back(memory, tmp_path)
    rows = tmp_path / "rows"
    rows.mkdir()
    assert ledger_copy.copy(memory, rows).name == "ledger.json"
    assert ledger_copy.counts(rows) == ledger_copy.counts(tmp_path)
    before = standing(kept.root)
    with kept.opened() as ledger:
        ledger.decide("heal", context={})
        assert ledger_copy.lost(ledger.engine, rows, datetime.now(UTC)) == {"agent_decisions": 1}
        ledger_copy.put_back(ledger.engine, rows)
    assert standing(kept.root) == before


@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.thorough)])
def test_killed_anywhere_the_old_state_or_the_new_one_is_there(kept: Any, step: int) -> None:
    new, file = standing(kept.root), taken(kept)
    decide(kept.root, 2)
    kept.write(lock.LOCK_FILE, "tampered\n")
    start = kept.root.with_name("start")
    shutil.copytree(kept.root, start)
    old = standing(start)

    seen, at, project = set[str](), 0, open_project(kept.root)
    while True:
        ended = killed_at(at, lambda: restore(project, file, force=True))
        open_project(kept.root)  # ends what was decided
        found = standing(kept.root)
        assert found in (old, new), f"torn at event {at}"
        left = [
            f.name for f in (kept.root / ".adp" / "root").iterdir() if f.name.endswith((".part", ".due", ".restored"))
        ]
        assert left in ([], [part for part in left if part.startswith("state.before")]), left
        seen.add("old" if found == old else "new")
        if ended:
            break
        shutil.rmtree(kept.root)
        shutil.copytree(start, kept.root)
        at += step
    assert seen == {"old", "new"}
    assert at > 60, "there was little to be killed at"
    assert restoring.STAGED not in " ".join(f.name for f in (kept.root / ".adp" / "root").iterdir())


def killed_at(event: int, work: Callable[[], Any]) -> bool:
    """Do the work in a process of its own that is killed at its n-th file operation; whether it came to its end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks beside threads
        child = os.fork()
    if child == 0:
        left = event

        def count(name: str, _arguments: Any) -> None:
            nonlocal left
            if name != "os.kill" and name.split(".")[0] in ("open", "os", "shutil", "sqlite3", "fcntl", "tempfile"):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        try:
            work()
            os._exit(0)
        finally:
            os._exit(3)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), f"exit status {status}"
    return status == 0
