"""Start the worker with nothing but what it needs, speak to it, and end it when its time is spent."""

import atexit
import json
import os
import re
import resource
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from agents.dbt import project_files
from agents.errors import SandboxError
from agents.sandbox.stage import Stage
from agents.sandbox.worker import FOLDER
from agents.settings import Sandbox as Limits

NEEDED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")
SANDBOXES = 8
"""Sandboxes that one process serves, one after the other; importing dbt costs as much as a small build."""


class _Process:
    """A process that has imported dbt and waits for a sandbox to work in."""

    def __init__(self, limits: Limits, environment: dict[str, str]) -> None:
        self.kind, self.left = (limits, environment), SANDBOXES
        self.limits = limits
        # Its standard input ends with this process, so that it is never left behind.
        self.folder = Path(tempfile.mkdtemp(prefix=FOLDER))
        self.log: IO[bytes] = (self.folder / "worker.log").open("wb")
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "agents.sandbox.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            cwd=self.folder,
            env={**environment, "HOME": str(self.folder)},
            preexec_fn=self._limit,
            start_new_session=True,
        )

    def _limit(self) -> None:
        seconds = self.limits.seconds * self.limits.threads * SANDBOXES
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        size = self.limits.disk_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    @property
    def last_words(self) -> str:
        log = (self.folder / "worker.log").read_text(errors="replace").strip().splitlines()
        return log[-1] if log else "no message"

    def end(self) -> None:
        """At once: between two requests there is nothing that it must finish."""
        assert self.popen.stdin
        assert self.popen.stdout
        self.popen.kill()
        self.popen.wait()
        with suppress(BrokenPipeError):
            self.popen.stdin.close()
        self.popen.stdout.close()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_spare: _Process | None = None
"""The process that waits for the next sandbox; this process has one at most."""


def warm_up(project: Path, limits: Limits) -> None:
    """Start a worker now because a sandbox is about to be wanted; it imports dbt meanwhile."""
    global _spare
    _spare = _take(project, limits)


@atexit.register
def cool_down() -> None:
    """End the worker that waits, if there is one."""
    global _spare
    if _spare is not None:
        _spare.end()
    _spare = None


def _take(project: Path, limits: Limits) -> _Process:
    """The spare process if it fits, else a new one."""
    global _spare
    found, _spare = _spare, None
    environment = _environment(project)
    if found is not None:
        if found.left and found.popen.poll() is None and found.kind == (limits, environment):
            return found
        found.end()
    return _Process(limits, environment)


class Worker:
    """The warm process of one sandbox; a context manager.

    Create it as soon as the sandbox is planned: it imports dbt while the stager fills the folder.
    `project` is where the names of the environment variables that the project reads are looked up.
    """

    def __init__(self, stage: Stage, project: Path, limits: Limits) -> None:
        self.stage, self.limits = stage, limits
        self.deadline = time.monotonic() + limits.seconds
        self.held = _take(project, limits)
        self.held.left -= 1
        self.process = self.held.popen
        self.entered = self.failed = False

    def ask(self, do: str, **arguments: Any) -> Any:
        """One request, one answer. Raises SandboxError where the worker failed, died or ran out of time."""
        if not self.entered:
            self.entered = True
            self._ask("enter", described=self.stage.described)
        return self._ask(do, **arguments)

    def _ask(self, do: str, **arguments: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        try:
            self.process.stdin.write((json.dumps({"do": do, **arguments}) + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise SandboxError(self._died(do)) from None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(max(self.deadline - time.monotonic(), 0)):
                self.failed = True
                self.process.kill()
                raise SandboxError(f"the sandbox did not finish {do} within {self.limits.seconds} s (sandbox.seconds)")
        line = self.process.stdout.readline()
        if not line:
            raise SandboxError(self._died(do))
        answer = json.loads(line)
        if "error" in answer:
            self.failed = True
            raise SandboxError(f"sandbox, {do}: {answer['error']}")
        return answer["ok"]

    def _died(self, do: str) -> str:
        self.failed = True
        code = self.process.wait()
        return f"the sandbox's process ended with {code} during {do}: {self.held.last_words}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Keep a process that is sound and idle for the next sandbox; an error may have left one that is neither."""
        global _spare
        if self.failed or kind is not None or _spare is not None or self.process.poll() is not None:
            self.held.end()
        else:
            _spare = self.held


def _environment(project: Path) -> dict[str, str]:
    """What the worker may know: no credentials, only the variables that the project names and that are not secret."""
    kept = {name: os.environ[name] for name in NEEDED if name in os.environ}
    for name in _named_variables(project):
        if name in os.environ and "SECRET" not in name:
            kept[name] = os.environ[name]
    package_root = str(Path(__file__).resolve().parents[2])
    return {**kept, "PYTHONPATH": package_root, "PYTHONDONTWRITEBYTECODE": "1"}


def _named_variables(project: Path) -> set[str]:
    pattern = re.compile(r"env_var\(\s*['\"](\w+)['\"]")
    files = project_files(project, (".sql", ".yml", ".yaml"))
    return {name for file in files for name in pattern.findall(file.read_text(errors="replace"))}
