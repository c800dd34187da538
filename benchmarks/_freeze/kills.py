"""kill -9, a full disk and I/O errors at every named point of a commit, a rollback and a publication; then recovery."""

import os
import random
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from _freeze import store
from _freeze.sound import faults
from _freeze.warm import Ended, Job, alone, ready, together
from agents import published
from agents.audit import Audit
from agents.commit import recovered
from agents.failpoints import POINTS, VARIABLE
from agents.interrupted import alone as alone_in
from agents.ledger import Ledger
from agents.project import Project, open_project
from agents.repository import Repository
from agents.rollback import resumed, rollback

NAME = "kills"
TARGET = "0 torn states of at least 1,000 kills at 20 points, full disks and I/O errors; recovery at most 5 s"
SECONDS = 5.0
LINGER = "ADP_BENCH_LINGER"
BEYOND = 1.2
"""Up to when a flow is killed at any moment, as a share of the time that it takes."""
APPLY = ("one", "several", "edited")
SEVERAL = ("several", "edited", "recovery")
"""Flows of three changed files, a new one and one that goes."""
EDITED = ("edited", "held", "recovery", "rollback")
"""Flows beside which a person works."""
WAYS = ("kill", "full", "io")
_AUDIT = tuple(p for p in POINTS if p.startswith("audit."))
_HELD = (*_AUDIT, "land.intended", "land.blobs_written", "land.tree_written", "land.commit_written",
         "land.branch_created", "land.before_recorded", "land.recorded")  # fmt: skip
_APPLIED = tuple(p for p in POINTS if p.startswith(("audit.", "land.", "activate.")) and p != "land.branch_created")
_AGAIN = (*_AUDIT, "land.tagged", *(p for p in POINTS if p.startswith("activate.")))
"""What recovery itself passes."""
_TWICE = (*_AUDIT, "activate.file_written", "activate.file_renamed")
"""Points that a commit of several files passes more than once."""
_PUBLISHED = tuple(p for p in POINTS if p.startswith("publish."))
_BACK = ("rollback.code_landed", "publish.before_switch", "publish.switched", "rollback.data_restored")


def cases(seeds: int) -> Sequence[str]:
    """`flow/where=way/n`, a full measure of the target for each seed."""
    flows: list[tuple[str, Sequence[str], int, int]] = [  # with rounds of kills and of each kind of error
        *((flow, _APPLIED, 5, 1) for flow in APPLY),
        ("held", _HELD, 5, 1),
        ("several", [f"{p}@2" for p in _TWICE], 5, 1),
        ("recovery", _AGAIN, 8, 1),
        ("publish", _PUBLISHED, 20, 4),
        ("rollback", _APPLIED, 1, 1),
        ("rollback", _BACK, 5, 1),
    ]
    named = [f"{flow}/{point}={way}/{n}" for flow, points, kills, errors in flows for point in points for way in WAYS
             for n in range(seeds * (kills if way == "kill" else errors))]  # fmt: skip
    anywhere = [f"{flow}/{how}=kill/{n}" for flow in (*APPLY, "held") for how in ("any_moment", "any_moment_of_all")
                for n in range(seeds * 55)]  # fmt: skip
    return [*named, *anywhere]


def run(case: str) -> dict[str, Any]:
    """Fail there, look at git, recover in another process, and look at everything."""
    flow, _, rest = case.partition("/")
    where, _, way = rest.rpartition("/")[0].partition("=")
    first = flow == "publish" or (flow != "rollback" and case.endswith("/0"))
    # A log of its own is begun in some, and goes on in others; only a rollback asks dbt what there is.
    root = store.parsed_copy("repaired") if flow == "rollback" else store.opened_copy("good" if first else "repaired")
    try:
        old = store.git(root, "rev-parse", "main").strip()
        prepare(root, flow, case)
        ended = _failed(root, flow, where, way, case)
        if strange := _not_there(ended, way, where):
            return {"ok": False, "detail": strange, "seconds": 0.0}
        found = alone(Job("_freeze.kills:after", [str(root), flow, case, old]))
    finally:
        shutil.rmtree(root.parent, ignore_errors=True)
    slow = [f"recovery took {found['seconds']:.1f} s"] if found["seconds"] > SECONDS else []
    detail = "; ".join([*found["faults"], *slow]) or f"{found['state']}: {found['words'] or 'nothing to recover'}"
    return {"ok": not found["faults"] and not slow, "detail": detail, "seconds": found["seconds"]}


