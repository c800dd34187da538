"""One engine measured in a process of its own: `python benchmarks/_minds/asked.py NAME` prints a JSON object.

Times are CPU time of this process in milliseconds, but for a server, whose time is the wait for it.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

sys.path.insert(0, str(Path(__file__).parents[2]))

from pydantic import BaseModel, Field

from agents.mind_settings import MindSettings, from_environment
from agents.minds.engines.engine import LanguageModel, Limits, Unavailable
from agents.minds.engines.prompt import Prompt
from agents.minds.engines.providers import opened
from agents.minds.engines.schema import name_of, narrowed

REPEATS, LEAST, SECONDS = 20, 3, 10.0
"""So often is everything asked, or as often as it can be within the seconds."""
LIMITS = Limits(seconds=600, tokens=100_000)
THINGS = ("customer", "order", "shipment", "invoice", "refund", "supplier", "product", "warehouse", "coupon", "visit")
SAID = ("id", "total_amount", "created_at", "status", "city", "unit_price", "delivery_date", "discount_rate")
INSTRUCTIONS = "Which column does the request ask for?"


class Asked(BaseModel):
    """What a question of the loop looks like: about thirty tokens of JSON."""

    cause: Literal["column_renamed", "column_dropped", "unit_changed", "timeout", "other"]
    column: str = name_of("column")
    table: str = name_of("table")
    sure: Literal["yes", "no"]


class Free(BaseModel):
    """Text that no schema forces: what a token costs that is really written."""

    note: str = Field(min_length=100, max_length=120)


def columns(turn: int) -> tuple[str, ...]:
    """Twenty columns of a schema; no two of the first turns begin with the same."""
    every = [f"{thing}s.{thing}_{said}" for said in SAID for thing in THINGS]
    return tuple(every[(turn * 3 + i) % len(every)] for i in range(20))


def question(schema: int, turn: int) -> Prompt:
    """What varies from question to question stands last."""
    asked = f"{SAID[turn % len(SAID)].replace('_', ' ')} of every {THINGS[turn % len(THINGS)]}, number {turn}"
    return Prompt(INSTRUCTIONS, (("columns", columns(schema)), ("request", asked)))


def measured(name: str) -> dict[str, Any]:
    """Everything that the engine can do, or `missing` and why."""
    before, clock = resident(), time.perf_counter if name == "server" else time.process_time
    begun = clock()
    settings = from_environment(MindSettings())
    try:
        engine = opened(name, settings, Path.cwd())  # type: ignore[arg-type]
        warm(engine)
    except Unavailable as error:
        return {"missing": str(error)}
    made: dict[str, Any] = {"load_ms": (clock() - begun) * 1000, "before_mb": before, "loaded_mb": resident()}
    made["wall"], made["identity"] = name == "server", engine.identity
    if "embed" in engine.jobs:
        made["embed"] = repeated(clock, lambda turn: engine.embed([question(0, turn).data[1][1]], LIMITS))
    if "score" in engine.jobs:
        made["score"] = repeated(clock, lambda turn: engine.score(question(0, turn), columns(turn)[:8], LIMITS))
    if "fill" in engine.jobs:
        names = {"column": [c.split(".")[1] for c in columns(0)], "table": [f"{t}s" for t in THINGS]}
        wanted, free = narrowed(Asked, names), narrowed(Free, {})
        made["cold"] = repeated(clock, lambda turn: engine.fill(question(turn + 1, turn), wanted, LIMITS))
        engine.fill(question(0, 99), wanted, LIMITS)
        made["warm"] = repeated(clock, lambda turn: engine.fill(question(0, turn), wanted, LIMITS))
        made["read"] = repeated(clock, lambda turn: engine.score(question(turn + 30, 0), ["x"], LIMITS))
        made["written"] = repeated(clock, lambda _: engine.fill(question(0, 0), free, LIMITS))
    return {**made, "resident_mb": resident(), "peak_mb": resident("VmHWM")}


def warm(engine: LanguageModel) -> None:
    """The first answer, which reads the weights."""
    if "embed" in engine.jobs and "fill" not in engine.jobs:
        engine.embed(["total"], LIMITS)
    else:
        engine.score(Prompt("Which?"), ["a", "b"], LIMITS)


def repeated(clock: Callable[[], float], ask: Callable[[int], Any]) -> dict[str, list[float]]:
    """Milliseconds, and tokens read and written, of each answer."""
    found: dict[str, list[float]] = {"ms": [], "read": [], "written": []}
    while len(found["ms"]) < LEAST or (len(found["ms"]) < REPEATS and sum(found["ms"]) < SECONDS * 1000):
        begun = clock()
        answer = ask(len(found["ms"]))
        found["ms"].append(round((clock() - begun) * 1000, 2))
        found["read"].append(answer.read)
        found["written"].append(answer.written)
    return found


def resident(which: str = "VmRSS") -> float:
    """Resident memory in MB, files that are mapped included; 0 where there is no /proc."""
    status = Path("/proc/self/status")
    found = re.search(rf"{which}:\s+(\d+)", status.read_text()) if status.is_file() else None
    return round(int(found[1]) / 1024, 1) if found else 0.0


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1])))
