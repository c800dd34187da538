"""The scoreboard of freezing: what is let in, and what becomes of a commit that is cut short, raced or tampered with.

A runner over `_freeze.SECTIONS`. Each case is one line of a results file: a run that was stopped goes on.
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import _sections
from _bundled import tell
from _freeze import SECTIONS
from _good import ROOT
from _scores import at_most, percentile, wilson
from _sections import chosen, parser

OUT = ROOT / ".adp" / "bench" / "freeze.jsonl"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What `adp bench freeze` passes on."""
    return parser(__doc__, SECTIONS, 3, OUT).parse_args(given)


def run(given: argparse.Namespace) -> list[dict[str, Any]]:
    """Decide what this very code has not decided yet, and return the shard's cases."""
    return _sections.run(given, SECTIONS, told, lambda row: row["ok"] is not None)


def told(section: ModuleType, case: str) -> dict[str, Any]:
    """One case; what is wrong with it is said at once."""
    row = decided(section, case)
    if not row["ok"]:
        print(f"{section.NAME} {case}: {row['detail']}"[:400], file=sys.stderr, flush=True)
    return row


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
    summary = scored(chosen(given.sections, SECTIONS), rows)
    if given.json:
        print(json.dumps({"benchmark": "freeze", "rows": summary, "cases": rows}, indent=2))
    else:
        tell("freeze", summary, False)


if __name__ == "__main__":
    main()
