"""A heal that is killed leaves the old or the new state, and the next one finishes; two heals take turns."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest

from agents.errors import WarehouseBusy
from agents.heal import heal
from agents.interrupted import alone


def test_a_heal_that_was_killed_after_its_commit_is_finished_by_the_next(shop):
    before = shop.sql("select * from fct_totals order by all")
    shop.deliver_orders(amount="orderTotal")

    def killed(*_):
        raise KeyboardInterrupt

    with closing(shop.ledger()) as ledger, pytest.raises(KeyboardInterrupt):
        heal(shop.project, ledger, rerun=killed)
    assert shop.git("rev-list", "--count", "HEAD").strip() == "2"

    healed = shop.heal()

    assert healed.report.status == "healed"
    assert shop.sql("select * from fct_totals order by all") == before
    assert shop.heal().report.status == "healthy"


@pytest.mark.thorough
def test_a_process_killed_half_way_changes_nothing_and_does_not_keep_the_lock(shop):
    shop.deliver_orders(amount="orderTotal")
    command = [sys.executable, "-m", "agents.cli", "heal", "--project", str(shop.root)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sandboxes = shop.root / ".adp" / "root" / "sandbox"
    while process.poll() is None and not any(sandboxes.glob("*/project")):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert shop.git("rev-list", "--count", "HEAD").strip() == "1"

    assert shop.heal().report.status == "healed"


def test_a_second_heal_waits_for_the_first_and_says_so(shop):
    shop.write("adp.yml", "lock_wait_seconds: 0.1\n")
    with (
        alone(shop.project),
        closing(shop.ledger()) as ledger,
        pytest.raises(WarehouseBusy, match="another heal of shop"),
    ):
        heal(shop.project, ledger)
