"""A candidate for a project's own weights: what it was made of, and what the benchmark says of it beside the others."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.minds import classifier
from agents.minds.decided import Decided
from agents.minds.in_effect import InEffect
from agents.minds.match import decide
from agents.minds.match.training import gate as match_gate
from agents.minds.match.training.decisions import rename_cases
from agents.minds.match.training.train import train_match
from agents.minds.training import gate as classify_gate
from agents.minds.training.decisions import lessons
from agents.minds.training.examples import Example
from agents.minds.training.train import EACH, train


@dataclass(frozen=True)
class Candidate:
    """New weights of one job, not in effect."""

    job: str
    text: str
    """The file that a project would commit, under the version UNNAMED."""
    drawn: int
    """Examples that the generator drew."""
    decisions: int
    """Examples from the ledger."""
    left_out: tuple[str, ...]
    """Decisions that are not learned, and why."""
    same: bool
    """Whether these are the weights in effect, byte for byte."""
    gate: classify_gate.Gate | match_gate.Gate | None
    """None where they are the same."""

    def named(self, version: str) -> str:
        """The text under its version."""
        return _named(self.text, version)


UNNAMED = "0.0.0"


def retrained(
    job: str,
    now: InEffect,
    decided: Sequence[Decided],
    scratch: Path,
    *,
    seed: int = 0,
    examples: Sequence[Example] = (),
    cases: Path | None = None,
    share: float = 1.0,
) -> Candidate:
    """Train a job from generator and decisions in the empty folder `scratch`, and compare with what is in effect now.

    `cases` and `share` as for the benchmark and the training. Raises UsageError where the benchmark is not here.
    """
    classify_gate.require_benchmark()
    make = _classify if job == "classify" else _match
    return make(now, decided, scratch, seed, examples, cases, share)


def _classify(
    now: InEffect, decided: Sequence[Decided], scratch: Path, seed: int, examples: Sequence[Example],
    cases: Path | None, share: float,
) -> Candidate:  # fmt: skip
    learned, folder = lessons(decided), scratch / "candidate"
    card = train(folder, 0, seed, examples, learned, share)
    current = now.file or classifier.WEIGHTS
    same = classifier.Classifier(current).card["sha256"] == card["sha256"]
    shipped = classifier.WEIGHTS if now.file else None
    return Candidate(
        job="classify",
        text=classifier.packed(folder, UNNAMED),
        drawn=card["measured"]["templates"] * EACH + len(examples),
        decisions=len(learned.texts),
        left_out=learned.left_out,
        same=same,
        gate=None if same else classify_gate.measure(folder, current, cases, shipped),
    )


def _match(
    now: InEffect, decided: Sequence[Decided], scratch: Path, seed: int, _examples: Sequence[Example],
    cases: Path | None, share: float,
) -> Candidate:  # fmt: skip
    learned = rename_cases(decided)
    current, folder = scratch / "current", scratch / "candidate"
    for made in (current, folder):
        made.mkdir()
    shutil.copyfile(now.file or decide.WEIGHTS / decide.FILE, current / decide.FILE)
    before = (current / decide.FILE).read_text()
    (folder / decide.FILE).write_text(json.dumps({**json.loads(before), "version": 0}))
    card = train_match(seed, folder / decide.FILE, share=share, decided=learned)
    same = bool(json.loads(before)["judges"] == json.loads((folder / decide.FILE).read_text())["judges"])
    shipped = decide.WEIGHTS if now.file else None
    return Candidate(
        job="match",
        text=_named((folder / decide.FILE).read_text(), UNNAMED),
        drawn=card["drawn"],
        decisions=len(learned),
        left_out=(),
        same=same,
        gate=None if same else match_gate.measure(folder, current, cases, shipped),
    )


def _named(text: str, version: str) -> str:
    card: dict[str, Any] = json.loads(text)
    return json.dumps({**card, "version": version}, indent=1, sort_keys=True) + "\n"
