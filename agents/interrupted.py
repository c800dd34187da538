"""One heal of a project at a time, and what one that was killed half-way has left to do."""

import fcntl
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from agents import published
from agents.errors import FinalError, WarehouseBusy
from agents.project import Project
from agents.repository import IDENTITY, Repository


@contextmanager
def alone(project: Project) -> Iterator[None]:
    """Hold the project's heal lock, which the operating system takes back from a process that dies."""
    project.state.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + project.settings.lock_wait_seconds
    with (project.state / "heal.lock").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    waited = f"{project.settings.lock_wait_seconds:g} s"
                    raise WarehouseBusy(
                        f"another heal of {project.name} has been running for {waited}. "
                        "Wait for it, or raise lock_wait_seconds in adp.yml."
                    ) from None
                time.sleep(0.2)
        yield


def unfinished(project: Project, applied: Collection[str] = ()) -> str:
    """The newest commit of a repair whose result was not published yet; empty where there is none.

    One of a heal that was interrupted, or one of the `applied`, which are people's merges.
    """
    good = published.required(project).state.commit
    repository = Repository(project.repo)
    head = repository.head()
    if head == good:
        return ""
    try:
        lines = repository.line("log", "--format=%H %ae", f"{good}..{head}").splitlines()
    except FinalError:  # the good commit is no longer there: history was rewritten
        return ""
    ours = (line.split()[0] for line in lines if line.endswith(IDENTITY["GIT_AUTHOR_EMAIL"]) or line[:40] in applied)
    return next(ours, "")
