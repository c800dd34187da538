"""The scoreboard of freezing: what is let in, and what becomes of a commit that is cut short, raced or tampered with.

A runner over `_freeze.SECTIONS`. Each case is one line of a results file: a run that was stopped goes on.
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from _bundled import tell
from _freeze import SECTIONS
from _good import ROOT, code_digest
from _scores import at_most, percentile, wilson

OUT = ROOT / ".adp" / "bench" / "freeze.jsonl"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What `adp bench freeze` passes on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="repetitions, in sections that draw")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sections", help=f"some of: {', '.join(s.NAME for s in SECTIONS)}")
    parser.add_argument("--shard", default="0/1", help="i/n: every n-th case from the i-th")
    parser.add_argument("--out", type=Path, default=OUT, help="results file; shards of one run may share it")
    return parser.parse_args(given)


def chosen(text: str | None) -> list[ModuleType]:
    """The sections asked for. Raises SystemExit for one that there is not."""
    known = {s.NAME: s for s in SECTIONS}
    asked = text.split(",") if text else list(known)
    if strange := [name for name in asked if name not in known]:
        raise SystemExit(f"No section {', '.join(strange)}. Known: {', '.join(known)}.")
    return [known[name] for name in asked]


def todo(sections: Sequence[ModuleType], seeds: int, shard: str) -> Iterator[tuple[ModuleType, str]]:
    """The cases of a shard, section by section."""
    index, count = (int(part) for part in shard.split("/"))
    every = [(section, case) for section in sections for case in section.cases(seeds)]
    yield from (one for n, one in enumerate(every) if n % count == index)


def run(given: argparse.Namespace) -> list[dict[str, Any]]:
    """Decide what this very code has not decided yet, and return the shard's cases."""
    code = code_digest()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    lines = given.out.read_text().splitlines() if given.out.is_file() else []
    known = {(r["section"], r["case"]): r for r in map(json.loads, lines) if r["code"] == code}
    rows = []
    for section, case in todo(chosen(given.sections), given.seeds, given.shard):
        row = known.get((section.NAME, case))
        if row is None:
            row = {"code": code, "section": section.NAME, "case": case, **decided(section, case)}
            if row["ok"] is not None:
                with given.out.open("a") as out:
                    out.write(json.dumps(row) + "\n")
            if not row["ok"]:
                print(f"{section.NAME} {case}: {row['detail']}"[:400], file=sys.stderr, flush=True)
        rows.append(row)
    return rows


def decided(section: ModuleType, case: str) -> dict[str, Any]:
    """One case; `ok` is None where the benchmark itself failed."""
    begun = time.monotonic()
    try:
        found: dict[str, Any] = section.run(case)
    except Exception as error:  # the other cases go on, and this one is tried again next time
        traceback.print_exc()
        return {"ok": None, "detail": f"{type(error).__name__}: {error}"[:400], "seconds": time.monotonic() - begun}
    return {**found, "seconds": round(found.get("seconds", time.monotonic() - begun), 3)}


def scored(sections: Sequence[ModuleType], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Measured against target, one line a section."""
    table = []
    for section in sections:
        mine = [r for r in rows if r["section"] == section.NAME]
        counted = [r for r in mine if r["ok"] is not None]
        failed = sum(not r["ok"] for r in counted)
        share = failed / len(counted) if counted else 1.0
        bound = at_most(len(counted)) if not failed else wilson(failed, len(counted))[1]
        table.append({
            "section": section.NAME,
            "target": section.TARGET,
            "cases": len(counted),
            "failed": failed,
            "share": f"{share:.1%}, at most {bound:.1%} (95%)",
            "p95 s": percentile([r["seconds"] for r in counted], 0.95),
            "met": bool(counted) and len(counted) == len(mine) and share <= getattr(section, "ALLOWED", 0.0),
        })  # fmt: skip
    return table


def main() -> None:
    """Run, then print what each section came to; exit 1 where a target is missed."""
    given = arguments()
    rows = run(given)
    summary = scored(chosen(given.sections), rows)
    if given.json:
        print(json.dumps({"benchmark": "freeze", "rows": summary, "cases": rows}, indent=2))
    else:
        tell("freeze", summary, False)


if __name__ == "__main__":
    main()
