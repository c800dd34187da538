"""The demo: land, build, break, notice, diagnose, repair, prove, freeze, commit, rerun."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from adp_dagster.data import commerce, flights
from adp_dagster.data.places import Places
from adp_dagster.demo import breaks, tell
from adp_dagster.demo.clone import clone
from adp_dagster.demo.server import Run, Server, serving
from adp_dagster.ops.observe import STATUS_TAG
from adp_dagster.up import stoppable
from agents import proposals
from agents.errors import AdpError, FinalError
from agents.ledger import Ledger
from agents.minds.engines.engine import Unavailable
from agents.minds.engines.llama import Llama
from agents.project import Project, open_project

GOOD_MONTHS = range(1, 7)
BROKEN_MONTH = 7
EXIT = {"healed": 0, "pending": 3, "refused": 4}


@dataclass
class Told:
    """What the demo found out, for `--json`."""

    seed: int
    fault: dict[str, str] = field(default_factory=dict)
    noticed: str = ""
    status: str = ""
    commit: str | None = None
    failed_run: str | None = None
    reruns: list[dict[str, str | None]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Performed:
    """A healed platform, still served."""

    server: Server
    project: Project
    told: Told


@contextmanager
def performance(
    seed: int, say: Callable[[str], None], into: Path | None = None, orders: int = 100_000
) -> Iterator[Performed]:
    """Run it all; gives what happened, while Dagster still serves it. Raises AdpError where a part does not work."""
    told = Told(seed)
    stages = tell.Stages(say, told.seconds)
    with stages("clone"):
        root = clone(into)
        places = Places(root / "data", root / "data" / "warehouse.duckdb")
        environment = {"ADP_DATA_DIR": str(places.data), "ADP_WAREHOUSE": str(places.warehouse), **_asking()}
        os.environ.update(environment)  # the profile of the clone's dbt project reads it
        project = open_project(root / "dbt_project", profiles_dir=root / "dbt_project")
        broken = breaks.draw(seed, project.graph)
    told.fault = {"table": broken.table.relation, "column": broken.column, "renamed": broken.renamed}
    with stages("land the data"):
        flights.write_drops(places.landing, GOOD_MONTHS)
        commerce.generate(places.bronze, orders)
    with stages("start Dagster"), ExitStack() as stack:
        server = stack.enter_context(serving(project, environment))
        running = stack.pop_all()
    with running:
        _played(server, project, places, broken, told, stages, say)
        yield Performed(server, project, told)
        server.settle()  # what the sensors started on the repaired code


def _asking() -> dict[str, str]:
    """The heal asks the local model too, where it is installed."""
    try:
        Llama()
    except Unavailable:
        return {}
    return {"ADP_MINDS_HEAL": "model"}


def _played(
    server: Server,
    project: Project,
    places: Places,
    broken: breaks.Break,
    told: Told,
    stages: "tell.Stages",
    say: Callable[[str], None],
) -> None:
    with stages("build bronze, silver and gold (January to June)"):
        good = server.build("2013-01", "2013-06")
    if good.status != "SUCCESS":
        raise FinalError(f"The first build ended with {good.status}; Dagster's output is in {server.log}.")
    say(tell.warehouse(project))
    with stages("the next delivery arrives, and one column has another name"):
        breaks.deliver(places, BROKEN_MONTH, broken)
    say(f"  Only the producer knows: {broken.words}.")
    with stages("build July"):
        second = server.build("2013-07", "2013-07")
    watch(server, project, second, told, say)
    say(tell.warehouse(project))


def watch(server: Server, project: Project, broken: Run, told: Told, say: Callable[[str], None]) -> None:
    """Wait until the sensors have had the project healed after a run, and tell the story. Raises FinalError."""
    head = _head(project)
    told.failed_run = broken.run_id if broken.status == "FAILURE" else None
    told.noticed = "failed run" if told.failed_run else "drift, though no run failed"
    say(f"  Run {broken.run_id[:8]} ended with {broken.status}: noticed by {told.noticed}.")
    began = time.monotonic()
    heal = server.heal()
    told.seconds["noticed, healed and rerun by the sensors"] = round(time.monotonic() - began, 1)
    told.status = heal.tags.get(STATUS_TAG, heal.status.lower())
    with closing(Ledger.at(project.state, project.settings.ledger_url)) as ledger:
        say(tell.heal(project, ledger, proposals.every(ledger, project), heal))
    after = _head(project)
    told.commit = after if after != head else None
    if told.commit:
        say(tell.indented(_git(project, "show", "--stat=100", "--format=commit %H%n%an: %s", after)))
    told.seconds |= {f"heal: {step}": seconds for step, seconds in heal.steps.items()}
    _reran(server, heal, told, say)


def _reran(server: Server, heal: Run, told: Told, say: Callable[[str], None]) -> None:
    for job in ("build_job", "__ASSET_JOB"):
        for run in server.runs(job):
            if run.tags.get("adp/healed_by") == heal.run_id:
                told.reruns.append({"run": run.run_id, "parent": run.parent, "root": run.root, "status": run.status})
                of = f"re-execution of {run.parent[:8]}" if run.parent else "new run of what was affected"
                say(f"  Rerun {run.run_id[:8]}: {of}, {run.status}.")


def _git(project: Project, *args: str) -> str:
    done = subprocess.run(["git", "-C", str(project.repo), *args], capture_output=True, text=True, check=True)
    return done.stdout


def _head(project: Project) -> str:
    return _git(project, "rev-parse", "HEAD").strip()


def main() -> int:
    """Exit codes as `adp heal` has them."""
    parser = argparse.ArgumentParser(prog="adp demo", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="which column breaks, and how")
    parser.add_argument("--orders", type=int, default=100_000, help="size of the generated shop")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    given = parser.parse_args()

    def say(text: str) -> None:
        print(text, file=sys.stderr if given.json else sys.stdout, flush=True)

    try:
        with stoppable(), performance(given.seed, say, orders=given.orders) as performed:
            told = performed.told
    except KeyboardInterrupt:
        print("adp: stopped; nothing outside .adp/demo was touched", file=sys.stderr)
        return 130
    except AdpError as error:
        print(f"adp: {error}", file=sys.stderr)
        return error.exit_code
    say(f"\nLook at it: adp up --project {os.path.relpath(performed.project.root)}")
    if given.json:
        print(json.dumps(told.__dict__, indent=2))
    return EXIT.get(told.status, 1)
