"""Whether a new adapter may take effect, and whether it is asked without being named: what the benchmark says."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from agents.contracts import Record
from agents.minds.intent.tuned.ask import CARD
from agents.minds.training.gate import BENCHMARK

RECOGNISED = 0.95
"""Of what cannot be answered, so much must be told with the model as well."""


class Gate(Record):
    """What the benchmark says of rules, of the candidate, and of the adapter that is in effect, on the same cases."""

    cases: int
    rules: float
    """Share of wholly right answers."""
    auto: float
    """The same of rules first, then the candidate where its card trusts it."""
    recognised: float
    """By `auto`, of the requests that cannot be answered."""
    after: float
    """Share of wholly right answers of the candidate alone."""
    before: float | None
    """The same of the adapter in effect; None without one."""

    @property
    def passed(self) -> bool:
        """Whether it did not fall; the first has nothing to fall from, and is asked by name alone unless it helps."""
        return self.before is None or self.after >= self.before

    @property
    def helps(self) -> bool:
        """Whether more is right with it than by rules alone, and enough is still told to be unknown."""
        return self.auto > self.rules and self.recognised >= RECOGNISED

    @property
    def words(self) -> str:
        """What it came to, for a person."""
        before = "" if self.before is None else f", {self.before:.1%} before"
        return (
            f"of {self.cases} requests {self.after:.1%} wholly right alone{before}; rules {self.rules:.1%}, with it "
            f"{self.auto:.1%} and {self.recognised:.1%} of the unanswerable told"
        )


def measure(candidate: Path, current: Path | None, cases: Path | None) -> Gate:
    """Let adapters (folders with their cards) read the same requests: those of a file, or the benchmark's own."""
    rows = _answers(candidate, cases)
    cannot = [r for r in rows if not r["answerable"]]
    told = sum(bool(r["engines"]["auto"]["refused"]) for r in cannot)
    return Gate(
        cases=len(rows),
        rules=_right(rows, "rules"),
        auto=_right(rows, "auto"),
        recognised=told / max(1, len(cannot)),
        after=_right(rows, "llama"),
        before=_right(_answers(current, cases), "llama") if current else None,
    )


def activate(candidate: Path, into: Path, *, trusted: bool) -> None:
    """Put adapter and card where they take effect; the version before goes. Not `trusted`: asked only by name."""
    into.mkdir(parents=True, exist_ok=True)
    card = json.loads((candidate / CARD).read_text())
    if not trusted:
        card["trust"]["taken_from"] = None
    shutil.copyfile(candidate / card["file"], into / card["file"])
    (into / CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")
    for old in into.glob("intent-*.gguf"):
        if old.name != card["file"]:
            old.unlink()


def version_of(folder: Path) -> int:
    """The version that is in effect in a folder; 0 where none is."""
    card = folder / CARD
    return int(json.loads(card.read_text())["version"]) if card.is_file() else 0


def _answers(folder: Path, cases: Path | None) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as scratch:  # results are kept by code, and an adapter is none
        options = ["--cases", str(cases)] if cases else ["--out", f"{scratch}/intent.jsonl"]
        done = subprocess.run(
            [sys.executable, str(BENCHMARK), "--sections", "intent", "--json", *options],
            env={**os.environ, "ADP_INTENT": str(folder)}, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    rows: list[dict[str, Any]] = json.loads(done.stdout)["cases"]
    return [r for r in rows if "llama" in r.get("engines", {})]


def _right(rows: list[dict[str, Any]], engine: str) -> float:
    return sum(bool(r["engines"][engine]["right"]) for r in rows) / max(1, len(rows))
