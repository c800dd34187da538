"""The scoreboard of the agents' minds: each job by each engine that is installed, on cases kept apart from training.

A runner over `_minds.SECTIONS`. Each case is one line of a results file: a run that was stopped goes on.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import _sections
from _bundled import tell
from _good import ROOT
from _minds import SECTIONS
from _sections import chosen, parser

OUT = ROOT / ".adp" / "bench" / "minds.jsonl"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What `adp bench minds` passes on."""
    made = parser(__doc__, SECTIONS, 1, OUT)
    made.add_argument("--cases", type=Path, help="a file of other cases, one JSON line each, for one section")
    made.add_argument("--mistakes", action="store_true", help="list what went wrong, but for the sealed halves")
    return made.parse_args(given)


def run(given: argparse.Namespace) -> list[dict[str, Any]]:
    """Decide what this very code has not decided yet, and return the shard's cases."""
    return _sections.run(given, SECTIONS, decided, lambda row: "failed" not in row)


def decided(section: ModuleType, case: str) -> dict[str, Any]:
    """One case; `failed` where the benchmark itself did."""
    try:
        found: dict[str, Any] = section.run(case)
    except Exception as error:  # the other cases go on, and this one is tried again next time
        traceback.print_exc()
        return {"failed": f"{type(error).__name__}: {error}"[:400]}
    return found


def from_file(section: ModuleType, file: Path) -> list[dict[str, Any]]:
    """Cases that somebody else wrote down."""
    lines = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
    named = [line for line in lines if line.get("section", section.NAME) == section.NAME]
    return [
        {"section": section.NAME, "case": line.get("case", f"given/{n}"), **section.given(line)}
        for n, line in enumerate(named)
    ]


def scored(sections: Sequence[ModuleType], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Measured against target, section by section."""
    table = []
    for section in sections:
        mine = [r for r in rows if r["section"] == section.NAME]
        counted = [r for r in mine if "failed" not in r]
        lines = section.scored(counted) if counted else []
        failed = len(mine) - len(counted)
        lines.append({"measure": "not judged: the benchmark itself failed", "measured": str(failed), "n": len(mine),
                      "target": "none", "met": not failed})  # fmt: skip
        table += [{"section": section.NAME, **line} for line in lines]
    return table


def shown(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cases as others may see them: a sealed one without name and text, in an order that tells nothing."""
    sealed = [
        {**r, "engines": {e: _numbers(one) for e, one in r.get("engines", {}).items()}} for r in rows if is_sealed(r)
    ]
    hidden = [{k: v for k, v in r.items() if k not in ("case", "text")} for r in sealed]
    return [r for r in rows if not is_sealed(r)] + sorted(hidden, key=json.dumps)


def _numbers(one: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in one.items() if isinstance(v, int | float)}


def is_sealed(row: dict[str, Any]) -> bool:
    """Whether nobody is to know how this case went."""
    return str(row["case"]).startswith("sealed/")


def mistakes(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What went wrong, and by which engine; nothing of the sealed halves."""
    return [
        f"{row['section']} {row['case']} {engine}: {json.dumps(one)} {row['text'][:200]!r}"
        for row in rows
        if not is_sealed(row)
        for engine, one in row.get("engines", {}).items()
        if not one["right"]
    ]


def main() -> None:
    """Run, then print what each section came to."""
    given = arguments()
    sections = chosen(given.sections, SECTIONS)
    if given.cases and len(sections) != 1:
        raise SystemExit(f"--cases holds cases of one section: name it, --sections {SECTIONS[0].NAME}.")
    rows = from_file(sections[0], given.cases) if given.cases else run(given)
    summary = scored(sections, rows)
    if given.json:
        print(json.dumps({"benchmark": "minds", "rows": summary, "cases": shown(rows)}, indent=2))
    else:
        tell("minds", summary, False)
    if given.mistakes:
        print(*mistakes(rows), sep="\n", file=sys.stderr)


if __name__ == "__main__":
    main()
