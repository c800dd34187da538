"""What a scoreboard of sections shares: the cases of a shard, and one line for each in a results file."""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from _good import code_digest

Row = dict[str, Any]


def parser(description: str | None, sections: Sequence[ModuleType], seeds: int, out: Path) -> argparse.ArgumentParser:
    """The options that every such scoreboard has."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--seeds", type=int, default=seeds, help="repetitions, in sections that draw")
    made.add_argument("--json", action="store_true")
    made.add_argument("--sections", help=f"some of: {', '.join(s.NAME for s in sections)}")
    made.add_argument("--shard", default="0/1", help="i/n: every n-th case from the i-th")
    made.add_argument("--out", type=Path, default=out, help="results file; shards of one run may share it")
    return made


def chosen(text: str | None, sections: Sequence[ModuleType]) -> list[ModuleType]:
    """The sections asked for. Raises SystemExit for one that there is not."""
    known = {s.NAME: s for s in sections}
    asked = text.split(",") if text else list(known)
    if strange := [name for name in asked if name not in known]:
        raise SystemExit(f"No section {', '.join(strange)}. Known: {', '.join(known)}.")
    return [known[name] for name in asked]


def todo(sections: Sequence[ModuleType], seeds: int, shard: str) -> Iterator[tuple[ModuleType, str]]:
    """The cases of a shard, section by section."""
    index, count = (int(part) for part in shard.split("/"))
    every = [(section, case) for section in sections for case in section.cases(seeds)]
    yield from (one for n, one in enumerate(every) if n % count == index)


def run(
    given: argparse.Namespace,
    sections: Sequence[ModuleType],
    decided: Callable[[ModuleType, str], Row],
    settled: Callable[[Row], bool],
) -> list[Row]:
    """Decide what this very code has not decided yet, and return the shard's cases; what is settled is kept."""
    code = code_digest()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    lines = given.out.read_text().splitlines() if given.out.is_file() else []
    known = {(r["section"], r["case"]): r for r in map(json.loads, lines) if r["code"] == code}
    rows = []
    for section, case in todo(chosen(given.sections, sections), given.seeds, given.shard):
        row = known.get((section.NAME, case))
        if row is None:
            row = {"code": code, "section": section.NAME, "case": case, **decided(section, case)}
            if settled(row):
                with given.out.open("a") as out:
                    out.write(json.dumps(row) + "\n")
        rows.append(row)
    return rows
