"""The scoreboard of the agents' minds: each job by each engine that is installed, on cases kept apart from training.

A runner over `_minds.SECTIONS`. Each case is one line of a results file: a run that was stopped goes on.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from _bundled import tell
from _good import ROOT, code_digest
from _minds import SECTIONS

OUT = ROOT / ".adp" / "bench" / "minds.jsonl"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What `adp bench minds` passes on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="drawings of each kind of case")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sections", help=f"some of: {', '.join(s.NAME for s in SECTIONS)}")
    parser.add_argument("--shard", default="0/1", help="i/n: every n-th case from the i-th")
    parser.add_argument("--out", type=Path, default=OUT, help="results file; shards of one run may share it")
    parser.add_argument("--cases", type=Path, help="a file of other cases, one JSON line each, for one section")
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
            if "failed" not in row:
                with given.out.open("a") as out:
                    out.write(json.dumps(row) + "\n")
        rows.append(row)
    return rows


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


def main() -> None:
    """Run, then print what each section came to, and the cases that every engine had wrong."""
    given = arguments()
    sections = chosen(given.sections)
    if given.cases and len(sections) != 1:
        raise SystemExit(f"--cases holds cases of one section: name it, --sections {SECTIONS[0].NAME}.")
    rows = from_file(sections[0], given.cases) if given.cases else run(given)
    summary = scored(sections, rows)
    if given.json:
        print(json.dumps({"benchmark": "minds", "rows": summary, "cases": rows}, indent=2))
    else:
        tell("minds", summary, False)
    for row in rows:
        for engine, one in row.get("engines", {}).items():
            if not one["right"]:
                print(f"{row['case']} {engine}: {json.dumps(one)} {row['text'][:200]!r}", file=sys.stderr)


if __name__ == "__main__":
    main()