def _failed(root: Path, flow: str, where: str, way: str, case: str) -> Ended:
    job = Job("_freeze.kills:act", [str(root), flow, case])
    if where.startswith("any_moment"):
        after, whole = random.Random(case).uniform(0, BEYOND) * lasts(flow), where == "any_moment_of_all"
        return together(Job(job.function, job.args, {LINGER: "1"}, kill_after=after, group=whole))[0]
    if flow == "recovery":
        first = together(Job(job.function, job.args, {VARIABLE: "land.ref_moved=kill"}))[0]
        assert first.signal == signal.SIGKILL, first
        job = Job("_freeze.kills:again", [str(root)])
    return together(Job(job.function, job.args, {VARIABLE: f"{where}={way}"}))[0]


@cache
def lasts(flow: str) -> float:
    """Seconds that a flow takes here where nothing stops it: the moments to kill it are spread over all of it."""
    root = store.opened_copy("repaired")
    try:
        prepare(root, flow, "unharmed")
        return float(alone(Job("_freeze.kills:timed", [str(root), flow, "unharmed"])))
    finally:
        shutil.rmtree(root.parent, ignore_errors=True)


def timed(root: str, flow: str, case: str) -> float:
    """How long the flow takes once its project is open."""
    project = open_project(Path(root))
    ready()
    begun = time.monotonic()
    _act(project, flow, case)
    return time.monotonic() - begun


def _not_there(ended: Ended, way: str, where: str) -> str:
    """Why the case shows nothing: the process did not fail where it should."""
    point = where.partition("@")[0]
    if way == "kill":
        return "" if ended.signal == signal.SIGKILL else f"was not killed at {where}: {ended}"
    return "" if ended.error.startswith("OSError") and point in ended.error else f"no error at {where}: {ended}"


def wanted(flow: str, case: str) -> dict[str, str | None]:
    """What the flow changes: texts that only this case has."""
    draw = random.Random(case)
    models = draw.sample(store.MODELS, 3 if flow in SEVERAL else 1)
    new = {"models/deep/new.sql": f"select {draw.random()} as c\n"} if flow in SEVERAL else {}
    return {**{m: f"-- {draw.random()}\nselect {n} as c\n" for n, m in enumerate(models)}, **new}


def prepare(root: Path, flow: str, case: str) -> None:
    """What a person has in hand meanwhile: an edit that is not staged, and one that is; and a new delivery."""
    if flow in EDITED:
        (root / store.THEIRS).write_text(f"select 3 as c -- {case}\n")
        (root / "notes.md").write_text(f"to do: {case}\n")
        store.git(root, "add", "notes.md")
    if flow == "publish":
        with duckdb.connect(str(root / "shop.duckdb")) as db:
            db.execute("insert into raw.orders values (900, 1, 2.0); insert into stg_orders values (900, 1, 2.0)")


def act(root: str, flow: str, case: str) -> str:
    """The flow, in the process that is to die."""
    project = open_project(Path(root))
    ready()
    done = _act(project, flow, case)
    if LINGER in os.environ:  # the kill at any moment finds a process, also where it comes late
        time.sleep(60)
    return done


def _act(project: Project, flow: str, case: str) -> str:
    if flow == "publish":
        state = published.required(project).state
        grown = state.tables[0].model_copy(update={"rows": store.ROWS + 1})
        return str(published.publish(project, state.model_copy(update={"tables": (grown,)})))
    if flow == "rollback":
        with closing(Ledger.at(project.state)) as ledger:
            return rollback(project, ledger, "stg_orders", by="ann", why="for a test").data
    removed = (store.OLD,) if flow in SEVERAL else ()
    hold = "a person is asked" if flow == "held" else ""
    return store.land(project, wanted(flow, case), "p1", removed=removed, hold=hold).commit


