"""New and changed assets appear by themselves: the code location is loaded again when its code moved."""

import hashlib

import dagster as dg

from adp_dagster.graphql import GraphQL, GraphQLError, NoWebserver
from adp_dagster.manifest import digest
from agents.lock import LOCK_FILE
from agents.project import Project

JOB = "heal_job"
"""A job of the code location, by which the webserver finds it."""


def code_of(project: Project) -> str:
    """A hash of everything that the shown assets are made of: dbt's files and the lock."""
    file = project.root / LOCK_FILE
    return hashlib.sha256(digest(project).encode() + (file.read_bytes() if file.is_file() else b"")).hexdigest()[:16]


def decide(loaded: str, now: str, asked: str | None) -> tuple[bool, str]:
    """Whether to load again, once for each state of the code, and why (not).

    >>> decide("a", "b", None)
    (True, 'the code is b, loaded is a')
    >>> decide("a", "b", "b")
    (False, 'b was loaded again already, and gave a: does the project parse?')
    """
    if loaded == now:
        return False, f"the code is as it was loaded: {now}"
    if asked == now:
        return False, f"{now} was loaded again already, and gave {loaded}: does the project parse?"
    return True, f"the code is {now}, loaded is {loaded}"


def reload_sensor_of(project: Project) -> dg.SensorDefinition:
    """The sensor of a code location that was loaded now."""
    loaded = code_of(project)

    @dg.sensor(
        name="reload_sensor",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Loads the code location again when a model, its properties or the lock changed.",
    )
    def reload_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        now = code_of(project)
        ask, why = decide(loaded, now, context.cursor)
        if not ask:
            return dg.SkipReason(why)
        webserver = GraphQL.from_env()
        try:
            webserver.reload(webserver.place_of(JOB).location)
        except (NoWebserver, GraphQLError) as error:
            return dg.SkipReason(f"{why}; it could not be loaded again: {error}")
        context.update_cursor(now)
        return dg.SkipReason(f"{why}: loaded again")

    return reload_sensor
