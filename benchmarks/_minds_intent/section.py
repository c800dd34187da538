"""Read requests in plain words: of schemas written by hand, none of which anything was trained on."""

import statistics
from collections.abc import Sequence
from typing import Any

from _scores import percentile, wilson

from _minds_intent.gold import TODAY, all_cases, right_of
from _minds_intent.scores import calibration_error
from _minds_intent.scores import run as read
from agents.minds.intent.parse import parse
from agents.minds.intent.reading import schema_from

NAME = "intent"
RIGHT, RECOGNISED, CPU_MS = 0.85, 0.95, 2500.0


def cases(seeds: int) -> list[str]:
    """`half/domain:number`; seeds change nothing."""
    return [case.name for case in all_cases()]


def run(case: str) -> dict[str, Any]:
    """One request, read by every engine that is installed."""
    found = next(c for c in all_cases() if c.name == case)
    row = read(found)
    kept = {k: row[k] for k in ("right", "confidence", "cpu_ms", "unknown")}
    return {"text": found.request, "answerable": found.answerable, "engines": {"rules": kept}}


def given(row: dict[str, Any]) -> dict[str, Any]:
    """`{"text": ..., "schema": YAML text, "meanings": ["sum t.c | by t.d", ...]}`, as the files here write it."""
    schema = schema_from(row["schema"])
    answer = parse(row["text"], schema, engine="rules", today=TODAY)
    kept = {"right": right_of(row["meanings"], answer, schema), "confidence": answer.confidence_score,
            "cpu_ms": 0.0, "unknown": list(answer.unknown)}  # fmt: skip
    return {"text": row["text"], "answerable": not all(m.startswith("unknown") for m in row["meanings"]),
            "engines": {"rules": kept}}  # fmt: skip


def scored(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Wholly right by half, recall of what cannot be answered, calibration, CPU time."""
    table = []
    for engine in dict.fromkeys(name for r in rows for name in r["engines"]):
        for half in ("open", "sealed", ""):
            mine = [r for r in rows if str(r.get("case", "")).startswith(half) and engine in r["engines"]]
            words = f" ({half} half)" if half else ""
            table += _share(f"{engine}: wholly right{words}", [r["engines"][engine]["right"] for r in mine], RIGHT)
            cannot = [bool(r["engines"][engine]["unknown"]) for r in mine if not r["answerable"]]
            table += _share(f"{engine}: unanswerable recognised{words}", cannot, RECOGNISED)
        found = [r["engines"][engine] for r in rows if engine in r["engines"]]
        wrong = [not f["right"] and not f["unknown"] for f in found]
        table += _share(f"{engine}: answered wrongly", wrong, None)
        spent = [f["cpu_ms"] for f in found]
        table.append(_line(f"{engine}: calibration error", f"{calibration_error(found):.3f}", len(found)))
        table.append(_line(f"{engine}: CPU time, median / p95", f"{statistics.median(spent):.1f} / "
                           f"{percentile(spent, 0.95):.1f} ms", len(found), f"median at most {CPU_MS:g} ms",
                           statistics.median(spent) <= CPU_MS))  # fmt: skip
    return table


def _share(measure: str, hits: Sequence[bool], least: float | None) -> list[dict[str, Any]]:
    if not hits:
        return []
    share, (low, high) = sum(hits) / len(hits), wilson(sum(hits), len(hits))
    words = f"{share:.1%} ({low:.1%} to {high:.1%})"
    return [
        _line(measure, words, len(hits), f"at least {least:.0%}" if least else "", share >= least if least else None)
    ]


def _line(measure: str, measured: str, n: int, target: str = "", met: bool | None = None) -> dict[str, Any]:
    return {"measure": measure, "measured": measured, "n": n, "target": target, "met": "" if met is None else met}
