"""Start the worker with nothing but what it needs, speak to it, and end it when its time is spent."""

import atexit
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NoReturn, Self

from agents.dbt import SAVED
from agents.errors import SandboxError
from agents.sandbox.environment import Environment, environment_of, tells
from agents.sandbox.isolation import Reach, command, installed, wrapped
from agents.sandbox.limits import restrict, taken_mb
from agents.sandbox.stage import Stage, reach_of
from agents.sandbox.withheld import withheld
from agents.sandbox.worker import FOLDER
from agents.settings import Sandbox as Limits

WORKER = (sys.executable, "-m", "agents.sandbox.worker")
SANDBOXES = 8
"""Sandboxes that one process serves, one after the other; importing dbt costs as much as a small build."""
LOOK_SECONDS = 0.5
"""How often the disk that a sandbox takes is looked at."""


@dataclass(frozen=True)
class _Kind:
    """What a process must be for a sandbox to be able to use it."""

    limits: Limits
    environment: Environment
    reach: Reach | None
    """Only bubblewrap has one."""
    thread: int
    """bubblewrap ends with the thread that started it."""


class _Process:
    """A process that has imported dbt and waits for a sandbox to work in."""

    def __init__(self, kind: _Kind, inner: Sequence[str] = WORKER) -> None:
        self.kind, self.left = kind, SANDBOXES
        # Its standard input ends with this process, so that it is never left behind.
        self.folder = Path(tempfile.mkdtemp(prefix=FOLDER)).resolve()
        self.log: IO[bytes] = (self.folder / "worker.log").open("wb")
        home = str(self.folder)
        self.popen = subprocess.Popen(
            inner if kind.reach is None else command(inner, self.folder, kind.reach, str(installed())),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            cwd=self.folder,
            env={**kind.environment.variables, "HOME": home, "TMPDIR": home},
            preexec_fn=lambda: restrict(kind.limits, SANDBOXES),
            start_new_session=True,
        )

    @property
    def last_words(self) -> str:
        log = (self.folder / "worker.log").read_text(errors="replace").strip().splitlines()
        return log[-1] if log else "no message"

    def end(self) -> None:
        """At once: between two requests there is nothing that it must finish."""
        assert self.popen.stdin
        assert self.popen.stdout
        # bubblewrap is several processes, and one that was ended while it started leaves those behind that were not yet
        # bound to it: all of its group are ended, and whoever is left ends with its input.
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        with suppress(BrokenPipeError):
            self.popen.stdin.close()
        with suppress(OSError):
            self.popen.stdout.read()  # what runs inside bubblewrap ends a moment after it
        self.popen.stdout.close()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_spare: _Process | None = None
"""The process that waits for the next sandbox; this process has one at most."""


def warm_up(project: Path, limits: Limits) -> None:
    """Start a worker now because a sandbox is about to be wanted; it imports dbt meanwhile.

    Raises UsageError where the settings ask for bubblewrap and it does not work.
    """
    global _spare
    reach = reach_of(project)
    if reach or not wrapped(limits):
        _spare = _take(project, limits, reach)


@atexit.register
def cool_down() -> None:
    """End the worker that waits, if there is one."""
    global _spare
    if _spare is not None:
        _spare.end()
    _spare = None


def _take(project: Path, limits: Limits, reach: Reach | None) -> _Process:
    """The spare process if it fits, else a new one."""
    global _spare
    found, _spare = _spare, None
    held = reach if wrapped(limits) else None
    kind = _Kind(limits, environment_of(project, limits), held, threading.get_ident() if held else 0)
    if found is not None:
        if found.left and found.popen.poll() is None and found.kind == kind:
            return found
        found.end()
    return _Process(kind)


class Worker:
    """The warm process of one sandbox; a context manager.

    Create it as soon as the sandbox is planned: it imports dbt while the stager fills the folder.
    `project` is where the names of the environment variables that the project reads are looked up. `meanwhile` is
    called once, in a thread, while answers are waited for; it is over when the sandbox is left.
    """

    def __init__(
        self, stage: Stage, project: Path, limits: Limits, *, meanwhile: Callable[[], None] | None = None
    ) -> None:
        self.stage, self.limits, self.meanwhile = stage, limits, meanwhile
        self.beside: threading.Thread | None = None
        self.deadline = time.monotonic() + limits.seconds
        self.held = _take(project, limits, stage.reach)
        self.held.left -= 1
        self.process = self.held.popen
        self.entered = self.failed = False

    def ask(self, do: str, **arguments: Any) -> Any:
        """One request, one answer. Raises SandboxError where the worker failed, died or ran out of time."""
        if not self.entered:
            self.entered = True
            self._bring_parsed()
            self._ask("enter", described=self.stage.described)
        if do == "write":
            arguments["files"] = {p: text for p, text in arguments["files"].items() if not withheld(p)}
        return self._ask(do, **arguments)

    def _bring_parsed(self) -> None:
        """Bring what dbt parsed of the project already, unless that tells a credential; dbt begins with it there."""
        saved = self.stage.parsed / SAVED
        if saved.is_file() and not tells(raw := saved.read_bytes(), self.held.kind.environment):
            brought = self.stage.brought / SAVED
            brought.parent.mkdir(parents=True)
            brought.write_bytes(raw)

    def _ask(self, do: str, **arguments: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        try:
            self.process.stdin.write((json.dumps({"do": do, **arguments}) + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise SandboxError(self._died(do)) from None
        if self.meanwhile and self.beside is None:
            self.beside = threading.Thread(target=self.meanwhile)
            self.beside.start()
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not selector.select(min(max(self.deadline - time.monotonic(), 0), LOOK_SECONDS)):
                self._require_room(do)
                if time.monotonic() >= self.deadline:
                    self._stop(f"did not finish {do} within {self.limits.seconds} s (sandbox.seconds)")
        self._require_room(do)
        line = self.process.stdout.readline()
        if not line:
            raise SandboxError(self._died(do))
        answer = json.loads(line)
        if "error" in answer:
            self.failed = True
            raise SandboxError(f"sandbox, {do}: {answer['error']}")
        return answer["ok"]

    def _require_room(self, do: str) -> None:
        taken = taken_mb((self.stage.folder, self.held.folder))
        if taken > self.limits.disk_mb:
            self._stop(
                f"took {taken:,.0f} MB of the disk during {do}; allowed are {self.limits.disk_mb:,} "
                "(sandbox.disk_mb in adp.yml)"
            )

    def _stop(self, why: str) -> NoReturn:
        self.failed = True
        self.process.kill()
        raise SandboxError(f"the sandbox {why}")

    def _died(self, do: str) -> str:
        self.failed = True
        code = self.process.wait()
        return f"the sandbox's process ended with {code} during {do}: {self.held.last_words}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Keep a process that is sound and idle for the next sandbox; an error may have left one that is neither."""
        global _spare
        if self.beside:
            self.beside.join()
        if self.failed or kind is not None or _spare is not None or self.process.poll() is not None:
            self.held.end()
        else:
            _spare = self.held
