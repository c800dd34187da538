"""The webserver's GraphQL API: the real way to re-execute a run and to reload a code location."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEFAULT_URL = "http://127.0.0.1:3000"

REEXECUTE = """
mutation Reexecute($params: ReexecutionParams!) {
  launchRunReexecution(reexecutionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}"""
LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}"""
RELOAD = """
mutation Reload($location: String!) {
  reloadRepositoryLocation(repositoryLocationName: $location) {
    __typename
    ... on WorkspaceLocationEntry { loadStatus locationOrLoadError { __typename ... on PythonError { message } } }
    ... on PythonError { message }
  }
}"""
RUN = "query Run($id: ID!) { runOrError(runId: $id) { __typename ... on Run { status parentRunId rootRunId } } }"
REPOSITORIES = """
query Repositories {
  repositoriesOrError {
    ... on RepositoryConnection { nodes { name location { name } jobs { name } } }
  }
}"""


class GraphQLError(Exception):
    """The webserver answered, but with an error."""


class NoWebserver(Exception):
    """Nothing answers GraphQL at the address."""


@dataclass(frozen=True)
class Place:
    """Where a job is loaded from."""

    location: str
    repository: str


@dataclass(frozen=True)
class GraphQL:
    """A Dagster webserver at `url`."""

    url: str
    timeout_seconds: float = 60

    @classmethod
    def from_env(cls) -> "GraphQL":
        """The webserver that `ADP_DAGSTER_URL` names."""
        return cls(os.environ.get("ADP_DAGSTER_URL") or DEFAULT_URL)

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The `data` of one query. Raises NoWebserver or GraphQLError."""
        body = json.dumps({"query": query, "variables": dict(variables or {})}).encode()
        address = f"{self.url.rstrip('/')}/graphql"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_seconds) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise GraphQLError(f"{address} answered {error.code}: {error.read().decode()[:500]}") from error
        except (OSError, ValueError) as error:
            raise NoWebserver(f"no webserver answers at {address}: {error}") from error
        if answer.get("errors"):
            raise GraphQLError("; ".join(str(e.get("message")) for e in answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data

    def knows(self, run_id: str) -> bool:
        """Whether a webserver answers, and shares the instance in which this run is."""
        try:
            found = self.execute(RUN, {"id": run_id})["runOrError"]
        except (NoWebserver, GraphQLError):
            return False
        return bool(found["__typename"] == "Run")

    def place_of(self, job: str) -> Place:
        """Where the job is loaded from. Raises GraphQLError where no code location has it."""
        for node in self.execute(REPOSITORIES)["repositoriesOrError"].get("nodes", ()):
            if any(found["name"] == job for found in node["jobs"]):
                return Place(node["location"]["name"], node["name"])
        raise GraphQLError(f"no loaded code location has a job {job!r}")

    def reexecute(self, run_id: str, tags: Mapping[str, str]) -> str:
        """Start a failed run again from its failed steps, parent and root run kept; returns the new run's id."""
        params = {
            "parentRunId": run_id,
            "strategy": "FROM_FAILURE",
            "extraTags": _pairs(tags),
            "useParentRunTags": True,
        }
        return _run_id(self.execute(REEXECUTE, {"params": params})["launchRunReexecution"])

    def launch_assets(self, place: Place, keys: Sequence[Sequence[str]], tags: Mapping[str, str]) -> str:
        """Start a run of these assets; returns its id."""
        selection = {"assetSelection": [{"path": list(key)} for key in keys], "assetCheckSelection": None}
        return self._launch(place, "__ASSET_JOB", selection, tags)

    def launch_job(self, place: Place, job: str, tags: Mapping[str, str]) -> str:
        """Start a run of a whole job; returns its id."""
        return self._launch(place, job, {}, tags)

    def _launch(self, place: Place, job: str, selection: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        where = {"repositoryName": place.repository, "repositoryLocationName": place.location, "jobName": job}
        metadata = {"tags": _pairs(tags)}
        params = {
            "selector": {**where, **selection},
            "runConfigData": {},
            "executionMetadata": metadata,
            "mode": "default",
        }
        return _run_id(self.execute(LAUNCH, {"params": params})["launchRun"])

    def reload(self, location: str) -> None:
        """Load the code location again, so that new assets show. Raises GraphQLError where it does not load."""
        answer = self.execute(RELOAD, {"location": location})["reloadRepositoryLocation"]
        failed = answer.get("locationOrLoadError") or {}
        if answer["__typename"] != "WorkspaceLocationEntry" or failed.get("__typename") == "PythonError":
            raise GraphQLError(f"{location} does not load: {failed.get('message') or answer}")


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _run_id(answer: Mapping[str, Any]) -> str:
    if answer["__typename"] != "LaunchRunSuccess":
        raise GraphQLError(f"{answer['__typename']}: {answer.get('message') or answer.get('errors') or ''}")
    return str(answer["run"]["runId"])
