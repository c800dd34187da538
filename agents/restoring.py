"""The end of a restore: once everything lies verified in one folder, it is done or done again until it is done.

`restore.due` in the project's state is that folder. It appears by one rename, which is the moment that decides: killed
before it, the old state stands; killed after it, whoever opens the project next ends what was begun.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

DUE, PLAN, LOCK = "restore.due", "plan.json", "restore.lock"
STAGED = "restore.staged-"
"""How folders begin whose restore was not decided."""


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """One restore of a project at a time; what an earlier one left undecided is cleared away."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / LOCK).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for left in state.glob(f"{STAGED}*"):
            shutil.rmtree(left)
        yield


@contextmanager
def staging(state: Path) -> Iterator[Path]:
    """A folder for a restore, alone; it is gone after the block unless the restore was decided."""
    with alone(state), tempfile.TemporaryDirectory(dir=state, prefix=STAGED) as scratch:
        staged = Path(scratch) / "snapshot"
        staged.mkdir()
        yield staged


def decide(state: Path, staged: Path, plan: dict[str, Any]) -> None:
    """From here on the restore happens, whatever happens to this process.

    `plan`: `project` (its path in the repository), `aside` (folder for the old state; empty where there is none),
    `state` (files to put into the state), `gone` (files to take out of it), `locks` (those that writers lock), `tree`
    (files to put into the dbt project).
    """
    (staged / PLAN).write_text(json.dumps(plan))
    for file in (f for f in staged.rglob("*") if f.is_file()):
        _sync(file)
    _sync(staged)
    staged.rename(state / DUE)
    _sync(state)


def finish(state: Path, url: str | None) -> None:
    """End a restore that was decided; does nothing where none was."""
    if not (state / DUE).is_dir():
        return
    with alone(state):
        if (state / DUE).is_dir():
            _finish(state, state / DUE, url)


def _finish(state: Path, due: Path, url: str | None) -> None:
    from agents import ledger_copy  # loads SQLAlchemy, which a project that is only opened has no need of

    plan = json.loads((due / PLAN).read_bytes())
    root = state.parents[1] / plan["project"]
    files = {state / name: due / name for name in plan["state"]}
    files |= {root / name: due / name for name in plan["tree"]}
    old = [*files, *(state / name for name in plan["gone"])]
    aside = state / plan["aside"] if plan["aside"] else None
    with ExitStack() as locks:
        for name in plan["locks"]:
            locks.enter_context(_locked(state / name))
        ledger = ledger_copy.opened(state, url)
        if ledger is None:  # damaged: kept as it is, and begun anew
            damaged = sorted(state.glob(f"{ledger_copy.SQLITE}*"), reverse=True)  # its log first, or it is replayed
            _keep(aside, old, lambda part: [shutil.copyfile(left, part / left.name) for left in damaged])
            for left in damaged:
                left.unlink()
            ledger = ledger_copy.opened(state, url)
            assert ledger is not None
        with closing(ledger):
            engine = ledger.engine
            ledger_copy.put_back(engine, due, lambda: _keep(aside, old, lambda part: ledger_copy.copy(engine, part)))
        for place, new in files.items():
            _replace(place, new)
        for name in plan["gone"]:
            (state / name).unlink(missing_ok=True)
        done = due.with_name(f"{STAGED}done")
        due.rename(done)
        shutil.rmtree(done)


def _keep(aside: Path | None, old: Iterable[Path], copied: Callable[[Path], object]) -> None:
    """The old state in a folder of its own, once; `copied` adds the ledger to the folder."""
    if aside is None or aside.is_dir():
        return
    part = aside.with_name(aside.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for place in (place for place in old if place.is_file()):
        shutil.copyfile(place, part / place.name)
    copied(part)
    for file in part.iterdir():
        _sync(file)
    part.rename(aside)
    _sync(aside.parent)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _replace(place: Path, new: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(place.name + ".restored")
    shutil.copyfile(new, fresh)
    _sync(fresh)
    fresh.replace(place)
    _sync(place.parent)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
