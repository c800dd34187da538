"""Whether a new classifier may take effect: only where the benchmark does not fall."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal, NamedTuple

from agents.contracts import Cause, Record
from agents.errors import UsageError
from agents.minds.classifier import CARD, Classifier
from agents.minds.classify import RULED
from agents.minds.error_rules import ruled
from agents.minds.match.training.fit import calibration_error

BENCHMARK = Path(__file__).resolve().parents[3] / "benchmarks" / "minds.py"


class _Case(NamedTuple):
    text: str
    causes: frozenset[str]
    """Each of them right."""


class _Answer(NamedTuple):
    auto: bool
    """Whether rules first, then the classifier, were right."""
    classifier: bool
    """Whether it was right alone."""
    confidence: float


class Gate(Record):
    """What the benchmark says of what is in effect and of the candidate, on the same cases."""

    cases: int
    before: float
    """Share of right answers, rules first; 0 where nothing was in effect."""
    after: float
    alone_before: float
    """The same of the classifier without rules: rules alone answer most cases, and hide what it has forgotten."""
    alone_after: float
    calibration_before: float = 0.0
    """Expected calibration error, rules first."""
    calibration_after: float = 0.0
    shipped: float | None = None
    """Of what adp ships, where a version of the project is in effect."""
    alone_shipped: float | None = None

    @property
    def passed(self) -> bool:
        """Whether it did not fall, below what is in effect or what is shipped."""
        least, alone = max(self.before, self.shipped or 0), max(self.alone_before, self.alone_shipped or 0)
        return self.after >= least and self.alone_after >= alone

    @property
    def words(self) -> str:
        """What it came to, for a person."""
        shipped = "" if self.shipped is None else f"; shipped {self.shipped:.1%} and {self.alone_shipped:.1%}"
        return (
            f"of {self.cases} cases {self.after:.1%} right, {self.before:.1%} before; "
            f"without rules {self.alone_after:.1%}, {self.alone_before:.1%} before{shipped}"
        )


def require_benchmark() -> None:
    """Raise UsageError where the benchmark is not here, as in an installed wheel: nothing could take effect."""
    if not BENCHMARK.is_file():
        raise UsageError(
            f"{BENCHMARK} is missing: minds are trained with adp installed from a clone, `pip install -e`."
        )


def scratch_folder() -> Path:
    """An empty folder for a candidate, under the state of the repository. Raises UsageError without a benchmark."""
    require_benchmark()
    folder = BENCHMARK.parents[1] / ".adp" / "minds"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def version_of(folder: Path) -> int:
    """The version that is in effect in a folder of weights; 0 where none is."""
    card = folder / CARD
    return int(json.loads(card.read_text())["version"]) if card.is_file() else 0


def measure(candidate: Path, current: Path, cases: Path | None, shipped: Path | None = None) -> Gate:
    """Let all name the same errors: those of a file, or real ones that the benchmark causes now.

    Each is a folder of weights, or one file with both; `shipped` where that is not what is in effect.
    """
    asked = _given(cases) if cases else _caused()
    before, after = _answers(current, asked), _answers(candidate, asked)
    first = _answers(shipped, asked) if shipped else []
    return Gate(
        cases=len(asked),
        before=_right(before, "auto"),
        after=_right(after, "auto"),
        alone_before=_right(before, "classifier"),
        alone_after=_right(after, "classifier"),
        calibration_before=_apart(before),
        calibration_after=_apart(after),
        shipped=_right(first, "auto") if first else None,
        alone_shipped=_right(first, "classifier") if first else None,
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


def _caused() -> list[_Case]:
    """Errors that are really caused, kept apart from training; once for one state of the code, which takes minutes."""
    kept = BENCHMARK.parents[1] / ".adp" / "bench" / "minds_gate.jsonl"
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--sections", "classify", "--seeds", "1", "--json", "--out", str(kept)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
    )  # fmt: skip
    return [_Case(r["text"], frozenset(r["causes"])) for r in json.loads(done.stdout)["cases"] if "text" in r]


def _given(file: Path) -> list[_Case]:
    found = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        try:
            row = json.loads(line)
            found.append(_Case(row["text"], frozenset(row.get("causes") or [row["cause"]])))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f'{file}:{number}: {error!r}. Needed: {{"text": "...", "cause": "..."}}.') from error
    return found


def _answers(place: Path, asked: list[_Case]) -> list[_Answer]:
    ask = Classifier(place)
    found = []
    for case in asked:
        name, share = next(iter(ask(case.text)[0].items()))
        rule = ruled(case.text)[0]
        by_rule = rule is not Cause.other
        sure = RULED if by_rule else share
        found.append(_Answer((rule.value if by_rule else name) in case.causes, name in case.causes, sure))
    return found


def _apart(answers: list[_Answer]) -> float:
    return round(calibration_error([(a.confidence, a.auto) for a in answers]), 4)


def _right(answers: list[_Answer], engine: Literal["auto", "classifier"]) -> float:
    right = [a.auto if engine == "auto" else a.classifier for a in answers]
    return sum(right) / max(len(right), 1)
