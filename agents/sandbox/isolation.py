"""bubblewrap around the worker: no network, no other process, and of the files only what Python and a sandbox need.

It may be installed and still not be allowed to make namespaces, as in many containers, so it is tried once.
"""

import functools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from agents.errors import UsageError
from agents.project import Project
from agents.sandbox.environment import PACKAGES, environment_of
from agents.settings import Sandbox as Limits

INSTALL = "install it, with Debian's package manager `apt-get install bubblewrap`"
_PACKAGES = ("agents", "dbt", "dbt_common", "duckdb")
"""Found wherever they are installed from, a checkout included; all others where Python keeps packages."""
_SYSTEM = ("/usr", "/etc/ld.so.cache", "/etc/localtime", "/nix/store")
_MERGED = ("/bin", "/sbin", "/lib", "/lib64")
_LOOK = """import importlib.util as u, sys
sys.exit("".join(f"{name} cannot be imported in it; " for name in sys.argv[1:] if not u.find_spec(name)) or 0)"""


@dataclass(frozen=True)
class Reach:
    """What a worker may touch beside Python itself; each sandbox of the project is below `writable`."""

    writable: Path
    readable: Path
    """The folder of the published copies."""
    repository: Path
    """The rest of it is out of reach."""


def command(inner: Sequence[str], folder: Path, reach: Reach | None, program: str) -> list[str]:
    """`inner` inside bubblewrap (`program`), in `folder`, which it may write. What `reach` names must exist.

    The environment is the caller's to give: as arguments every user of the machine could read it.
    """
    args = [program, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    for place, real in _places((Path.home(), reach.repository) if reach else (Path.home(),)):
        args += ["--ro-bind", str(real), str(place)] if real else ["--tmpfs", str(place)]
    for link in map(Path, _MERGED):
        if link.is_symlink():
            args += ["--symlink", str(link.readlink()), str(link)]
        elif link.is_dir():
            args += ["--ro-bind", str(link), str(link)]
    if reach:
        args += ["--ro-bind", str(reach.readable), str(reach.readable)]
        args += ["--bind", str(reach.writable), str(reach.writable)]
    shared = folder / "shm"  # on the disk, where its size is counted
    shared.mkdir(exist_ok=True)
    args += ["--bind", str(folder), str(folder), "--dev", "/dev", "--bind", str(shared), "/dev/shm"]
    return [*args, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", str(folder), "--", *inner]


@functools.cache
def _places(hidden: tuple[Path, ...]) -> tuple[tuple[Path, Path | None], ...]:
    """Place inside -> file or folder: this interpreter, its packages and the system's libraries; outermost first.

    None stands for an empty folder: what is `hidden` may lie in one of the others, as in `/usr/src/app`.
    """
    wanted = {*_SYSTEM, sys.prefix, sys.base_prefix, sys.exec_prefix}
    wanted |= {entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")}
    wanted |= set(_sources())
    real: dict[Path, Path | None] = {Path(w): Path(w).resolve() for w in wanted if w and Path(w).exists()}
    real |= {found: found for found in real.values() if found}
    real |= {link: link.resolve() for link in _links(Path(sys.executable))}
    real = {**dict.fromkeys(hidden), **real}
    placed: dict[Path, Path | None] = {}
    for place in sorted(real, key=lambda p: len(p.parts)):
        above = next((p for p in place.parents if p in placed), None)
        held = placed[above] if above else None
        seen = (held / place.relative_to(above)).resolve() if held and above else None
        if seen != real[place]:
            placed[place] = real[place]
    return tuple(placed.items())


def _sources() -> Iterator[str]:
    for name in _PACKAGES:
        spec = find_spec(name)
        yield from spec.submodule_search_locations or () if spec else ()


def _links(file: Path) -> Iterator[Path]:
    """The interpreter as it was called may be a link to a link, each in another folder."""
    while file.is_symlink():
        file = file.parent / file.readlink()
        yield file


class Tried(NamedTuple):
    """What came of trying bubblewrap: its version, or why there is none that works."""

    version: str
    why: str = ""


def installed() -> str | None:
    """Path of bubblewrap's program."""
    return shutil.which("bwrap")


@functools.cache
def tried(program: str | None) -> Tried:
    """Start this interpreter once inside bubblewrap and let it look for its packages."""
    if program is None:
        return Tried("", "it is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        inner = command([sys.executable, "-c", _LOOK, *_PACKAGES], Path(scratch).resolve(), None, program)
        environment = {"HOME": scratch, "PYTHONPATH": str(PACKAGES)}
        try:
            done = subprocess.run(inner, env=environment, capture_output=True, text=True, timeout=30, check=False)
            version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return Tried("", f"it does not work here: {error}")
    if done.returncode:
        words = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        return Tried("", f"it does not work here: {words}")
    return Tried(version.stdout.strip().removeprefix("bubblewrap "))


def wrapped(limits: Limits) -> bool:
    """Whether workers run inside bubblewrap. Raises UsageError where the settings ask for it and it does not work."""
    if limits.isolation == "none":
        return False
    found = tried(installed())
    if not found.version and limits.isolation == "bubblewrap":
        raise UsageError(
            f"sandbox.isolation is bubblewrap, but {found.why}. Allowed without it: auto, none. Or {INSTALL}; "
            "in a container it needs the right to make user namespaces."
        )
    return bool(found.version)


def described(project: Project) -> str:
    """What keeps a candidate of this project in, as one sentence without a full stop, for story and certificate."""
    limits = project.settings.sandbox
    size = f"memory {limits.memory_mb} MB, {limits.seconds} s, disk {limits.disk_mb} MB"
    replaced = environment_of(project.root, limits).replaced
    told = f"; not told there, because they look like credentials: {', '.join(replaced)}" if replaced else ""
    found = tried(installed())
    if wrapped(limits):
        return f"bubblewrap {found.version} (no network, no files but its own), {size}{told}"
    if limits.isolation == "none":
        return f"no bubblewrap (switched off by sandbox.isolation), limits of the process only: {size}{told}"
    return f"no bubblewrap ({found.why}), limits of the process only: {size}{told}; {INSTALL}"
