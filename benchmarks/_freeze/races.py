"""Two to eight healers, and in some races a person, who commit at the same moment."""

import random
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from _freeze import store
from _freeze.sound import faults
from _freeze.warm import Job, alone, ready, together
from agents import lock
from agents.audit import Audit
from agents.freeze.version import parts
from agents.land import land, pack
from agents.ledger import Ledger
from agents.project import open_project
from agents.repository import Repository

NAME = "races"
TARGET = "0 lost updates in at least 1,000 races of 2-8 healers"
ROUNDS = 36
SHAPES = ("apart", "same", "mixed", "person")
"""Every healer another asset; all of them one; some the same; and a person's plain `git commit` among them."""
PATIENCE = 60.0


def cases(seeds: int) -> Sequence[str]:
    """`healers/shape/n`, the target's number for each seed."""
    return [f"{n}/{shape}/{i}" for n in range(2, 9) for shape in SHAPES for i in range(ROUNDS * seeds)]


def run(case: str) -> dict[str, Any]:
    """The race, and then what stands in git, lock and log."""
    healers, shape, _ = case.split("/")
    root = store.opened_copy("good")
    try:
        plans = _plans(case, int(healers), shape)
        jobs = [Job("_freeze.races:heal", [str(root), n, plan]) for n, plan in enumerate(plans)]
        people = [Job("_freeze.races:person", [str(root), case])] if shape == "person" else []
        begun = time.monotonic()
        ended = together(*jobs, *people)
        seconds = time.monotonic() - begun
        broken = [f"{e.error or e.signal}" for e in ended if e.error or e.signal]
        said = [e.value for e in ended]
        found = [] if broken else alone(Job("_freeze.races:lost", [str(root), case, plans, said]))
    finally:
        shutil.rmtree(root.parent, ignore_errors=True)
    applied = sum(bool(s) and s["state"] == "applied" for s in said)
    detail = "; ".join([*broken, *found]) or f"{applied} of {healers} applied, none lost"
    return {"ok": not broken and not found, "detail": detail, "seconds": seconds}


def _plans(case: str, healers: int, shape: str) -> list[dict[str, str]]:
    """What each healer changes."""
    draw = random.Random(case)
    sets = {
        "same": [store.MODELS[:1]] * healers,
        "mixed": [draw.sample(store.MODELS[:4], 2) for _ in range(healers)],
    }.get(shape, [[m] for m in store.MODELS[:healers]])
    return [{m: f"-- {draw.random()}\nselect {n} as c\n" for m in models} for n, models in enumerate(sets)]


def heal(root: str, n: int, plan: dict[str, str]) -> dict[str, Any]:
    """The end of a heal, from what was proved on."""
    project = open_project(Path(root))
    with closing(Ledger.at(project.state)) as ledger:
        packed = pack(project, store.judged(project, plan, f"h{n}"), None)
        ready()
        done = land(project, ledger, packed)
    frozen = {f.asset: f.version for f in done.frozen}
    return {"state": done.state, "commit": done.commit, "branch": done.branch, "frozen": frozen, "note": done.note}


def person(root: str, case: str) -> dict[str, Any]:
    """Edit, add, commit: again where git says that another command holds its lock or moved the branch."""
    (Path(root) / store.THEIRS).write_text(f"select 3 as c -- {case}\n")
    ready()
    time.sleep(random.Random(case).uniform(0, 0.1))
    deadline = time.monotonic() + PATIENCE
    for command in (["add", store.THEIRS], ["commit", "-qm", "mine"]):
        while (done := subprocess.run(["git", "-C", root, *command], capture_output=True, text=True)).returncode:
            if time.monotonic() > deadline:
                raise TimeoutError(f"git {command[0]}: {done.stderr}")
            time.sleep(0.01)
    found = Repository(Path(root)).line("log", "--format=%H", "--grep=^mine$", "main")
    return {"state": "person", "commit": found, "frozen": {}}


def lost(root: str, case: str, plans: list[dict[str, str]], said: list[dict[str, Any]]) -> list[str]:
    """Everything that was reported and is not there."""
    project = open_project(Path(root))
    return [*faults(project), *_lost(project.repo, project.state, case, plans, said)]


def _lost(root: Path, state: Path, case: str, plans: list[dict[str, str]], said: list[dict[str, Any]]) -> Iterator[str]:
    repository = Repository(root)
    history = [sha for sha, _ in repository.messages("main")]
    recorded = {x.facts.get("commit") for x in Audit(state).read().lines if x.event == "commit"}
    entries = lock.parse(repository.read("main", lock.LOCK_FILE) or "")
    newest: dict[str, tuple[str, str]] = {}
    for n, (plan, done) in enumerate(zip(plans, said, strict=False)):
        if done["state"] == "applied":
            if done["commit"] not in history or done["commit"] not in recorded:
                yield f"healer {n}: its commit is in no history, or in no log"
            for path in plan:
                asset = Path(path).stem
                version = done["frozen"][asset]
                newest[asset] = max(newest.get(asset, ("0.0.0", "")), (version, plan[path]), key=lambda v: parts(v[0]))
        elif repository.line("for-each-ref", "--format=%(objectname)", f"refs/heads/adp/h{n}") != done["commit"]:
            yield f"healer {n}: {done['state']} ({done['note']}), and no branch has it"
        elif "changed since the proposal was proved" not in done["note"]:
            yield f"healer {n} waits without a reason: {done['note']}"
    for asset, (version, text) in newest.items():
        held = entries.get(asset)
        if held is None or held.version != version or repository.read("main", held.path) != text:
            yield f"{asset} {version} was applied, and is overwritten"
    touched = {path for plan in plans for path in plan}
    if not newest or (len(newest) < len(touched) and case.split("/")[1] != "mixed"):
        yield f"only {sorted(newest)} of {sorted(touched)} were applied"
    for done in said[len(plans) :]:
        if done["commit"] not in history or case not in (repository.read("main", store.THEIRS) or ""):
            yield "the person's commit is lost"
