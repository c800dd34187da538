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


def train(into: Path, version: int, seed: int = 0, extra: Sequence[Example] = ()) -> dict[str, Any]:
    """Fit, calibrate on templates that the fit has not seen, and write weights and card into an empty folder.

    `extra` are further labelled texts, such as a ledger's decisions. Returns the card. The same seed and texts give
    the same bytes on the same machine.
    """
    chosen = list(templates())
    Random(seed).shuffle(chosen)
    unseen = [_held_out(chosen, fold, seed) for fold in range(FOLDS)]
    scores = np.concatenate([s for s, _ in unseen])
    truth = np.concatenate([t for _, t in unseen])
    fitted = fit([*examples(seed, EACH, chosen), *extra], size=SIZE, passes=PASSES, decay=DECAY, seed=seed)
    heat = temperature(scores, truth)
    shares = softmax((scores / heat).astype(np.float32))
    right = shares.argmax(axis=1) == truth
    measured: dict[str, Any] = {
        "templates": len(chosen),
        "texts": len(chosen) * EACH + len(extra),
        "unseen_wordings_right": round(float(right.mean()), 4),
        "unseen_wordings_calibration_error": round(calibration_error(shares.max(axis=1), right), 4),
    }
    threshold = cut(shares.max(axis=1), right, FEW_WRONG)
    sure = shares.max(axis=1) >= threshold
    measured["decided_of_unseen_wordings"] = round(float(sure.mean()), 4)
    return write(into, version, fitted, heat, threshold, measured, seed)


def _held_out(chosen: list[tuple[Cause, str]], fold: int, seed: int) -> Any:
    """Scores and truth of templates that this fold's fit has not seen."""
    kept = [t for n, t in enumerate(chosen) if n % FOLDS != fold]
    fitted = fit(list(examples(seed, EACH, kept)), size=SIZE, passes=PASSES, decay=DECAY, seed=seed)
    tried = [e for e in examples(seed + 1, 1, chosen[fold::FOLDS]) if e.cause.value in fitted.causes]
    every = sorted(c.value for c in {cause for cause, _ in chosen})
    assert list(fitted.causes) == every
    return logits(fitted, [e.text for e in tried]), np.array([every.index(e.cause.value) for e in tried])


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
