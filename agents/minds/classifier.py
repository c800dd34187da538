"""The trained classifier of errors: its weights, read when they are first needed, and what it answers."""

import hashlib
import json
import math
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.errors import UsageError
from agents.minds.features import grams

WEIGHTS = Path(__file__).parent / "weights"
CARD = "classify.json"
"""Says which version is in effect, and what was measured of it."""
SHOWN = 4
"""How many words are given as reasons."""


class Classifier:
    """Scores of a text for each cause, as probabilities that held-out texts have calibrated."""

    def __init__(self, folder: Path) -> None:
        card = folder / CARD
        if not card.is_file():
            raise UsageError(f"{card} is missing. Make a classifier: `adp minds train --job classify --out {folder}`.")
        self.card: dict[str, Any] = json.loads(card.read_text())
        file = folder / self.card["file"]
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if digest != self.card["sha256"]:
            raise UsageError(f"{file} has SHA-256 {digest}; {card.name} says {self.card['sha256']}. Take both back.")
        with np.load(file) as kept:
            vocabulary = kept["vocabulary"].tobytes().decode().split("\n")
            self.at = {g: n for n, g in enumerate(vocabulary)}
            self.idf: NDArray[np.float32] = kept["idf"].astype(np.float32)
            self.weights: NDArray[np.float32] = kept["weights"].astype(np.float32) * kept["scale"]
            self.bias: NDArray[np.float32] = kept["bias"]
        self.causes: list[str] = self.card["causes"]
        self.temperature: float = self.card["temperature"]

    @property
    def decides_at(self) -> float:
        """Confidence from which an answer may stand where rules have none; measured on texts kept apart."""
        return float(self.card["decides_at"])

    def __call__(self, text: str) -> tuple[Mapping[str, float], tuple[str, ...]]:
        """Probability by cause, likeliest first, and the words that speak most for the first."""
        known = [(self.at[g], n, g) for g, n in grams(text).items() if g in self.at]
        index = [k for k, _, _ in known]
        value = np.array([1 + math.log(n) for _, n, _ in known], dtype=np.float32) * self.idf[index]
        value /= float(np.linalg.norm(value)) or 1.0
        parts = value[:, None] * self.weights[index]
        scores = (parts.sum(axis=0) + self.bias) / self.temperature
        raised = np.exp(scores - scores.max())
        shares = raised / raised.sum()
        order = np.argsort(-shares)
        best = parts[:, order[0]]
        strongest = [known[k][2] for k in np.argsort(-best) if best[k] > 0 and not known[k][2].startswith("#")]
        return {self.causes[k]: float(shares[k]) for k in order}, tuple(strongest[:SHOWN])


@cache
def classifier(folder: Path | None = None) -> Classifier:
    """The classifier in effect: that of the folder `ADP_CLASSIFIER` names, or the one that is shipped."""
    return Classifier(folder or Path(os.environ.get("ADP_CLASSIFIER") or WEIGHTS))
