"""Name the cause of an error: of real ones, caused anew in each run and kept apart from what was trained on.

A case may have more than one right cause where the text itself leaves it open: a gateway's time-out is the server's
error and a time-out.
"""

import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from _lines import calibration, line, share, times

from _minds.errors import FAMILIES, clients
from _minds.nearest import nearest
from agents.minds.classify import Engine, classify
from agents.minds.match.meaning import installed

NAME = "classify"
ENGINES: tuple[Engine, ...] = ("rules", "classifier", "auto")
"""Of `classify` itself; `nearest` beside them is what a plain embedding comes to."""
RIGHT, CPU_MS = 0.97, 20.0


def cases(seeds: int) -> list[str]:
    """`family/kind/seed`, every kind once before the next seed."""
    return [f"{f}/{kind}/{seed}" for seed in range(seeds) for f, kinds in FAMILIES.items() for kind in kinds()]


def run(case: str) -> dict[str, Any]:
    """Cause the error, and let every engine name it."""
    family, kind, seed = case.split("/")
    causes, cause_it = FAMILIES[family]()[kind]
    text = cause_it(Random(f"{kind}/{seed}"))
    return answered(text, sorted(causes))


def given(row: dict[str, Any]) -> dict[str, Any]:
    """`{"text": ..., "cause": ...}`, or `causes` where several are right."""
    return answered(row["text"], row.get("causes") or [row["cause"]])


def answered(text: str, causes: Sequence[str]) -> dict[str, Any]:
    """What each engine says of the text, and the CPU time it took."""
    classify("warm", "classifier")
    engines = {}
    for engine, ask in named().items():
        begun = time.process_time()
        cause, confidence = ask(text)
        spent = (time.process_time() - begun) * 1000
        engines[engine] = {
            "cause": cause, "right": cause in causes, "confidence": confidence, "cpu_ms": round(spent, 3)
        }  # fmt: skip
    return {"text": text, "causes": list(causes), "engines": engines}


def named() -> dict[str, Callable[[str], tuple[str, float]]]:
    """Every engine that is installed: a text -> its cause, and how sure that is."""

    def asked(engine: Engine) -> Callable[[str], tuple[str, float]]:
        def ask(text: str) -> tuple[str, float]:
            found = classify(text, engine)
            return found.cause.value, found.confidence

        return ask

    known = {engine: asked(engine) for engine in ENGINES}
    return {**known, "nearest": nearest().cause} if installed() else known


def scored(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Accuracy, calibration and CPU time by engine; accuracy by family."""
    named = dict.fromkeys(engine for r in rows for engine in r["engines"])
    table = [told for engine in named for told in _of_engine(engine, rows)]
    for family in dict.fromkeys(r["case"].split("/")[0] for r in rows):
        mine = [r for r in rows if r["case"].split("/")[0] == family]
        table.append(share(f"auto: right, {family}", [r["engines"]["auto"]["right"] for r in mine]))
    strange = [r for r in rows if r["causes"] == ["other"]]
    if strange:
        table.append(share("auto: `other` recognised", [r["engines"]["auto"]["right"] for r in strange]))
    if lacking := missing():
        table.append(line("left out, because not installed here", ", ".join(lacking), len(lacking)))
    return table


def missing() -> list[str]:
    """Clients and databases of which there are no cases on this machine."""
    lacking = [c for c in clients.PYTHON if c not in clients.installed()]
    return lacking + [family for family, kinds in FAMILIES.items() if not kinds()]


def _of_engine(engine: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [r["engines"][engine] for r in rows if engine in r["engines"]]
    whole = engine == "auto"
    return [
        share(f"{engine}: right", [f["right"] for f in found], RIGHT if whole else None),
        calibration(f"{engine}: calibration error", [(f["confidence"], f["right"]) for f in found]),
        times(f"{engine}: CPU time, median / p95", [f["cpu_ms"] for f in found], CPU_MS if whole else None),
    ]
