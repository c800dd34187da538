"""One case: copy the good state, let a day pass, break it, let the engine heal it, judge."""

import json
import re
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from _good import Good, adp
from _judge import Case, causes, judge
from _rebuild import differences, keep_raw, rebuilt
from _scene import Effect, Fault, Injector, Scene, Standing
from faults import KINDS

from agents.project import Project
from agents.warehouse import exists, quoted, reading, unbounded

TRIES = 6
"""Places tried for one fault before the project is said to offer none."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What one call of the engine came to."""

    report: dict[str, Any] | None
    wall_s: float
    last_words: str
    """The end of standard error where there is no report."""


def grown(good: Good, kind: str, seed: int) -> bool:
    """Whether a healthy day comes together with the fault: in half of the cases."""
    return good.grows and (seed + zlib.crc32(kind.encode())) % 2 == 1


def run_case(good: Good, kind: str, seed: int, work: Path, after: str | None = None) -> Row:
    """Everything about one case as one line for the results file.

    `after`: a kind of fault that is healed first and goes on; where it has no place or is not healed, nor has the case.
    """
    day = 2 if grown(good, kind, seed) else 1
    row: Row = {"project": good.spec.name, "kind": kind, "seed": seed, "day": day, "models": models(good)}
    project = good.copy(work / "repo")
    if day == 2:
        good.grow(project)
    scene = Scene(project, good.graph, good.spec.sources)
    rng = Random(f"{good.spec.name}/{kind}/{seed}")
    raw = work / "raw.duckdb"
    injector = KINDS[kind]
    if after:
        row["after"] = after
        first = stand(scene, after, seed, good, day, work)
        if first is None or first.standing is None:
            return {**row, "verdict": "no_place"}
        scene, injector = first, beside(first, injector)
    fault = inject(scene, injector, rng, good, day, raw)
    if fault is None:
        return {**row, "verdict": "no_place"}
    (work / "label.json").write_text(json.dumps({"kind": kind, "words": fault.words, "causes": sorted(fault.causes)}))
    with holding(project.warehouse, fault.lock_seconds):
        ran = heal(project, good)
    if fault.undone_later and ran.report and ran.report["status"] == "healed":
        good.deliver(project, day)
        shutil.copyfile(good.raw(day), raw)
        ran = heal(project, good)
    verdict = judge(Case(good, project, fault, day, raw, work / "scratch"), ran.report)
    return {
        **row,
        "fault": fault.words,
        "decidable": fault.decidable,
        "control": fault.control,
        "verdict": verdict.word,
        "why": verdict.why or ran.last_words,
        "wall_s": round(ran.wall_s, 2),
        **_reported(ran.report, fault),
    }


def models(good: Good) -> int:
    """How many models the project has."""
    return sum(n.kind in ("model", "snapshot") for n in good.graph.nodes.values())


def inject(scene: Scene, injector: Injector, rng: Random, good: Good, day: int, raw: Path) -> Fault | None:
    """Break the copy in the first place where the fault does what its kind says; `raw` gets the broken tables."""
    assert scene.base
    scratch = raw.parent / "scratch"
    for fault in islice(injector(scene, rng), TRIES):
        fault.apply()
        keep_raw(scene.project, scene.graph, raw)
        effect, words = effect_of(scene, raw, good, day, scratch)
        if effect in fault.effects and _says(fault, words):
            return fault
        scene.reset(scene.standing.broken if scene.standing else good.raw(day))
    return None


def stand(scene: Scene, kind: str, seed: int, good: Good, day: int, work: Path) -> Scene | None:
    """The project with a fault that the engine has healed and that goes on; None where it is not to be had."""
    seeds = {t.node.unique_id: work / f"{t.node.name}.csv" for t in scene.tables if t.csv}
    for table in scene.tables:
        if table.csv:
            shutil.copyfile(table.csv, seeds[table.node.unique_id])
    broken = work / "broken.duckdb"
    fault = inject(scene, KINDS[kind], Random(f"{good.spec.name}/{kind}/{seed}/first"), good, day, broken)
    if fault is None:
        return None
    ran = heal(scene.project, good)
    if not scene.delivered or ran.report is None or ran.report["status"] != "healed":
        return None
    then = Scene(scene.project, good.graph, good.spec.sources)
    then.tables = scene.tables  # as they are without the fault: what a query of the next one is written over
    then.standing = Standing(dict(scene.delivered), good.raw(day), broken, seeds)
    return then


def beside(scene: Scene, injector: Injector) -> Injector:
    """The same faults, those of a table that already comes otherwise before all others."""
    taken = set(scene.standing.queries) if scene.standing else set()

    def inject(scene: Scene, rng: Random) -> list[Fault]:
        return sorted(islice(injector(scene, rng), 50), key=lambda f: not taken & set(f.roots))

    return inject


def effect_of(scene: Scene, raw: Path, good: Good, day: int, scratch: Path) -> tuple[Effect, str]:
    """What the fault does to a build from nothing."""
    with rebuilt(scene.project, "HEAD", raw, scratch, good.warm) as made:
        if made.error:
            return "broken", made.error
        moved = differences(made.file, good.fresh(day))
        return ("moved", f"{moved}{_endless(made.file, good, moved)}") if moved else ("same", "")


def _endless(file: Path, good: Good, moved: Iterable[str]) -> str:
    """Which of the relations hold infinite or undefined numbers, in words."""
    nodes = [good.graph.nodes[uid] for uid in moved]
    with reading(file) as db:
        names = [n.name for n in nodes if exists(db, quoted(n.schema, n.identifier))
                 and unbounded(db, quoted(n.schema, n.identifier))]  # fmt: skip
    return f"; without bounds: {', '.join(names)}" if names else ""


def _says(fault: Fault, words: str) -> bool:
    return re.search(fault.says, words) is not None


def heal(project: Project, good: Good) -> Ran:
    """The engine, as its users call it."""
    begun = time.monotonic()
    try:
        done = adp("heal", "--json", "--project", str(project.root), *_options(good))
    except subprocess.TimeoutExpired as error:
        return Ran(None, time.monotonic() - begun, str(error))
    wall = time.monotonic() - begun
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        lines = [line for line in done.stderr.splitlines() if line.strip(" │╰─╭╯╮")]
        return Ran(None, wall, f"exit {done.returncode}: {' / '.join(lines[-4:])[-500:]}")
    return Ran(report, wall, "")


def _options(good: Good) -> tuple[str, ...]:
    found = ("--profiles-dir", str(good.spec.profiles_dir)) if good.spec.profiles_dir else ()
    return (*found, *(("--target", good.spec.target) if good.spec.target else ()))


def _reported(report: dict[str, Any] | None, fault: Fault) -> Row:
    if report is None:
        return {}
    subjects = " ".join(d["subject"] for d in report["diagnoses"]).lower()
    applied = [p["risk"] for p in report["proposals"] if p["state"] == "applied"]
    return {
        "status": report["status"],
        "seconds": report["seconds"],
        "causes": sorted(causes(report)),
        "cause_right": bool(causes(report) & fault.causes),
        "subject_right": any(s.lower() in subjects for s in fault.subject),
        "risk": max(applied, key=("low", "medium", "high").index, default=""),
    }


@contextmanager
def holding(file: Path, seconds: float) -> Iterator[None]:
    """Let another process hold the warehouse as a writer."""
    if not seconds:
        yield
        return
    script = f"import duckdb, time; d = duckdb.connect({str(file)!r}); print('held', flush=True); time.sleep({seconds})"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        other.stdout.readline()
        try:
            yield
        finally:
            other.terminate()
