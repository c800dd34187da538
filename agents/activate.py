"""Bring index and work tree of some paths to a commit so that a process killed on the way can be finished.

A moved ref alone shows as a staged reversal, and git's own checkout leaves its lock behind where it is killed. Here
the index is built beside, the lock is a hard link that a later process knows as ours, and each file is one rename.
"""

import os
import shutil
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from agents.errors import FinalError, RetryableError
from agents.failpoints import passing
from agents.repository import Repository

OURS = "index.adp"
WAIT_SECONDS = 10.0
"""How long another git command may hold the index; each holds it for moments."""
Held = tuple[str, str] | None
"""Mode and hash of a file in a commit; None where it is not there."""
STALE_SECONDS = 2.0
"""After how long the lock on a ref is of a git command that was killed with us."""


def activate(repository: Repository, commit: str, paths: Sequence[str]) -> None:
    """Let index and work tree hold these paths as the commit does. Raises RetryableError where git's index is locked.

    Each file is the old or the new one at any moment; doing it again finishes what was begun.
    """
    with held_index(repository) as index:
        follow(repository, index, commit, paths)


def follow(repository: Repository, index: Path, commit: str, paths: Sequence[str]) -> None:
    """As `activate`, for a caller that holds git's lock on the index; `index` is what `held_index` gave."""
    (current,) = _git_paths(repository, "index")
    held = repository.listed(commit, paths)
    _fill(repository, current, index, {p: held.get(p) for p in paths})
    passing("activate.index_built")
    for path in paths:
        _place(repository, commit, path, held.get(path))
    passing("activate.files_renamed")
    with suppress(FinalError):  # it ends so where other files are edited, and has noted the times of ours
        repository.git("update-index", "-q", "--refresh", env={"GIT_INDEX_FILE": str(index)})
    index.replace(current)
    passing("activate.index_renamed")


def unlocked(repository: Repository) -> bool:
    """Take away the lock of an activation that was killed; False where there was none. Somebody else's lock stays."""
    return _unlocked(*_git_paths(repository, OURS, "index.lock"))


def _unlocked(ours: Path, lock: Path) -> bool:
    if not ours.exists():
        return False
    held = lock.exists() and lock.stat().st_ino == ours.stat().st_ino
    if held:
        lock.unlink()
    ours.unlink()
    return held


def unlocked_refs(repository: Repository, refs: Sequence[str]) -> None:
    """Take away git's locks on HEAD and these refs that a killed git command left; somebody else's goes by itself."""
    locks = _git_paths(repository, *(f"{name}.lock" for name in ("HEAD", *refs)))
    deadline = time.monotonic() + STALE_SECONDS
    while (left := [lock for lock in locks if lock.exists()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    for lock in left:
        lock.unlink(missing_ok=True)


@contextmanager
def held_index(repository: Repository) -> Iterator[Path]:
    """Where to build the next index, while git's lock on the present one is held and no `git commit` begins.

    Raises RetryableError where another git command holds it for longer than WAIT_SECONDS.
    """
    ours, lock, copy = _git_paths(repository, OURS, "index.lock", f"{OURS}.new")
    _unlocked(ours, lock)
    ours.touch()
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            lock.hardlink_to(ours)
            break
        except FileExistsError:
            if time.monotonic() > deadline:
                ours.unlink()
                raise RetryableError(
                    f"{lock} has been there for {WAIT_SECONDS:g} s: another git command runs, or one was killed. "
                    "End it, or remove the file, and run the same again."
                ) from None
            time.sleep(0.05)
    passing("activate.index_locked")
    copy.with_name(f"{copy.name}.lock").unlink(missing_ok=True)  # of a git command that was killed with its process
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)
        _unlocked(ours, lock)


def _fill(repository: Repository, current: Path, index: Path, files: Mapping[str, Held]) -> None:
    if current.is_file():
        shutil.copyfile(current, index)
    entries = []
    for path, held in files.items():
        mode, blob = held or ("0", "0" * 40)
        entries.append(f"{mode} {blob}\t{path}\0")
    env = {"GIT_INDEX_FILE": str(index)}
    repository.git("update-index", "-z", "--index-info", env=env, stdin="".join(entries).encode())


def _place(repository: Repository, commit: str, path: str, held: Held) -> None:
    file = repository.root / path
    if link := next((p for p in file.parents if p.is_symlink() and p.is_relative_to(repository.root)), None):
        raise FinalError(f"{path} goes through the link {link.name}, which may lead out of the repository")
    if held is None:
        file.unlink(missing_ok=True)
        return
    content = repository.git("cat-file", "--filters", f"{commit}:{path}")
    if file.is_file() and file.read_bytes() == content:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.adp")
    with fresh.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    mode = file.stat().st_mode if file.exists() else 0o644
    fresh.chmod(stat.S_IMODE(mode) | (0o111 if held[0] == "100755" else 0))
    passing("activate.file_written")
    fresh.replace(file)
    passing("activate.file_renamed")


def _git_paths(repository: Repository, *names: str) -> list[Path]:
    """Where git keeps files of its own, by one git command."""
    told = repository.line("rev-parse", *(part for name in names for part in ("--git-path", name)))
    return [repository.root / found for found in told.split("\n")]
