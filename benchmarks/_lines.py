"""Lines of a scoreboard: shares with their bounds, times and calibration, against targets."""

import statistics
from collections.abc import Sequence
from typing import Any

from _scores import percentile, wilson

Line = dict[str, Any]


def line(measure: str, measured: str, n: int | str, target: str = "", met: bool | None = None) -> Line:
    """One line; `met` is empty where there is no target."""
    return {"measure": measure, "measured": measured, "n": n, "target": target, "met": "" if met is None else met}


def share(measure: str, hits: Sequence[bool], least: float | None = None) -> Line:
    """How many of them, with the 95% interval."""
    if not hits:
        return line(measure, "none", 0)
    rate, (low, high) = sum(hits) / len(hits), wilson(sum(hits), len(hits))
    met = None if least is None else rate >= least
    words = f"{rate:.1%} ({low:.1%} to {high:.1%})"
    return line(measure, words, len(hits), f"at least {least:.0%}" if least else "", met)


def times(measure: str, ms: Sequence[float], most: float | None = None, by: str = "p95") -> Line:
    """Median and 95th percentile in milliseconds; the target holds for the one of them that `by` names."""
    middle, high = statistics.median(ms), percentile(ms, 0.95) or 0.0
    digits = 2 if high < 10 else 1 if high < 100 else 0
    words = f"{middle:.{digits}f} / {high:.{digits}f} ms"
    if most is None:
        return line(measure, words, len(ms))
    named = "median at most" if by == "median" else "at most"
    return line(measure, words, len(ms), f"{named} {most:g} ms", (middle if by == "median" else high) <= most)


def calibration(measure: str, said: Sequence[tuple[float, bool]]) -> Line:
    """The expected calibration error."""
    return line(measure, f"{calibration_error(said):.3f}", len(said))


def calibration_error(said: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """How far confidence and share of right answers lie apart, over equal bins of confidence.

    >>> round(calibration_error([(0.9, True), (0.9, True)]), 2)
    0.1
    """
    by_bin: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in said:
        by_bin.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    apart = [abs(sum(c for c, _ in part) - sum(r for _, r in part)) for part in by_bin.values()]
    return sum(apart) / len(said) if said else 0.0
