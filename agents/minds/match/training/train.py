"""Fit the matcher again and write its weights with their card."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from agents.minds.match.decide import FILE, WEIGHTS, Judge
from agents.minds.match.evidence import MEANING, NAMES, TYPES, evidence
from agents.minds.match.meaning import Embed, cosines
from agents.minds.match.sample import DATA
from agents.minds.match.training.decisions import weighed
from agents.minds.match.training.fit import ALLOWED, ALLOWED_WITH_DATA, Rows, calibrated, extended, fit, measured
from agents.minds.match.training.generate import Drawn, generated
from agents.minds.match.vocabulary import vocabulary

CASES, CASES_WITH_DATA, CASES_WITH_MEANINGS = 2500, 500, 500
"""How many renames are drawn to fit to, and as many others to calibrate on; fewer where values or meanings count."""
DATA_FEATURES = tuple(f"data_{name}" for name in DATA)

Cases = Sequence[tuple[Rows, int | None]]


def train_match(
    seed: int = 0,
    out: Path = WEIGHTS / FILE,
    embed: Embed | None = None,
    share: float = 1.0,
    decided: Cases = (),
) -> dict[str, Any]:
    """Fit on generated renames, calibrate on others that name nothing of the same, and write; returns the card.

    `decided` are renames of a ledger, beside the generated ones that know no values. Without `embed`, what is known of
    meanings stays as it is in the file. About three minutes of one core; `share` makes it shorter.
    """
    card: dict[str, Any] = json.loads(out.read_text()) if out.is_file() else {}
    card = {"judges": {}, "measured": {}, **card, "version": int(card.get("version", 0)) + 1}
    for data in (False, True):
        count = max(8, int((CASES_WITH_DATA if data else CASES) * share))
        drawn = list(generated(seed, count, data=data)), list(generated(seed, count, held_out=True, data=data))
        plain = tuple(map(_rows, drawn))
        allowed = ALLOWED_WITH_DATA if data else ALLOWED
        for name, features in _judges(data).items():
            fitted, kept = (_rows(part, bare=True) for part in drawn) if name == "words" else plain
            taught = weighed(list(decided), count) if name == "names" else []
            judge = calibrated(fit([*fitted, *taught], features), kept, allowed)
            _keep(card, out, name, judge, kept)
            if embed and name.startswith("names"):
                few = max(8, int(CASES_WITH_MEANINGS * share))
                fitted, kept = (_rows(part[:few], embed) for part in drawn)
                judge = calibrated(extended(judge, fitted, MEANING), kept, allowed)
                _keep(card, out, name.replace("names", "names+meanings"), judge, kept)
    card |= {
        "job": "match",
        "seed": seed,
        "trained_on": f"{int(CASES * share)} generated renames, {int(CASES_WITH_DATA * share)} with data, "
        f"{int(CASES_WITH_MEANINGS * share)} with meanings",
        "drawn": int(CASES * share) + int(CASES_WITH_DATA * share),
        "decisions": len(decided),
        "held_out": "as many, about entities and attributes that the others never name",
        "wrong_allowed": ALLOWED,
        "wrong_allowed_with_data": ALLOWED_WITH_DATA,
        "licence": "Apache-2.0; the words are this project's own",
        "limits": "names of two to five words in English and seven other languages; below the threshold: undecided",
    }
    _write(card, out)
    return card


def _keep(card: dict[str, Any], out: Path, name: str, judge: Judge, kept: Cases) -> None:
    card["judges"][name], card["measured"][name] = vars(judge), measured(judge, kept)
    _write(card, out)


def _write(card: dict[str, Any], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")


def _judges(data: bool) -> dict[str, tuple[str, ...]]:
    """What to fit, and by which features; `words` and `glossary` only tell what the others add."""
    if data:
        return {"names+data": (*NAMES, *TYPES, *DATA_FEATURES)}
    return {"names": (*NAMES, *TYPES), "glossary": NAMES, "words": NAMES}


def _rows(drawn: Sequence[Drawn], embed: Embed | None = None, bare: bool = False) -> Cases:
    if bare:
        nothing = vocabulary().without(Random(0), 1.1)
        return [(evidence(d.case.knowing(nothing)), d.right) for d in drawn]
    if embed is None:
        return [(evidence(d.case), d.right) for d in drawn]
    texts = sorted({text for d in drawn for text in d.spelled})
    vectors = dict(zip(texts, embed(texts), strict=True))
    return [(evidence(d.case.with_meanings(cosines(*[vectors[t] for t in d.spelled]))), d.right) for d in drawn]
