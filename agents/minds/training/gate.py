"""Whether a new classifier may take effect: only where the benchmark does not fall."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from agents.contracts import Record
from agents.errors import UsageError
from agents.minds.classifier import CARD

BENCHMARK = Path(__file__).resolve().parents[3] / "benchmarks" / "minds.py"


class Gate(Record):
    """What the benchmark says of the classifier in effect and of the candidate, on the same cases."""

    cases: int
    before: float
    """Share of right answers, rules first; 0 where nothing was in effect."""
    after: float
    alone_before: float
    """The same of the classifier without rules: rules alone answer most cases, and hide what it has forgotten."""
    alone_after: float

    @property
    def passed(self) -> bool:
        """Whether it did not fall."""
        return self.after >= self.before and self.alone_after >= self.alone_before

    @property
    def words(self) -> str:
        """What it came to, for a person."""
        return f"of {self.cases} cases {self.after:.1%} right, {self.before:.1%} before"


def scratch_folder() -> Path:
    """An empty folder for a candidate, under the state of the repository.

    Raises UsageError where the benchmark is not here, as in an installed wheel.
    """
    if not BENCHMARK.is_file():
        raise UsageError(f"{BENCHMARK} is missing: a classifier is trained in a clone of the repository.")
    folder = BENCHMARK.parents[1] / ".adp" / "minds"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def version_of(folder: Path) -> int:
    """The version that is in effect in a folder of weights; 0 where none is."""
    card = folder / CARD
    return int(json.loads(card.read_text())["version"]) if card.is_file() else 0


def measure(candidate: Path, current: Path, cases: Path | None, scratch: Path) -> Gate:
    """Let both name the same errors: those of a file, or real ones that the benchmark causes now."""
    before = _run(current, ["--cases", str(cases)] if cases else ["--out", str(scratch / "minds.jsonl")])
    same = scratch / "cases.jsonl"
    same.write_text("".join(json.dumps({k: r[k] for k in ("case", "text", "causes")}) + "\n" for r in before))
    after = _run(candidate, ["--cases", str(same)])
    return Gate(
        cases=len(before),
        before=_right(before, "auto"),
        after=_right(after, "auto"),
        alone_before=_right(before, "classifier"),
        alone_after=_right(after, "classifier"),
    )


def activate(candidate: Path, into: Path) -> None:
    """Put weights and card where they take effect; the version before goes."""
    into.mkdir(parents=True, exist_ok=True)
    new = json.loads((candidate / CARD).read_text())["file"]
    shutil.copyfile(candidate / new, into / new)
    shutil.copyfile(candidate / CARD, into / CARD)
    for old in into.glob("classify-*.npz"):
        if old.name != new:
            old.unlink()


def _run(weights: Path, options: list[str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--sections", "classify", "--seeds", "1", "--json", *options],
        env={**os.environ, "ADP_CLASSIFIER": str(weights)}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return [row for row in json.loads(done.stdout)["cases"] if "engines" in row]


def _right(rows: list[dict[str, Any]], engine: str) -> float:
    return sum(bool(r["engines"][engine]["right"]) for r in rows) / len(rows)
