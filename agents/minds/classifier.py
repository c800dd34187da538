"""The trained classifier of errors: its weights, read when they are first needed, and what it answers."""

import base64
import hashlib
import io
import json
import math
import os
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.contracts import Cause
from agents.errors import UsageError
from agents.minds.asked import counted, current
from agents.minds.features import grams

WEIGHTS = Path(__file__).parent / "weights"
CARD = "classify.json"
"""Says which version is in effect, and what was measured of it."""
SHOWN = 4
"""How many words are given as reasons."""


class Classifier:
    """Scores of a text for each cause, as probabilities that held-out texts have calibrated."""

    def __init__(self, place: Path) -> None:
        """From a folder with card and weights, or from one file with both, as `packed` makes it.

        Raises UsageError where they are missing, or are not what the card says.
        """
        self.card, raw = _of_file(place) if place.is_file() else _of_folder(place)
        digest = hashlib.sha256(raw).hexdigest()
        if digest != self.card["sha256"]:
            said = f"{place / self.card['file']} has SHA-256 {digest}; its card says {self.card['sha256']}."
            raise UsageError(f"{said} Take both back.")
        try:
            with np.load(io.BytesIO(raw)) as kept:
                vocabulary = kept["vocabulary"].tobytes().decode().split("\n")
                self.at = {g: n for n, g in enumerate(vocabulary)}
                self.idf: NDArray[np.float32] = kept["idf"].astype(np.float32)
                self.weights: NDArray[np.float32] = kept["weights"].astype(np.float32) * kept["scale"]
                self.bias: NDArray[np.float32] = kept["bias"]
            self.causes: list[str] = [Cause(name).value for name in self.card["causes"]]
            self.temperature = float(self.card["temperature"])
        except (ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile) as error:
            raise UsageError(f"{place} holds no weights of this version of adp: {error!r}. Train them anew.") from error

    @property
    def name(self) -> str:
        """The job and the version, for people."""
        return f"classify {self.card['version']}"

    @property
    def decides_at(self) -> float:
        """Confidence from which an answer may stand where rules have none; measured on texts kept apart."""
        return float(self.card["decides_at"])

    def __call__(self, text: str) -> tuple[Mapping[str, float], tuple[str, ...]]:
        """Probability by cause, likeliest first, and the words that speak most for the first."""
        with counted("classify", "classifier", self.name):
            return self._answer(text)

    def _answer(self, text: str) -> tuple[Mapping[str, float], tuple[str, ...]]:
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


def classifier(place: Path | None = None) -> Classifier:
    """The classifier in effect.

    That of the place `ADP_CLASSIFIER` names; else of the project whose step asks (`agents.minds.asked`), where its lock
    vouches for it; else the one that is shipped.
    """
    named = place or os.environ.get("ADP_CLASSIFIER")
    if not named and (asked := current()) and (own := asked.weights("classify")).file:
        try:
            return _read(own.file, own.sha256)
        except UsageError as error:
            asked.refuse("classify", f"{error} Until then the one that adp ships is asked.")
    return _read(Path(named or WEIGHTS))


@lru_cache(maxsize=4)
def _read(place: Path, _sha256: str = "") -> Classifier:
    return Classifier(place)


def packed(folder: Path, version: str) -> str:
    """Card and weights of a folder as one text under a version's name, for a project's repository."""
    card, raw = _of_folder(folder)
    lines = wrap(base64.b64encode(raw).decode(), 100)
    return json.dumps({**card, "version": version, "job": "classify", "npz": lines}, indent=1) + "\n"


def _of_file(file: Path) -> tuple[dict[str, Any], bytes]:
    try:
        card: dict[str, Any] = json.loads(file.read_text())
        return card, base64.b64decode("".join(card.pop("npz")), validate=True)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file} holds no classifier: {error!r}. Train one: `adp minds train`.") from error


def _of_folder(folder: Path) -> tuple[dict[str, Any], bytes]:
    card = folder / CARD
    if not card.is_file():
        raise UsageError(f"{card} is missing. Make a classifier: `adp minds train --job classify --out {folder}`.")
    told: dict[str, Any] = json.loads(card.read_text())
    return told, (folder / told["file"]).read_bytes()
