"""A headless Dagster with its daemon, driven as a person would drive it: over GraphQL."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adp_dagster.graphql import GraphQL, GraphQLError, NoWebserver
from adp_dagster.instance import write_instance
from adp_dagster.jobs.build import months_tags
from adp_dagster.up import environment, start, stop, wait_until_ready
from agents.errors import FinalError
from agents.project import Project

ENDED = ("SUCCESS", "FAILURE", "CANCELED")
PAUSE = 1.0
"""Seconds between two questions: the webserver shares the machine with the run that is waited for."""
STATUS = """
query Status($id: ID!) {
  runOrError(runId: $id) { ... on Run { status } }
}"""
NEWEST = """
query Newest($job: String!) {
  runsOrError(filter: {pipelineName: $job}, limit: 20) { ... on Runs { results { runId } } }
}"""
UNDER_WAY = """
query UnderWay {
  runsOrError(filter: {statuses: [QUEUED, NOT_STARTED, STARTING, STARTED]}, limit: 1) {
    ... on Runs { results { runId } }
  }
}"""
RUNS = """
query Runs($job: String!) {
  runsOrError(filter: {pipelineName: $job}, limit: 20) {
    ... on Runs { results { runId status parentRunId rootRunId startTime endTime tags { key value }
      stepStats { stepKey startTime endTime status } } }
  }
}"""
ONE = """
query Run($id: ID!) {
  runOrError(runId: $id) { ... on Run { runId status parentRunId rootRunId startTime endTime tags { key value }
    stepStats { stepKey startTime endTime status } } }
}"""


@dataclass(frozen=True)
class Run:
    """A run as the webserver tells it; times in epoch seconds."""

    run_id: str
    status: str
    parent: str | None
    root: str | None
    started: float | None
    ended: float | None
    tags: dict[str, str]
    steps: dict[str, float]
    """Seconds of each step that ended."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Run":
        """From GraphQL's fields."""
        steps = {
            s["stepKey"]: round(s["endTime"] - s["startTime"], 2)
            for s in told["stepStats"]
            if s["startTime"] and s["endTime"] and s["status"] != "SKIPPED"
        }
        tags = {t["key"]: t["value"] for t in told["tags"]}
        return cls(told["runId"], told["status"], told["parentRunId"], told["rootRunId"], told["startTime"],
                   told["endTime"], tags, steps)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A running Dagster."""

    url: str
    log: Path

    @property
    def graphql(self) -> GraphQL:
        """Its API."""
        return GraphQL(self.url)

    def build(self, *months: str) -> Run:
        """Run `build_job`, over the months from the first to the last where any are named, and wait for its end."""
        place = self.graphql.place_of("build_job")
        run_id = self.graphql.launch_job(place, "build_job", months_tags(months))
        return self.wait(run_id)

    def wait(self, run_id: str, seconds: float = 600) -> Run:
        """The run once it has ended. Raises FinalError where it takes longer."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._asked(STATUS, {"id": run_id})["runOrError"]["status"] in ENDED:
                return self.run(run_id)
            time.sleep(PAUSE)
        raise FinalError(f"Run {run_id} had not ended after {seconds:g} s; its output is in {self.log}.")

    def run(self, run_id: str) -> Run:
        """One run as it is now."""
        return Run.of(self._asked(ONE, {"id": run_id})["runOrError"])

    def runs(self, job: str) -> list[Run]:
        """The newest runs of a job, newest first."""
        return [Run.of(told) for told in self._asked(RUNS, {"job": job})["runsOrError"]["results"]]

    def heal(self, seconds: float = 600) -> Run:
        """The first heal that a sensor asks for, once it has ended. Raises FinalError where none does."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := self._asked(NEWEST, {"job": "heal_job"})["runsOrError"]["results"]:
                return self.wait(str(found[-1]["runId"]), seconds)
            time.sleep(PAUSE)
        raise FinalError(f"No sensor asked for a heal within {seconds:g} s; Dagster's output is in {self.log}.")

    def settle(self, seconds: float = 60) -> None:
        """Wait, not longer than that, until no run is under way: one that is ended with Dagster counts as failed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._asked(UNDER_WAY, {})["runsOrError"]["results"]:
            time.sleep(PAUSE)

    def _asked(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        for left in range(5, -1, -1):
            try:
                return self.graphql.execute(query, variables)
            except (GraphQLError, NoWebserver):  # the location reloads after a heal
                if not left:
                    raise
                time.sleep(1)
        raise AssertionError("unreachable")


@contextmanager
def serving(project: Project, extra: Mapping[str, str], port: int | None = None) -> Iterator[Server]:
    """A Dagster for the project with everything turned on; ended with all its processes."""
    home = project.repo / ".adp" / "dagster_home"
    write_instance(home)
    chosen = port or free_port()
    url = f"http://127.0.0.1:{chosen}"
    log = project.repo / ".adp" / "dagster.log"
    with log.open("wb") as output:
        process = start("127.0.0.1", chosen, {**environment(project, home, url), **extra}, output)
        try:
            _ready(process, url, log)
            yield Server(url, log)
        finally:
            stop(process)


def _ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    try:
        wait_until_ready(process, url)
    except FinalError as error:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise FinalError(f"{error}\n{last}") from error


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
