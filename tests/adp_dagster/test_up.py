"""`adp up`: everything comes up, and nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from adp_dagster.graphql import GraphQL
from adp_dagster.up import CODE, wait_until_ready
from tests.shop import Shop


def processes_with(home: Path) -> list[str]:
    """Command lines of the living processes that were told to use this DAGSTER_HOME."""
    told = f"DAGSTER_HOME={home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if told in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it ended while we looked
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_up_serves_the_project_and_leaves_no_process_behind(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "shop")
    home = shop.root / ".adp" / "dagster_home"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "adp_dagster.up", "--port", str(port), "--project", str(shop.root)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=CODE, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_until_ready(process, f"http://127.0.0.1:{port}", seconds=120)
            answer = GraphQL(f"http://127.0.0.1:{port}").execute("query { version }")
            assert answer["version"]
            assert processes_with(home)
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait(60)

    assert process.returncode == 0
    assert processes_with(home) == []
    assert "Stopping." in (tmp_path / "log").read_text()
