"""Fit the matcher again and write its weights with their card."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.minds.match.decide import WEIGHTS
from agents.minds.match.evidence import DATA, MEANING, NAMES, TYPES, evidence
from agents.minds.match.meaning import Embed, cosines
from agents.minds.match.training.fit import ALLOWED, Rows, calibrated, fit, measured
from agents.minds.match.training.generate import Drawn, generated

CASES, CASES_WITH_DATA = 2500, 1200
EVERY = (*NAMES, *TYPES, *MEANING, *(f"data_{name}" for name in DATA))

Cases = Sequence[tuple[Rows, int | None]]


def train_match(
    seed: int = 0, out: Path = WEIGHTS, embed: Embed | None = None, share: float = 1.0
) -> dict[str, Any]:
    """Fit on generated renames, calibrate on others that name nothing of the same, and write; returns the card.

    Without `embed`, what is known of meanings stays as it is in the file. About two minutes of one core;
    `share` makes it shorter.
    """
    card: dict[str, Any] = json.loads(out.read_text()) if out.is_file() else {"judges": {}, "measured": {}}
    for data in (False, True):
        count = int((CASES_WITH_DATA if data else CASES) * share)
        drawn = list(generated(seed, count, data=data)), list(generated(seed, count // 2, held_out=True, data=data))
        for meanings in (False, True) if embed else (False,):
            name = "names" + "+meanings" * meanings + "+data" * data
            features = [f for f in EVERY if (meanings or f not in MEANING) and (data or not f.startswith("data_"))]
            fitted, kept = (_rows(part, embed if meanings else None) for part in drawn)
            judge = calibrated(fit(fitted, features), kept)
            card["judges"][name] = vars(judge)
            card["measured"][name] = measured(judge, kept)
    card |= {
        "job": "match",
        "seed": seed,
        "trained_on": f"{int(CASES * share)} generated renames, {int(CASES_WITH_DATA * share)} with data",
        "held_out": "half as many, about entities and attributes that the others never name",
        "wrong_allowed": ALLOWED,
        "licence": "Apache-2.0; the words are this project's own",
        "limits": "names of two to five words in English and six other languages; below the threshold: undecided",
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")
    return card


def _rows(drawn: Sequence[Drawn], embed: Embed | None) -> Cases:
    if embed is None:
        return [(evidence(d.case), d.right) for d in drawn]
    texts = sorted({text for d in drawn for text in d.spelled})
    vectors = dict(zip(texts, embed(texts), strict=True))
    return [(evidence(d.case.with_meanings(cosines(*[vectors[t] for t in d.spelled]))), d.right) for d in drawn]
