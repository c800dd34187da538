"""What a plain embedding comes to: the cause of the training text whose meaning is nearest to an error's."""

import hashlib
import json
from functools import cache
from random import Random

import numpy as np
from _good import ROOT

from agents.minds.engines.engine import Limits
from agents.minds.engines.minilm import MiniLM
from agents.minds.training.examples import Example, examples, templates

EXAMPLES = 1000
"""Templates that are embedded, once for all runs; it takes a minute."""
SHELF = ROOT / ".adp" / "bench"
_ENOUGH = Limits(seconds=600, tokens=10_000_000)


class Nearest:
    """Embedded texts of the classifier's own templates."""

    def __init__(self, texts: list[Example]) -> None:
        self._model, self._texts = MiniLM(), texts
        said = json.dumps([e.text for e in texts])
        kept = SHELF / f"nearest-{hashlib.sha256(said.encode()).hexdigest()[:12]}.npy"
        if not kept.is_file():
            SHELF.mkdir(parents=True, exist_ok=True)
            np.save(kept, np.array(self._model.embed([e.text for e in texts], _ENOUGH).value, np.float32))
        self._vectors = np.load(kept)

    def cause(self, text: str) -> tuple[str, float]:
        """The cause, and the cosine, which nobody calibrated."""
        near = self._vectors @ np.array(self._model.embed([text], _ENOUGH).value[0], np.float32)
        best = int(near.argmax())
        return self._texts[best].cause.value, max(0.0, float(near[best]))


@cache
def nearest() -> Nearest:
    """With one text of each template, or of so many as `EXAMPLES` says."""
    chosen = list(templates())
    Random(0).shuffle(chosen)
    return Nearest(list(examples(0, 1, chosen[:EXAMPLES])))
