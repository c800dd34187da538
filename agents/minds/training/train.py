"""Train the classifier of errors and write it with its card."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from agents.contracts import Cause
from agents.minds.classifier import CARD
from agents.minds.training.calibrate import calibration_error, cut, temperature
from agents.minds.training.decisions import Lessons
from agents.minds.training.examples import Example, examples, templates
from agents.minds.training.fit import Fitted, fit, logits, softmax

EACH = 6
"""Texts drawn of each template."""
SIZE = 9000
"""Grams that are kept."""
PASSES = 20
DECAY = 1e-5
FOLDS = 5
FEW_WRONG = 0.01
"""Share of wrong answers that is allowed where the loop takes the classifier's word."""


def train(
    into: Path, version: int, seed: int = 0, extra: Sequence[Example] = (), learned: Lessons | None = None,
    share: float = 1.0,
) -> dict[str, Any]:  # fmt: skip
    """Fit, calibrate on templates that the fit has not seen, and write weights and card into an empty folder.

    `extra` are further labelled texts, `learned` those of a ledger's decisions: neither is calibrated on. Returns the
    card. The same seed and texts give the same bytes on the same machine. Some three minutes of one core; a smaller
    `share` of each cause's templates makes it shorter.
    """
    chosen = _some(share)
    Random(seed).shuffle(chosen)
    extra = [*extra, *(learned or Lessons()).drawn(EACH, seed)]
    unseen = [_held_out(chosen, fold, seed) for fold in range(FOLDS)]
    scores = np.concatenate([s for s, _ in unseen])
    truth = np.concatenate([t for _, t in unseen])
    fitted = fit([*examples(seed, EACH, chosen), *extra], size=SIZE, passes=PASSES, decay=DECAY, seed=seed)
    heat = temperature(scores, truth)
    shares = softmax((scores / heat).astype(np.float32))
    right = shares.argmax(axis=1) == truth
    measured: dict[str, Any] = {
        "templates": len(chosen),
        "decisions": len(learned.texts) if learned else 0,
        "texts": len(chosen) * EACH + len(extra),
        "unseen_wordings_right": round(float(right.mean()), 4),
        "unseen_wordings_calibration_error": round(calibration_error(shares.max(axis=1), right), 4),
    }
    threshold = cut(shares.max(axis=1), right, FEW_WRONG)
    sure = shares.max(axis=1) >= threshold
    measured["decided_of_unseen_wordings"] = round(float(sure.mean()), 4)
    return write(into, version, fitted, heat, threshold, measured, seed)


def _some(share: float) -> list[tuple[Cause, str]]:
    """Every template, or the first of each cause."""
    by_cause: dict[Cause, list[str]] = {}
    for cause, template in templates():
        by_cause.setdefault(cause, []).append(template)
    return [(cause, t) for cause, found in by_cause.items() for t in found[: max(2, round(share * len(found)))]]


def _held_out(chosen: list[tuple[Cause, str]], fold: int, seed: int) -> Any:
    """Scores and truth of templates that this fold's fit has not seen."""
    kept = [t for n, t in enumerate(chosen) if n % FOLDS != fold]
    fitted = fit(list(examples(seed, EACH, kept)), size=SIZE, passes=PASSES, decay=DECAY, seed=seed)
    tried = [e for e in examples(seed + 1, 1, chosen[fold::FOLDS]) if e.cause.value in fitted.causes]
    every = sorted(c.value for c in {cause for cause, _ in chosen})
    scores = np.full((len(tried), len(every)), -1e9, dtype=np.float32)
    scores[:, [every.index(name) for name in fitted.causes]] = logits(fitted, [e.text for e in tried])
    return scores, np.array([every.index(e.cause.value) for e in tried])


def write(
    into: Path, version: int, fitted: Fitted, heat: float, decides_at: float, measured: dict[str, Any], seed: int
) -> dict[str, Any]:
    """Weights as whole numbers of eight bits, and the card that names them."""
    into.mkdir(parents=True, exist_ok=True)
    scale = (np.abs(fitted.weights).max(axis=0) / 127).astype(np.float32)
    arrays = {
        "vocabulary": np.frombuffer("\n".join(fitted.vocabulary).encode(), dtype=np.uint8),
        "idf": fitted.idf.astype(np.float16),
        "weights": np.rint(fitted.weights / scale).astype(np.int8),
        "scale": scale,
        "bias": fitted.bias,
    }
    file = into / f"classify-{version}.npz"
    np.savez_compressed(file, **arrays)
    card = {
        "version": version,
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "bytes": file.stat().st_size,
        "seed": seed,
        "grams": len(fitted.vocabulary),
        "temperature": round(heat, 4),
        "decides_at": round(decides_at, 4),
        "measured": measured,
        "causes": list(fitted.causes),
    }
    (into / CARD).write_text(json.dumps(card, indent=2) + "\n")
    return card
