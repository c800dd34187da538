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

from agents.errors import UsageError
from agents.project import Project
from agents.sandbox.environment import environment_of
from agents.settings import Sandbox as Limits

INSTALL = "install it, with Debian's package manager `apt-get install bubblewrap`"
_PACKAGES = ("agents", "dbt", "dbt_common", "duckdb")
"""Found wherever they are installed from, a checkout included; all others where Python keeps packages."""
_SYSTEM = ("/usr", "/etc/ld.so.cache", "/etc/localtime", "/nix/store")
_MERGED = ("/bin", "/sbin", "/lib", "/lib64")
_TRIED = "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))"


@dataclass(frozen=True)
class Reach:
    """What a worker may touch beside Python itself; each sandbox of the project is below `writable`."""

    writable: Path
    readable: Path
    """The folder of the published copies."""
    repository: Path
    """The rest of it is out of reach."""


def command(inner: Sequence[str], folder: Path, reach: Reach | None) -> list[str]:
    """`inner` inside bubblewrap, in `folder`, which it may write. What `reach` names must exist.

    The environment is the caller's to give: as arguments every user of the machine could read it.
    """
    args = [str(shutil.which("bwrap")), "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
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


@functools.cache
def _found() -> tuple[str, str]:
    """Version of a bubblewrap that works, and otherwise why there is none."""
    if not shutil.which("bwrap"):
        return "", "bubblewrap is not installed"
    with tempfile.TemporaryDirectory() as scratch:
        tried = command([sys.executable, "-c", _TRIED, *_PACKAGES], Path(scratch), None)
        environment = {"HOME": scratch, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        try:
            done = subprocess.run(tried, env=environment, capture_output=True, text=True, timeout=20, check=False)
            version = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return "", f"bubblewrap does not work here ({error})"
    if done.returncode:
        words = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        return "", f"bubblewrap does not work here ({words})"
    return version.stdout.strip().removeprefix("bubblewrap "), ""


def wrapped(limits: Limits) -> bool:
    """Whether workers run inside bubblewrap. Raises UsageError where the settings ask for it and it does not work."""
    if limits.isolation == "none":
        return False
    version, why = _found()
    if not version and limits.isolation == "bubblewrap":
        raise UsageError(
            f"sandbox.isolation is bubblewrap, but {why}. Allowed without it: auto, none. Or {INSTALL}; "
            "in a container it needs the right to make user namespaces."
        )
    return bool(version)


def described(project: Project) -> str:
    """What keeps a candidate of this project in, as one sentence without a full stop, for story and certificate."""
    limits = project.settings.sandbox
    size = f"memory {limits.memory_mb} MB, {limits.seconds} s, disk {limits.disk_mb} MB"
    replaced = environment_of(project.root, limits).replaced
    told = f"; not told there, because they look like credentials: {', '.join(replaced)}" if replaced else ""
    if wrapped(limits):
        return f"bubblewrap {_found()[0]} (no network, files of the sandbox only), {size}{told}"
    why = "switched off by sandbox.isolation" if limits.isolation == "none" else _found()[1]
    advice = "" if limits.isolation == "none" else f": {INSTALL}"
    return f"no bubblewrap ({why}), limits of the process only: {size}{told}{advice}"
