"""Name the cause of an error: of real ones, caused anew in each run and kept apart from what was trained on.

A case may have more than one right cause where the text itself leaves it open: a gateway's time-out is the server's
error and a time-out.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from random import Random
from typing import Any

from _good import ROOT
from _scores import percentile, wilson

from _minds.errors import FAMILIES, clients
from agents.minds.classify import Engine, classify

NAME = "classify"
ENGINES: tuple[Engine, ...] = ("rules", "classifier", "auto")
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
    for engine in ENGINES:
        begun = time.process_time()
        found = classify(text, engine)
        spent = (time.process_time() - begun) * 1000
        engines[engine] = {
            "cause": found.cause.value,
            "right": found.cause.value in causes,
            "confidence": found.confidence,
            "cpu_ms": round(spent, 3),
        }
    return {"text": text, "causes": list(causes), "engines": engines}


def scored(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Accuracy, calibration and CPU time by engine; accuracy by family; memory."""
    table = [line for engine in ENGINES for line in _of_engine(engine, rows)]
    for family in dict.fromkeys(r["case"].split("/")[0] for r in rows):
        mine = [r for r in rows if r["case"].split("/")[0] == family]
        table.append(_share(f"auto: right, {family}", [r["engines"]["auto"]["right"] for r in mine]))
    strange = [r for r in rows if r["causes"] == ["other"]]
    if strange:
        table.append(_share("auto: `other` recognised", [r["engines"]["auto"]["right"] for r in strange]))
    if lacking := missing():
        table.append(_line("left out, because not installed here", ", ".join(lacking), len(lacking)))
    return [*table, *_memory()]


def missing() -> list[str]:
    """Clients and databases of which there are no cases on this machine."""
    lacking = [c for c in clients.PYTHON if c not in clients.installed()]
    return lacking + [family for family, kinds in FAMILIES.items() if not kinds()]


def _of_engine(engine: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [r["engines"][engine] for r in rows]
    spent = [f["cpu_ms"] for f in found]
    times = f"{statistics.median(spent):.2f} / {percentile(spent, 0.95):.2f} ms"
    error = calibration_error([(f["confidence"], f["right"]) for f in found])
    whole = engine == "auto"
    return [
        _share(f"{engine}: right", [f["right"] for f in found], RIGHT if whole else None),
        _line(f"{engine}: calibration error", f"{error:.3f}", len(found)),
        _line(f"{engine}: CPU time, median / p95", times, len(found), f"at most {CPU_MS:g} ms",
              (percentile(spent, 0.95) or 0) <= CPU_MS),
    ]  # fmt: skip


def calibration_error(found: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error over equal bins of confidence.

    >>> round(calibration_error([(0.9, True), (0.9, True)]), 2)
    0.1
    """
    by_bin: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in found:
        by_bin.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    apart = [abs(sum(c for c, _ in part) - sum(r for _, r in part)) for part in by_bin.values()]
    return sum(apart) / len(found) if found else 0.0


def _share(measure: str, right: Sequence[bool], least: float | None = None) -> dict[str, Any]:
    share = sum(right) / len(right)
    low, high = wilson(sum(right), len(right))
    words = f"{share:.1%} ({low:.1%} to {high:.1%})"
    met = None if least is None else share >= least
    return _line(measure, words, len(right), f"at least {least:.0%}" if least else "", met)


def _line(measure: str, measured: str, n: int | str, target: str = "", met: bool | None = None) -> dict[str, Any]:
    return {"measure": measure, "measured": measured, "n": n, "target": target, "met": "" if met is None else met}


def _memory() -> list[dict[str, Any]]:
    """Resident memory of a process of its own, before and after the classifier's first answer."""
    script = (
        "import re, time\nfrom pathlib import Path\nfrom agents.minds.classify import classify\n"
        "def mb(): return int(re.search(r'VmRSS:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) / 1024\n"
        "classify('x', 'rules'); before, t = mb(), time.process_time()\n"
        "classify('x', 'classifier'); print(before, mb(), (time.process_time() - t) * 1000)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:  # no /proc: not Linux
        return []
    before, after, spent = (float(part) for part in done.stdout.split())
    return [
        _line("rules: resident memory", f"{before:.0f} MB", 1),
        _line("classifier: resident memory", f"{after:.0f} MB", 1, "at most 600 MB in all", after <= 600),
        _line("classifier: CPU time of the first answer, numpy and weights read", f"{spent:.0f} ms", 1),
    ]
