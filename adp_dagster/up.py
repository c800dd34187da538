"""The UI and the daemon of one project, until Ctrl-C."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from adp_dagster.data.delivered import deliver_missing, wanted_by
from adp_dagster.data.places import Places
from adp_dagster.graphql import GraphQL, GraphQLError, NoWebserver
from adp_dagster.instance import write_instance
from agents.errors import AdpError, FinalError
from agents.project import Project, find, open_project

CODE = Path(__file__).resolve().parents[1]
GRACE_SECONDS = 20
READY_SECONDS = 180


def up(
    host: str = "127.0.0.1",
    port: int = 3000,
    home: Path | None = None,
    project: Path | None = None,
    say: Callable[[str], None] = print,
    profiles_dir: Path | None = None,
    target: str | None = None,
) -> int:
    """Serve the project until the process is told to stop; returns an exit code.

    `home` is DAGSTER_HOME, by default `.adp/dagster_home` of the project's repository. Raises UsageError
    where the project cannot be used, FinalError where Dagster does not come up.
    """
    opened = open_project(project or find(), profiles_dir=profiles_dir, target=target)
    places = (
        Places.from_env() if "ADP_DATA_DIR" in os.environ else Places(opened.root.parent / "data", opened.warehouse)
    )
    if wanted_by(opened.graph) and deliver_missing(places):
        say(f"Delivered the bundled data to {places.data}.")
    folder = (home or opened.repo / ".adp" / "dagster_home").resolve()
    write_instance(folder)
    url = f"http://{host}:{port}"
    with stoppable():
        process = start(host, port, environment(opened, folder, url))
        try:
            wait_until_ready(process, url)
            say(f"Dagster for {opened.name}: {url}   (Ctrl-C stops it)")
            return process.wait()
        except KeyboardInterrupt:
            say("Stopping.")
            return 0
        finally:
            stop(process)


def environment(project: Project, home: Path, url: str) -> dict[str, str]:
    """What the processes are told: where the instance, the project and the webserver are."""
    told = {
        "DAGSTER_HOME": str(home),
        "ADP_DAGSTER_URL": url,
        "ADP_PROJECT_DIR": str(project.root),
        "ADP_PROFILES_DIR": str(project.profiles_dir),
        "ADP_TARGET": project.target,
    }
    return {**os.environ, **told}


def start(host: str, port: int, env: dict[str, str], output: IO[bytes] | None = None) -> "subprocess.Popen[bytes]":
    """`dagster dev` in a process group of its own, so that all of it can be ended."""
    command = [sys.executable, "-m", "dagster", "dev", "-m", "adp_dagster.definitions"]
    arguments = [*command, "-h", host, "-p", str(port)]
    errors = subprocess.STDOUT if output else None
    return subprocess.Popen(arguments, cwd=CODE, env=env, start_new_session=True, stdout=output, stderr=errors)


def wait_until_ready(process: "subprocess.Popen[bytes]", url: str, seconds: float = READY_SECONDS) -> None:
    """Return once GraphQL answers and the code location is loaded. Raises FinalError where it does not come up."""
    webserver, deadline = GraphQL(url, timeout_seconds=10), time.monotonic() + seconds
    why = ""
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise FinalError(f"dagster dev ended with exit code {process.returncode}; its output is above.")
        try:
            webserver.place_of("heal_job")
            return
        except (NoWebserver, GraphQLError) as error:
            why = str(error)
        time.sleep(0.5)
    raise FinalError(f"{url} was not ready within {seconds:g} s: {why}. Look at its output above.")


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End the whole group: asked first, and killed where it does not go. Some of its children ignore one signal."""
    for ask, patience in ((signal.SIGINT, GRACE_SECONDS), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        if not _signalled(process, ask):
            break
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and _signalled(process, 0):
            process.poll()  # takes the zombie away, which would count as alive
            time.sleep(0.1)
    process.wait()


def _signalled(process: "subprocess.Popen[bytes]", number: int) -> bool:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM and a closed terminal stop as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main() -> int:
    """`python -m adp_dagster.up`."""
    parser = argparse.ArgumentParser(prog="python -m adp_dagster.up", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--home", type=Path, help="DAGSTER_HOME; default: .adp/dagster_home of the repository")
    parser.add_argument("--project", type=Path, help="folder of dbt_project.yml")
    parser.add_argument("--profiles-dir", type=Path, help="folder of profiles.yml")
    parser.add_argument("--target", help="output of the dbt profile")
    given = parser.parse_args()
    try:
        return up(
            given.host,
            given.port,
            given.home,
            given.project,
            profiles_dir=given.profiles_dir,
            target=given.target,
        )
    except AdpError as error:
        print(f"adp: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
