"""What each engine costs that is installed, whatever it is asked: load, memory, tokens a second, milliseconds.

Each engine is measured in a fresh process. The last case does every job, one after the other, in one process.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from _good import ROOT
from _lines import line, times

from agents.mind_settings import ENGINES
from agents.minds.intent.parse import ENGINES as READERS

NAME = "engines"
MB, MS, FILL_MS = 600.0, 100.0, 2500.0
"""In all; for a standard operation; for an answer of thirty tokens behind a prefix that was read before."""
JOBS = (
    "classify/rules", "classify/classifier", "match/names", "match/embeddings",
    *(f"intent/{reader}" for reader in READERS if reader != "auto"), "embed/minilm", "score/llama", "fill/llama",
)  # fmt: skip
HERE = Path(__file__).parent


def cases(seeds: int) -> list[str]:
    """Every engine, every job by itself, and all jobs together; seeds change nothing."""
    alone = [f"job/{job}" for job in JOBS if job.split("/")[0] in ("classify", "match", "intent")]
    return [*(f"engine/{name}" for name in ENGINES if name != "rules"), *alone, "job/all"]


def run(case: str) -> dict[str, Any]:
    """One process and what it came to."""
    kind, _, name = case.partition("/")
    if kind == "engine":
        return {"text": name, "measured": _child("asked.py", name)}
    return {"text": name, "measured": _child("resident.py", *(JOBS if name == "all" else (name,)))}


def _child(script: str, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{script} {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-300:]}")
    return json.loads(done.stdout)


def given(row: dict[str, Any]) -> dict[str, Any]:
    """There is nothing to give: raises SystemExit."""
    raise SystemExit("The section engines measures what is installed; --cases is for classify, match and intent.")


def scored(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """By engine, then memory by job, then memory of everything."""
    table = []
    for row in rows:
        kind, _, name = row["case"].partition("/")
        if kind == "engine":
            table += _of_engine(name, row["measured"])
        elif name != "all":
            table += _of_job(name, row["measured"][0])
        else:
            table += _of_all(row["measured"])
    return table


def _of_engine(name: str, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "missing" in found:
        yield line(f"{name}: not here", found["missing"], 0)
        return
    clock = "wait" if found["wall"] else "CPU time"
    yield line(f"{name}: load and first answer, {clock}", f"{found['load_ms']:.0f} ms", 1)
    if found["resident_mb"]:
        words = f"{found['resident_mb']:.0f} MB, peak {found['peak_mb']:.0f}, before it {found['before_mb']:.0f}"
        yield line(f"{name}: resident memory", words, 1, f"at most {MB:g} MB", found["peak_mb"] <= MB)
    said = {
        "embed": ("embed a text", MS), "score": ("score 8 candidates", MS),
        "warm": ("fill a schema, prefix read before", FILL_MS), "cold": ("fill a schema, prefix new", None),
    }  # fmt: skip
    for key, (words, most) in said.items():
        if key in found:
            tokens = f"{statistics.median(found[key]['read']):.0f} + {statistics.median(found[key]['written']):.0f}"
            yield times(f"{name}: {words} ({tokens} tokens), {clock}, median / p95", found[key]["ms"], most, "median")
    if "written" in found:
        reading = sum(found["read"]["read"]) / sum(found["read"]["ms"])
        spent = [ms - read / reading for ms, read in zip(found["written"]["ms"], found["written"]["read"], strict=True)]
        yield line(f"{name}: reads", f"{reading * 1000:.0f} tokens/s", len(found["read"]["ms"]))
        writing = sum(found["written"]["written"]) / max(sum(spent), 0.001)
        yield line(f"{name}: writes", f"{writing * 1000:.0f} tokens/s", len(spent))


def _of_job(name: str, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "missing" in found:
        yield line(f"{name}: not here", found["missing"], 0)
    elif found["mb"]:
        yield line(f"{name}: resident memory; CPU time of the first answer", f"{found['mb']:.0f} MB; "
                   f"{found['ms']:.0f} ms", 1)  # fmt: skip


def _of_all(found: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    there = [f for f in found if "missing" not in f]
    if there and there[-1]["mb"]:
        most = max(f["mb"] for f in there)
        words = ", ".join(f"{f['step']} {f['mb']:.0f}" for f in there)
        yield line(f"all jobs in one process: resident memory, MB after {words}", f"{most:.0f} MB", len(there),
                   f"at most {MB:g} MB in all", most <= MB)  # fmt: skip
