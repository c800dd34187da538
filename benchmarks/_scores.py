"""From cases to the scoreboard: counts by kind, rates with their bounds, seconds, all against the targets."""

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]

COLUMNS = {
    "healed_right": "healed", "waiting_right": "waiting", "waiting_wrong": "waiting wrong",
    "refused_though_decidable": "refused", "rightly_refused": "rightly refused", "refused_wrong_cause": "wrong cause",
    "wrongly_healed": "WRONGLY HEALED", "missed": "missed", "control_ok": "quiet", "false_alarm": "false alarm",
    "crashed": "crashed", "bench_failed": "bench failed",
}  # fmt: skip
"""Verdict -> its heading. `healed`, `waiting`: with the right repair; `refused`: though decidable."""


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95% interval of a rate by Wilson's score.

    >>> [round(x, 3) for x in wilson(95, 100)]
    [0.888, 0.978]
    """
    if n == 0:
        return 0.0, 1.0
    rate, square = hits / n, z * z
    middle = (rate + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def at_most(n: int) -> float:
    """Upper 95% bound of a rate of which n cases show none (Clopper and Pearson, one-sided: about 3/n).

    >>> round(at_most(300), 4)
    0.0099
    """
    return 1.0 - 0.05 ** (1 / n) if n else 1.0


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which that share lies, by the nearest rank; None of none.

    >>> percentile([1.0, 2.0, 3.0], 0.95)
    3.0
    """
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else None


def by_kind(rows: Sequence[Row]) -> list[Row]:
    """One line for each kind of fault; only columns that some kind has something in."""
    judged = [r for r in rows if r["verdict"] != "no_place"]
    present = [v for v in COLUMNS if any(r["verdict"] == v for r in judged)]
    lines = []
    for kind in dict.fromkeys(r["kind"] for r in rows):
        mine = [r for r in judged if r["kind"] == kind]
        counts = {COLUMNS[v]: sum(r["verdict"] == v for r in mine) or "" for v in present}
        lines.append({"kind": kind, "n": len(mine), **counts, **_seconds(mine)})
    return lines


def _seconds(rows: Iterable[Row]) -> Row:
    found = [float(r["wall_s"]) for r in rows if r.get("wall_s") is not None]
    median = round(statistics.median(found), 1) if found else ""
    high = percentile(found, 0.95)
    return {"median s": median, "p95 s": "" if high is None else round(high, 1)}


def overall(rows: Sequence[Row]) -> list[Row]:
    """Each target, what was measured, on how many cases, and its bound."""
    judged = [r for r in rows if r["verdict"] not in ("no_place", "bench_failed")]
    failed = _count(rows, "bench_failed")
    controls = [r for r in judged if r["control"]]
    faults = [r for r in judged if not r["control"]]
    decidable = [r for r in faults if r["decidable"]]
    undecidable = [r for r in faults if not r["decidable"]]
    healed = [r for r in decidable if r["verdict"] == "healed_right"]
    low = [r for r in healed if r.get("risk", "") in ("low", "")]
    waiting = [r for r in decidable if r["verdict"] == "waiting_right"]
    return [
        _rate("decidable: healed or waiting right", len(healed) + len(waiting), len(decidable), least=0.95),
        _rate("decidable: healed, ceiling medium", len(healed), len(decidable), least=0.70),
        _rate("decidable: healed, ceiling low", len(low), len(decidable)),
        _rate("decidable: waiting right", len(waiting), len(decidable)),
        _rate("decidable: waiting wrong", _count(decidable, "waiting_wrong"), len(decidable)),
        _rate("wrongly healed", _count(faults, "wrongly_healed"), len(faults), most=0.0),
        _rate("missed", _count(faults, "missed"), len(faults)),
        _rate("undecidable: right cause named", _count(undecidable, "rightly_refused"), len(undecidable), least=0.95),
        _rate("false alarms on controls", _count(controls, "false_alarm"), len(controls), most=0.01),
        _rate("crashed", _count(judged, "crashed"), len(judged), most=0.0),
        _rate("not judged: the benchmark itself failed", failed, len(judged) + failed, most=0.0),
        *_times(faults),
    ]


def _count(rows: Sequence[Row], verdict: str) -> int:
    return sum(r["verdict"] == verdict for r in rows)


def _rate(measure: str, hits: int, n: int, least: float | None = None, most: float | None = None) -> Row:
    low, high = wilson(hits, n)
    bound = f"at most {at_most(n):.1%}" if hits == 0 and n else f"{low:.1%} to {high:.1%}"
    target = f"at least {least:.0%}" if least is not None else f"at most {most:.0%}" if most is not None else ""
    met = hits >= least * n if least is not None else hits <= most * n if most is not None else None
    return {
        "measure": measure, "measured": f"{hits / n:.1%}" if n else "-", "n": f"{hits} of {n}",
        "95% bound": bound if n else "-", "target": target, "met": "" if met is None or not n else met,
    }  # fmt: skip


def _times(faults: Sequence[Row]) -> list[Row]:
    """Seconds that a person waits for `adp heal`: the process with its imports and the rerun."""
    lines, medians = [], dict[str, float]()
    sizes = {r["project"]: r["models"] for r in faults}
    for project, size in sorted(sizes.items(), key=lambda p: p[1]):
        found = [float(r["wall_s"]) for r in faults if r["project"] == project and r.get("wall_s") is not None]
        if not found:
            continue
        medians[project] = statistics.median(found)
        small, p95 = size <= 30, percentile(found, 0.95) or 0.0
        name, n = f"seconds a fault, {project} ({size} models)", str(len(found))
        lines.append(_time(f"{name}: median", medians[project], n, 10.0 if small else None))
        lines.append(_time(f"{name}: p95", p95, n, 45.0 if small else None))
    small_ones = [m for p, m in medians.items() if sizes[p] <= 30]
    for project, median in medians.items():
        if sizes[project] >= 100 and small_ones:
            ratio = median / statistics.median(small_ones)
            lines.append(
                {"measure": f"{project} ({sizes[project]} models), times the small ones",
                 "measured": f"{ratio:.1f}x", "n": "", "95% bound": "", "target": "at most 3x", "met": ratio <= 3}
            )  # fmt: skip
    return lines


def _time(measure: str, seconds: float, n: str, target: float | None) -> Row:
    return {
        "measure": measure, "measured": f"{seconds:.1f} s", "n": n, "95% bound": "",
        "target": f"at most {target:g} s" if target else "", "met": seconds <= target if target else "",
    }  # fmt: skip
