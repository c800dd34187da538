"""Whether new weights of the matcher may take effect: only where the benchmark does not fall."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from agents.contracts import Record
from agents.minds.match.training.fit import calibration_error
from agents.minds.training.gate import BENCHMARK


class Gate(Record):
    """What the benchmark says of the weights in effect and of the candidate, over all that they are asked."""

    cases: int
    """Answers: each case with less and with more evidence."""
    right_before: float
    """Share decided rightly."""
    right_after: float
    wrong_before: float
    """Share decided wrongly."""
    wrong_after: float
    calibration_before: float = 0.0
    """Expected calibration error."""
    calibration_after: float = 0.0
    right_shipped: float | None = None
    """Of what adp ships, where a version of the project is in effect."""
    wrong_shipped: float | None = None

    @property
    def passed(self) -> bool:
        """Whether it decides as many rightly as what is in effect and what is shipped, and no more wrongly."""
        right = max(self.right_before, self.right_shipped or 0)
        wrong = min(self.wrong_before, 1 if self.wrong_shipped is None else self.wrong_shipped)
        return self.right_after >= right and self.wrong_after <= wrong

    @property
    def words(self) -> str:
        """Both, for a person."""
        after = f"{self.right_after:.1%} decided rightly and {self.wrong_after:.1%} wrongly"
        own = f"of {self.cases} answers {after}, {self.right_before:.1%} and {self.wrong_before:.1%} before"
        return (
            own if self.right_shipped is None else f"{own}; shipped {self.right_shipped:.1%}, {self.wrong_shipped:.1%}"
        )


def measure(candidate: Path, current: Path, cases: Path | None, shipped: Path | None = None) -> Gate:
    """Let the weights of these folders answer the same cases: those of a file, or the benchmark's own.

    `shipped` where that is not what is in effect.
    """
    first = _answers(shipped, cases) if shipped else []
    before, after = (_answers(folder, cases) for folder in (current, candidate))
    return Gate(
        cases=len(after),
        right_before=_share(before, right=True),
        right_after=_share(after, right=True),
        wrong_before=_share(before, right=False),
        wrong_after=_share(after, right=False),
        calibration_before=_apart(before),
        calibration_after=_apart(after),
        right_shipped=_share(first, right=True) if first else None,
        wrong_shipped=_share(first, right=False) if first else None,
    )


def _answers(weights: Path, cases: Path | None) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as scratch:  # results are kept by code, and the weights are none
        options = ["--cases", str(cases)] if cases else ["--out", f"{scratch}/match.jsonl"]
        done = subprocess.run(
            [sys.executable, str(BENCHMARK), "--sections", "match", "--seeds", "1", "--json", *options],
            env={**os.environ, "ADP_MATCHER": str(weights)}, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    rows = json.loads(done.stdout)["cases"]
    return [told for row in rows for name, told in row.get("engines", {}).items() if name in ("told", "types", "data")]


def _apart(answers: list[dict[str, Any]]) -> float:
    return round(calibration_error([(float(a["confidence"]), bool(a["first"])) for a in answers]), 4)


def _share(answers: list[dict[str, Any]], *, right: bool) -> float:
    return sum(bool(a["decided"]) and bool(a["right"]) is right for a in answers) / max(len(answers), 1)
