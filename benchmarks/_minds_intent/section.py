"""Read requests in plain words: of schemas written by hand, none of which anything was trained on."""

import os
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from _lines import calibration, line, share, times

from _minds_intent.gold import TODAY, all_cases, domain, right_of
from agents.errors import AdpError
from agents.minds.intent.parse import ENGINES, parse
from agents.minds.intent.reading import schema_from
from agents.minds.intent.schema import Schema

NAME = "intent"
RIGHT, RECOGNISED, CPU_MS = 0.85, 0.95, 2500.0
MODELS, EIGHTH = ("llama",), 8
"""A model takes about a second for a request."""
os.environ.setdefault("ADP_MINDS_SECONDS", "600")  # what is measured is CPU time: a busy machine is no wrong answer


def cases(seeds: int) -> list[str]:
    """`half/domain:number`; seeds change nothing."""
    return [case.name for case in all_cases()]


@cache
def engines() -> dict[str, str]:
    """Every engine of the parser, and why it cannot be asked here; empty where it can."""
    named = [e for e in ENGINES if e != "auto" or len(ENGINES) > 2]  # with rules alone, auto is rules
    schema = domain(*next((c.half, c.domain) for c in all_cases()))[0]
    return {engine: _refusal(engine, schema) for engine in named}


def _refusal(engine: str, schema: Schema) -> str:
    try:
        parse("how many", schema, engine=engine, today=TODAY)
    except AdpError as error:
        return str(error)
    return ""


def run(case: str) -> dict[str, Any]:
    """One request, read by every engine that is installed; a model is asked an eighth of the open ones."""
    half, _, rest = case.partition("/")
    name, _, number = rest.partition(":")
    schema, asked = domain(half, name)
    found = asked[int(number)]
    without = () if half == "sealed" or found.number % EIGHTH == 0 else MODELS
    return {"text": found.request, **answered(found.request, found.meanings, schema, without)}


def given(row: dict[str, Any]) -> dict[str, Any]:
    """`{"text": ..., "schema": YAML text, "meanings": ["sum t.c | by t.d", ...]}`, as the files here write it."""
    return {"text": row["text"], **answered(row["text"], row["meanings"], schema_from(row["schema"]))}


def answered(request: str, meanings: Sequence[str], schema: Schema, without: Sequence[str] = ()) -> dict[str, Any]:
    """What each engine makes of a request, and the CPU time it took."""
    told = {}
    for engine in (name for name, why in engines().items() if not why and name not in without):
        begun = time.process_time()
        answer = parse(request, schema, engine=engine, today=TODAY)
        spent = (time.process_time() - begun) * 1000
        told[engine] = {"right": right_of(meanings, answer, schema), "confidence": answer.confidence_score,
                        "cpu_ms": round(spent, 3), "refused": bool(answer.unknown),
                        "unknown": list(answer.unknown)}  # fmt: skip
    return {"answerable": not all(m.startswith("unknown") for m in meanings), "engines": told}


def scored(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Wholly right by half, recall of what cannot be answered, calibration, CPU time."""
    table = []
    for engine in dict.fromkeys(name for r in rows for name in r["engines"]):
        for half in ("open", "sealed", ""):
            mine = [r for r in rows if str(r.get("case", "")).startswith(half) and engine in r["engines"]]
            words = f" ({half} half)" if half else ""
            cannot = [bool(r["engines"][engine]["unknown"]) for r in mine if not r["answerable"]]
            table += [share(f"{engine}: wholly right{words}", [r["engines"][engine]["right"] for r in mine], RIGHT),
                      share(f"{engine}: unanswerable recognised{words}", cannot, RECOGNISED)]  # fmt: skip
        found = [r["engines"][engine] for r in rows if engine in r["engines"]]
        table += [
            share(f"{engine}: answered wrongly", [not f["right"] and not f["unknown"] for f in found]),
            calibration(f"{engine}: calibration error", [(f["confidence"], f["right"]) for f in found]),
            times(f"{engine}: CPU time, median / p95", [f["cpu_ms"] for f in found], CPU_MS, "median"),
        ]
    return [t for t in table if t["n"]] + [line(f"{e}: not here", why, 0) for e, why in engines().items() if why]
