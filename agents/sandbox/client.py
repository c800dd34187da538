"""Start the worker with nothing but what it needs, speak to it, and end it when its time is spent."""

import json
import os
import re
import resource
import selectors
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from agents.errors import SandboxError
from agents.sandbox.stage import Stage
from agents.settings import Sandbox as Limits

NEEDED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")


class Worker:
    """The warm process of one sandbox; a context manager.

    Start it as soon as the sandbox is planned: it imports dbt while the stager fills the folder.
    `project` is where the names of the environment variables that the project reads are looked up.
    """

    def __init__(self, stage: Stage, project: Path, limits: Limits) -> None:
        self.stage, self.limits = stage, limits
        self.deadline = time.monotonic() + limits.seconds
        described = json.dumps({"folder": str(stage.folder), "catalog": stage.catalog, "files": stage.files})
        self.log = (stage.folder / "worker.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agents.sandbox.worker", described],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            cwd=stage.folder,
            env=_environment(stage, project),
            preexec_fn=self._limit,
            start_new_session=True,
        )

    def _limit(self) -> None:
        seconds = self.limits.seconds * self.limits.threads
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        size = self.limits.disk_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def ask(self, do: str, **arguments: Any) -> Any:
        """One request, one answer. Raises SandboxError where the worker failed, died or ran out of time."""
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
                self.process.kill()
                raise SandboxError(f"the sandbox did not finish {do} within {self.limits.seconds} s (sandbox.seconds)")
        line = self.process.stdout.readline()
        if not line:
            raise SandboxError(self._died(do))
        answer = json.loads(line)
        if "error" in answer:
            raise SandboxError(f"sandbox, {do}: {answer['error']}")
        return answer["ok"]

    def _died(self, do: str) -> str:
        code = self.process.wait()
        log = (self.stage.folder / "worker.log").read_text(errors="replace").strip().splitlines()
        return f"the sandbox's process ended with {code} during {do}: {log[-1] if log else 'no message'}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.log.close()


def _environment(stage: Stage, project: Path) -> dict[str, str]:
    """What the worker may know: no credentials, only the variables that the project names and that are not secret."""
    kept = {name: os.environ[name] for name in NEEDED if name in os.environ}
    for name in _named_variables(project):
        if name in os.environ and "SECRET" not in name:
            kept[name] = os.environ[name]
    package_root = str(Path(__file__).resolve().parents[2])
    return {**kept, "HOME": str(stage.folder), "PYTHONPATH": package_root, "PYTHONDONTWRITEBYTECODE": "1"}


def _named_variables(project: Path) -> set[str]:
    pattern = re.compile(r"env_var\(\s*['\"](\w+)['\"]")
    files = (f for f in project.rglob("*") if f.suffix in (".sql", ".yml", ".yaml") and f.is_file())
    return {name for file in files for name in pattern.findall(file.read_text(errors="replace"))}
