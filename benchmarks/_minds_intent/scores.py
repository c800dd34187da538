"""How well an engine reads the requests: `scores.py [--engine auto] [--half open] [--mistakes]`."""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from _lines import calibration_error  # noqa: E402
from _scores import percentile  # noqa: E402

from _minds_intent.gold import HALVES, TODAY, Case, all_cases, bound, domain, meaning, right  # noqa: E402
from agents.minds.intent.answer import Intent  # noqa: E402
from agents.minds.intent.checked import checked  # noqa: E402
from agents.minds.intent.parse import ENGINES, parse  # noqa: E402
from agents.minds.intent.schema import Schema  # noqa: E402

NAME = "intent"
TARGET = "at least 85% wholly right on unseen schemas, at least 95% of the unanswerable recognised"
os.environ.setdefault("ADP_MINDS_SECONDS", "600")  # what is measured is CPU time: a busy machine is no wrong answer
Row = dict[str, Any]
Engine = Callable[[str, Schema], Intent]


def rules(request: str, schema: Schema) -> Intent:
    """The engine that is always there."""
    return _parsed("rules", request, schema)


def untuned(request: str, schema: Schema) -> Intent:
    """The local model without its adapter, asked the same: what the training adds."""
    from agents.minds.intent.tuned.ask import tuned

    return checked(tuned(request, schema, TODAY, None), schema, request)


def named(engine: str) -> Engine:
    """An engine of the parser, or the untuned model."""
    return untuned if engine == "untuned" else partial(_parsed, engine)


def _parsed(engine: str, request: str, schema: Schema) -> Intent:
    return parse(request, schema, engine=engine, today=TODAY)


def cases(halves: Sequence[str] = HALVES) -> list[Case]:
    """Every case, the same in every process."""
    return list(all_cases(*halves))


def run(case: Case, engine: Engine = rules) -> Row:
    """One case: was it right, how sure was the engine, how long did it take (CPU)."""
    schema, _ = domain(case.half, case.domain)
    start = time.process_time()
    answer = engine(case.request, schema)
    spent = time.process_time() - start
    return {
        "case": case.name, "half": case.half, "domain": case.domain, "request": case.request,
        "answerable": case.answerable, "right": right(case, answer, schema), "unknown": list(answer.unknown),
        "confidence": answer.confidence_score, "cpu_ms": round(spent * 1e3, 3), "answer": answer,
    }  # fmt: skip


def summary(rows: Sequence[Row]) -> Row:
    """The figures of the scoreboard. `wrong`: answered, and not what was asked; the costliest."""
    can, cannot = [r for r in rows if r["answerable"]], [r for r in rows if not r["answerable"]]
    times = [r["cpu_ms"] for r in rows]
    return {
        "n": len(rows), "wholly right": _share(r["right"] for r in rows),
        "answerable": len(can), "right of answerable": _share(r["right"] for r in can),
        "unanswerable": len(cannot), "recognised": _share(bool(r["unknown"]) for r in cannot),
        "answered wrongly": _share(not r["right"] and not r["unknown"] for r in rows),
        "said unknown though answerable": _share(bool(r["unknown"]) and not r["right"] for r in can),
        "calibration error": round(calibration_error([(r["confidence"], r["right"]) for r in rows]), 3),
        "cpu ms median": round(statistics.median(times), 1), "cpu ms p95": percentile(times, 0.95),
    }  # fmt: skip


def _share(values: Any) -> float:
    found = [bool(v) for v in values]
    return round(sum(found) / len(found), 3) if found else 0.0


def mistakes(rows: Sequence[Row]) -> str:
    """What went wrong, of the open half only: the sealed one stays unseen."""
    told = []
    for row in rows:
        if row["right"] or row["half"] != "open":
            continue
        schema, known = domain(row["half"], row["domain"])
        case = next(c for c in known if c.name == row["case"])
        wanted = next((meaning(m, schema) for m in case.meanings if not m.startswith("unknown")), {})
        got = bound(row["answer"].bindings)
        told.append(f"{row['case']} {row['request']}\n   unknown: {row['unknown']}  confidence {row['confidence']}")
        told += [f"   {k}: {got[k]}  instead of  {wanted.get(k, 'unknown')}" for k in got if got[k] != wanted.get(k)]
    return "\n".join(told)


def main(given: Sequence[str] | None = None) -> None:
    """Print the figures of each half, and of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=[*ENGINES, "untuned"], default="rules")
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--mistakes", action="store_true", help="those of the open half")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(given)
    engine = named(asked.engine)
    rows = [run(case, engine) for case in cases((asked.half,) if asked.half else HALVES)]
    if asked.mistakes:
        print(mistakes(rows))
    told = {half: summary(mine) for half in HALVES if (mine := [r for r in rows if r["half"] == half])}
    if len(told) > 1:
        told["both"] = summary(rows)
    print(json.dumps(told, indent=None if not asked.json else 2) if asked.json else _table(told))


def _table(named: dict[str, Row]) -> str:
    width = max(len(k) for k in next(iter(named.values())))
    lines = [f"{'':{width}}  " + "  ".join(f"{half:>8}" for half in named)]
    for key in next(iter(named.values())):
        lines.append(f"{key:{width}}  " + "  ".join(f"{row[key]:>8}" for row in named.values()))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
