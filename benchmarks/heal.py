"""Renames drawn from seeds, healed on the bundled data: how often, how often wrongly, and the seconds of each stage.

Healed means that the right column was mapped and every published gold table is what it is without the
rename. Target: no wrong repair, and at most 20 s of a heal's own work (without the rerun), median.
"""

import shutil
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from _bundled import Scratch, arguments, scratch, tell

from adp_dagster.demo import breaks
from agents import published
from agents.build import build
from agents.errors import UsageError
from agents.heal import STEPS, heal
from agents.ledger import Ledger
from agents.project import Graph, Project
from agents.warehouse import fingerprint, quoted, reading

TARGET_SECONDS = 20.0
GOOD, NEXT = range(1, 7), 7
ORDERS = 20_000


def gold(project: Project, graph: Graph) -> dict[str, Any]:
    """Content of the published gold tables."""
    good = published.required(project)
    nodes = [n for n in graph.relations() if n.schema == "gold"]
    with reading(good.file) as db:
        return {n.name: fingerprint(db, quoted(n.schema, n.identifier)) for n in nodes}


def once(base: Scratch, seed: int, expected: dict[str, Any], kept: Path) -> dict[str, Any]:
    """One rename on a fresh copy of the good state."""
    shutil.rmtree(base.root)
    shutil.copytree(kept, base.root, symlinks=True)
    project = base.project
    broken = breaks.draw(seed, project.graph)
    breaks.deliver(base.places, NEXT, broken)
    base.load([NEXT])
    with closing(Ledger.at(project.state)) as ledger:
        build(project, ledger)
        begun = time.monotonic()
        healed = heal(base.project, ledger)
        seconds = time.monotonic() - begun
    status = str(healed.report.status)
    if status == "healed" and gold(base.project, base.project.graph) != expected:
        status = "wrong"
    if status == "healthy":
        status = "missed"
    own = seconds - healed.stages.get("rerun", 0.0)
    return {"seed": seed, "rename": broken.words, "status": status, "own_s": round(own, 1),
            **{step: round(healed.stages.get(step, 0.0), 1) for step in STEPS if step in healed.stages}}  # fmt: skip


def main() -> None:
    """Build the good state and the answer once, then break and heal copies of it."""
    given = arguments(__doc__ or "")
    if given.project:
        raise SystemExit(str(UsageError("adp bench heal runs on the bundled data; leave out --project.")))
    with tempfile.TemporaryDirectory() as folder:
        base = scratch(Path(folder) / "clone", GOOD, orders=ORDERS)
        with closing(Ledger.at(base.project.state)) as ledger:
            assert build(base.project, ledger).published
            kept = Path(folder) / "kept"
            shutil.copytree(base.root, kept, symlinks=True)
            breaks.deliver(base.places, NEXT, None)
            base.load([NEXT])
            assert build(base.project, ledger).published
        expected = gold(base.project, base.project.graph)
        rows = [once(base, seed, expected, kept) for seed in range(given.seeds)]
    counts = {s: sum(r["status"] == s for r in rows) for s in ("healed", "pending", "refused", "missed", "wrong")}
    own = statistics.median(r["own_s"] for r in rows)
    summary = [
        *({"measure": f"{name}, of {len(rows)}", "median": count, "target": 0 if name in ("wrong", "missed") else "",
           "met": count == 0 if name in ("wrong", "missed") else ""} for name, count in counts.items()),
        {"measure": "own work of a heal, s", "median": own, "target": TARGET_SECONDS, "met": own <= TARGET_SECONDS},
    ]  # fmt: skip
    if not given.json:
        tell("each rename", rows, False)
    tell("heal", [*rows, *summary] if given.json else summary, given.json)


if __name__ == "__main__":
    main()
