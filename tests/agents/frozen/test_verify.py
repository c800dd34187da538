"""What is frozen is what was proved, or `adp frozen verify` says where it is not."""

import subprocess

import pytest

from agents.audit import FILE
from agents.errors import Tampered
from agents.frozen.history import history
from agents.frozen.integrity import require_proved
from agents.frozen.verify import verify
from agents.project import open_project


def _states(shop):
    return {f.what: f.state for f in verify(shop.project).findings}


def test_a_repair_is_versioned_tagged_recorded_and_valid(healed):
    message = healed.git("log", "-1", "--format=%B")
    assert "Frozen: stg_orders 1.0.1" in message
    assert message.rstrip().splitlines()[-1].startswith("Audit-Head: ")
    assert healed.git("tag", "-l").split() == ["adp/stg_orders/1.0.1"]
    assert "`stg_orders` 1.0.1 (was 1.0.0), adp:" in (healed.root / "adp_changelog.md").read_text()
    assert [v.version for v in history(healed.project, "stg_orders")] == ["1.0.1", "1.0.0"]
    found = verify(healed.project)
    assert found.state == "valid", found.findings
    assert healed.git("status", "--porcelain").strip() == ""


@pytest.mark.parametrize("name", ["models/stg_orders.sql", "adp.lock", "adp_changelog.md", ".adp/root/audit.jsonl"])
def test_a_changed_byte_is_found(healed, name):
    file = healed.root / name
    whole = file.read_bytes()
    file.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    assert verify(healed.project).state == "invalid"
    file.write_bytes(whole)
    assert verify(healed.project).state == "valid"


def test_a_lock_that_is_no_text_any_more_is_found(healed):
    file = healed.root / "adp.lock"
    whole = file.read_bytes()
    file.write_bytes(whole[:40] + b"\xb3" + whole[41:])
    assert verify(healed.project).state == "invalid"


def test_a_certificate_that_was_changed_in_a_commit_is_found(healed):
    (file,) = (healed.root / "adp_certificates").glob("*.json")
    file.write_text(file.read_text().replace('"passed": true', '"passed": false', 1))
    healed.commit("nothing to see here")
    assert verify(healed.project).state == "invalid"


def test_a_cut_tail_of_the_log_is_found(healed):
    file = healed.root / ".adp" / "root" / FILE
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    assert _states(healed)["audit log"] == "invalid"


def test_a_fresh_clone_says_what_it_cannot_know(healed, tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(healed.root), str(clone)], check=True)
    found = verify(open_project(clone))
    assert found.state == "unverifiable"
    assert {f.what: f.state for f in found.findings}["stg_orders 1.0.1"] == "valid"


def test_bytes_in_neither_git_nor_lock_stop_an_unattended_run_with_both_ways_on(healed):
    file = healed.root / "models" / "stg_orders.sql"
    file.write_text(file.read_text() + "limit 5\n")
    with pytest.raises(Tampered, match=r"(?s)\+limit 5.*adp frozen adopt models/stg_orders.sql.*adp frozen rollback"):
        require_proved(healed.project)
    healed.commit("a person's edit")
    require_proved(healed.project)
    assert _states(healed)["stg_orders 1.0.1"] == "unverifiable"
