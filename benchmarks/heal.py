"""The scoreboard of healing: every kind of fault, injected into unlike projects, healed by the engine, judged apart.

A judge rebuilds from the broken raw data and compares every model with the unbroken build; the engine
never sees which fault was injected. Each case is one line of a results file: a run that was stopped goes on.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from _bundled import tell
from _case import Row, run_case
from _given import given
from _good import ROOT, SETTINGS, code_digest, prepare
from _projects import BUILT_IN, Spec
from _scores import by_kind, overall
from faults import DATA, KINDS

from agents.mind_settings import Asking
from agents.story import table

SHELF = ROOT / ".adp" / "bench"
KEPT_SECONDS = 3 * 3600
"""How long the good states of other versions of the code stay on the shelf after their last use."""


def arguments() -> argparse.Namespace:
    """What `adp bench heal` passes on, and what only this benchmark knows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="places and ways drawn for each kind and project")
    parser.add_argument("--project", type=Path, help="another dbt project instead of the five")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--kinds", help=f"some of: {', '.join(KINDS)}")
    parser.add_argument("--projects", help=f"some of: {', '.join(s.name for s in BUILT_IN)}")
    parser.add_argument(
        "--after", choices=sorted(DATA), help="a kind that is healed first and goes on beneath each case"
    )
    parser.add_argument("--minds", choices=get_args(Asking), help="whom the heals ask; default: as in adp.yml")
    parser.add_argument("--shard", default="0/1", help="i/n: every n-th case from the i-th")
    parser.add_argument("--out", type=Path, help="results file; default under .adp/bench, by arguments")
    return parser.parse_args()


def chosen(text: str | None, known: Sequence[str], what: str) -> list[str]:
    """The names asked for, in their order; all of them where none is."""
    asked = text.split(",") if text else list(known)
    strange = [name for name in asked if name not in known]
    if strange:
        raise SystemExit(f"No {what} {', '.join(strange)}. Known: {', '.join(known)}.")
    return asked


def keys(specs: Sequence[Spec], kinds: Sequence[str], seeds: int, shard: str) -> Iterator[tuple[Spec, str, int]]:
    """The cases of a shard, project by project; every seed of a kind once before the next seed."""
    index, count = (int(part) for part in shard.split("/"))
    every = [(spec, kind, seed) for spec in specs for seed in range(seeds) for kind in kinds]
    yield from (case for n, case in enumerate(every) if n % count == index)


def earlier(file: Path, code: str, after: str | None, minds: str | None) -> dict[tuple[str, str, int], Row]:
    """Cases in the results file that this very code has decided."""
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []
    return {
        (r["project"], r["kind"], r["seed"]): r
        for r in rows
        if r["code"] == code and r.get("after") == after and r.get("minds") == minds and r["verdict"] != "bench_failed"
    }


def results_file(given: argparse.Namespace) -> Path:
    """Where the cases of these arguments are kept; shards of one run share it."""
    asked = [str(given.project), given.kinds, given.projects, *filter(None, (given.after, given.minds))]
    return given.out or SHELF / f"heal-{hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:8]}.jsonl"


def run(given_: argparse.Namespace, specs: Sequence[Spec], kinds: Sequence[str]) -> list[Row]:
    """Decide what is not decided yet, and return this shard's cases."""
    code, file = code_digest(), results_file(given_)
    file.parent.mkdir(parents=True, exist_ok=True)
    known, rows = earlier(file, code, given_.after, given_.minds), []
    work = SHELF / "work" / f"{file.stem}-{given_.shard.replace('/', '-')}"
    for spec, kind, seed in keys(specs, kinds, given_.seeds, given_.shard):
        row = known.get((spec.name, kind, seed))
        if row is None:
            row = {"code": code, "minds": given_.minds, **decided(spec, kind, seed, work, code, given_.after)}
            with file.open("a") as out:
                out.write(json.dumps(row) + "\n")
            print(_line(row), file=sys.stderr, flush=True)
        rows.append(row)
    shutil.rmtree(work, ignore_errors=True)
    return rows


def decided(spec: Spec, kind: str, seed: int, work: Path, code: str, after: str | None = None) -> Row:
    """One case; the project's good state is made first where it is not there for this code."""
    shelf = SHELF / "good"
    good = prepare(spec, shelf / code)
    os.utime(shelf / code)
    for old in shelf.iterdir():  # another run of older code may still need its own
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    try:
        return run_case(good, kind, seed, work, after)
    except Exception as error:  # the benchmark's own; the other cases go on, and this one is tried again next time
        traceback.print_exc()
        why = f"{type(error).__name__}: {error}"[:400]
        return {"project": spec.name, "kind": kind, "seed": seed, "verdict": "bench_failed", "why": why}


def _line(row: dict[str, Any]) -> str:
    case = f"{row['project']} {row['kind']} {row['seed']}"
    return f"{case}: {row['verdict']} {row.get('fault', '')} {row.get('why', '')}"[:240]


def main() -> None:
    """Run, then print what each kind came to and how the whole stands against the targets."""
    asked = arguments()
    known = {s.name: s for s in BUILT_IN}
    names = chosen(asked.projects, list(known), "project")
    specs = [given(asked.project, SHELF / "profiles")] if asked.project else [known[n] for n in names]
    if asked.minds:
        SETTINGS["ADP_MINDS_HEAL"] = asked.minds
    rows = run(asked, specs, chosen(asked.kinds, list(KINDS), "kind"))
    kinds, summary = by_kind(rows), overall(rows)
    if asked.json:
        print(json.dumps({"benchmark": "heal", "kinds": kinds, "rows": summary, "cases": rows}, indent=2))
    else:
        print(f"by kind\n{table(kinds)}\n")
        tell("heal", summary, False)


if __name__ == "__main__":
    main()
