"""Start a run again, or a new one: through the webserver, or in this process where none answers."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import dagster as dg
from dagster._check import CheckError
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import create_execution_plan, execute_run
from dagster._core.execution.plan.state import KnownExecutionState

from adp_dagster.graphql import GraphQL

ASSET_JOB = "__ASSET_JOB"
"""Dagster's own name of the job that runs any selection of assets."""


class Launcher(Protocol):
    """A way to run things; each call returns the new run's id."""

    @property
    def name(self) -> str:
        """What to call it."""
        ...

    def again(self, run: dg.DagsterRun, tags: Mapping[str, str]) -> str:
        """Re-execute a failed run from its failed steps, parent and root run kept."""
        ...

    def assets(self, keys: Sequence[dg.AssetKey], tags: Mapping[str, str]) -> str:
        """Run these assets."""
        ...

    def reload(self) -> None:
        """Show assets that are new in the code."""
        ...


def launcher_of(context: dg.OpExecutionContext, job: str) -> Launcher | None:
    """The webserver that knows this run; else this process, where it has the code location; else none."""
    webserver = GraphQL.from_env()
    if webserver.knows(context.run_id):
        return ThroughWebserver(webserver, job)
    repository = repository_of(context)
    return InThisProcess(context.instance, repository) if repository else None


def repository_of(context: dg.OpExecutionContext) -> dg.RepositoryDefinition | None:
    """The code location's definitions; a job that was built by hand and executed in process has none."""
    try:
        return context.repository_def
    except CheckError:
        return None


@dataclass(frozen=True)
class ThroughWebserver:
    """Runs start as if a person had clicked."""

    webserver: GraphQL
    job: str
    """A job of the code location that is meant."""
    name: str = "webserver"

    def again(self, run: dg.DagsterRun, tags: Mapping[str, str]) -> str:
        """See `Launcher.again`."""
        return self.webserver.reexecute(run.run_id, tags)

    def assets(self, keys: Sequence[dg.AssetKey], tags: Mapping[str, str]) -> str:
        """See `Launcher.assets`."""
        return self.webserver.launch_assets(self.webserver.place_of(self.job), [key.path for key in keys], tags)

    def reload(self) -> None:
        """See `Launcher.reload`."""
        self.webserver.reload(self.webserver.place_of(self.job).location)


@dataclass(frozen=True)
class InThisProcess:
    """Runs execute here and now, with the code as it was loaded; dbt reads its files anew all the same.

    Uses what `dagster.execute_job` itself is made of: that one insists on importing the job again.
    """

    instance: dg.DagsterInstance
    repository: dg.RepositoryDefinition
    name: str = "this process"

    def again(self, run: dg.DagsterRun, tags: Mapping[str, str]) -> str:
        """See `Launcher.again`."""
        whole = InMemoryJob(self.repository.get_job(run.job_name))
        job = whole.get_subset(asset_selection=run.asset_selection) if run.asset_selection else whole
        steps, known = KnownExecutionState.build_resume_retry_reexecution(self.instance, run)
        plan = create_execution_plan(job, run.run_config, step_keys_to_execute=steps, known_state=known, tags=run.tags)
        started = self.instance.create_run_for_job(
            job_def=job.get_definition(),
            execution_plan=plan,
            run_config=run.run_config,
            tags={**_kept(run.tags), **tags},
            asset_selection=run.asset_selection,
            root_run_id=run.root_run_id or run.run_id,
            parent_run_id=run.run_id,
        )
        execute_run(job, started, self.instance, raise_on_error=False)
        return started.run_id

    def assets(self, keys: Sequence[dg.AssetKey], tags: Mapping[str, str]) -> str:
        """See `Launcher.assets`."""
        job = self.repository.get_job(ASSET_JOB).get_subset(asset_selection=frozenset(keys))
        return job.execute_in_process(instance=self.instance, tags=dict(tags), raise_on_error=False).run_id

    def reload(self) -> None:
        """Nothing to do: the next process loads the code anyway."""


def _kept(tags: Mapping[str, str]) -> dict[str, str]:
    """A run's tags that mean the same for its re-execution."""
    return {k: v for k, v in tags.items() if not k.startswith((".dagster", "dagster/run_key", "dagster/sensor"))}


def finished(instance: dg.DagsterInstance, run_id: str, budget_seconds: float) -> dg.DagsterRun | None:
    """The run once it has ended; None where the budget is spent first."""
    deadline, pause = time.monotonic() + budget_seconds, 0.2
    while True:
        run = instance.get_run_by_id(run_id)
        if run is not None and run.is_finished:
            return run
        if time.monotonic() > deadline:
            return None
        time.sleep(pause)
        pause = min(pause * 1.5, 3.0)


def keys_to_run(repository: dg.RepositoryDefinition, unique_ids: Iterable[str], also: str) -> tuple[dg.AssetKey, ...]:
    """Assets of these dbt ids and everything below them that can be run, with every asset named `also`."""
    graph = repository.asset_graph
    wanted = set(unique_ids)
    keys = {k for k in graph.executable_asset_keys if graph.get(k).metadata.get("dagster_dbt/unique_id") in wanted}
    below = dg.AssetSelection.assets(*keys).downstream().resolve(graph) if keys else set()
    named = {key for key in graph.executable_asset_keys if key.path[-1] == also}
    return tuple(sorted((keys | set(below) | named) & set(graph.executable_asset_keys)))


def materialized(instance: dg.DagsterInstance, run_id: str) -> set[dg.AssetKey]:
    """Assets that the run wrote."""
    events = (entry.dagster_event for entry in instance.all_logs(run_id))
    return {e.asset_key for e in events if e and e.is_step_materialization and e.asset_key}