def again(root: str) -> str:
    """Recovery, in a process that is to die as well."""
    return recovered(open_project(Path(root)))


def after(root: str, flow: str, case: str, old: str) -> dict[str, Any]:
    """Old or new before recovery, then recovery, then everything; at last the same change once more if it is not in."""
    project = open_project(Path(root))
    found = [*_only_old_or_new(project, old)]
    begun = time.monotonic()
    words = recovered(project)
    seconds = time.monotonic() - begun
    if flow == "rollback":
        with closing(Ledger.at(project.state)) as ledger, alone_in(project):
            ended = resumed(project, ledger)
        words += f"; {ended} (its data after {time.monotonic() - begun:.1f} s)" if ended else ""
    new = _made(project, flow, old)
    found += _wrong(project, flow, case, old, new)
    if words and Audit(project.state).read().lines[-1].event not in ("recovered", "rollback_data"):
        found.append("the log does not say what recovery did")
    if not new or flow == "publish":
        _act(project, flow, case)
        found += [f"once more: {f}" for f in _wrong(project, flow, case, old, True)]
    return {"state": "new" if new else "old", "words": words, "seconds": seconds, "faults": found}


def _made(project: Project, flow: str, old: str) -> bool:
    if flow == "publish":
        return published.required(project).state.tables[0].rows == store.ROWS + 1
    ref = "refs/heads/adp/p1" if flow == "held" else "refs/heads/main"
    return Repository(project.repo).line("for-each-ref", "--format=%(objectname)", ref) not in ("", old)


def _only_old_or_new(project: Project, old: str) -> Iterator[str]:
    since = Repository(project.repo).line("rev-list", f"{old}..main").split()
    if len(since) > 1:
        yield f"{len(since)} commits were made"


def _wrong(project: Project, flow: str, case: str, old: str, new: bool) -> Iterator[str]:
    """All that is not as it should be, the change being in or not."""
    which = "new" if new else "old"
    theirs = f" M {store.THEIRS}\nA  notes.md\n" if flow in EDITED else ""
    yield from (f"{which}: {f}" for f in (*faults(project, theirs), *_only_old_or_new(project, old)))
    if flow in EDITED:
        for path, text in {store.THEIRS: f"select 3 as c -- {case}\n", "notes.md": f"to do: {case}\n"}.items():
            if (project.repo / path).read_text() != text:
                yield f"{which}: the person's edit of {path} is lost"
    if flow == "publish":
        shelf = [p for p in (project.state / "published").iterdir() if p.is_dir() and not p.is_symlink()]
        if new and len(shelf) > 2:
            yield f"{len(shelf)} copies are left"
    elif flow == "rollback":
        yield from _back(project, new)
    else:
        yield from _content(project, flow, case, old, new)


def _content(project: Project, flow: str, case: str, old: str, new: bool) -> Iterator[str]:
    repository = Repository(project.repo)
    texts = wanted(flow, case) | (dict.fromkeys([store.OLD]) if flow in SEVERAL else {})
    for path, text in texts.items():
        before = repository.read(old, path)
        if repository.working(path) != (text if new and flow != "held" else before):
            yield f"{'new' if new else 'old'}: {path} holds something else"
        if flow == "held" and new and repository.read("adp/p1", path) != text:
            yield f"new: {path} on its branch holds something else"


def _back(project: Project, new: bool) -> Iterator[str]:
    """Code and data as one."""
    with duckdb.connect(str(project.warehouse), read_only=True) as db:
        rows = db.execute("select count(*) from stg_orders").fetchone()
    expected = (store.ROWS if new else store.REPAIRED_ROWS,)
    if rows != expected:
        yield f"{'new' if new else 'old'}: stg_orders has {rows} rows and not {expected}"
    with closing(Ledger.at(project.state)) as ledger:
        if len(ledger.decisions("rollback")) != int(new):
            yield f"{'new' if new else 'old'}: the ledger has {len(ledger.decisions('rollback'))} rollbacks"
