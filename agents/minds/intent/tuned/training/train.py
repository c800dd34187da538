"""The adapter of the intent and its card, made anew from the generator."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from agents.minds.engines.ask import Step
from agents.minds.engines.budget import Budget
from agents.minds.engines.engine import Unavailable
from agents.minds.engines.llama import Llama, carried
from agents.minds.intent.checked import checked
from agents.minds.intent.drawing.judge import right
from agents.minds.intent.rules import read
from agents.minds.intent.tuned.ask import CARD, llama, tuned
from agents.minds.intent.tuned.gate import RECOGNISED
from agents.minds.intent.tuned.lessons import Lesson, lessons
from agents.minds.intent.tuned.training.fit import Plan, answer_text, fitted, packed
from agents.minds.intent.tuned.training.model import write_adapter
from agents.minds.intent.tuned.trust import FEATURES, Trust, confidence, features

EXAMPLES = 990
"""About: a schema brings up to six. Never a thousand."""
PATIENCE_SECONDS, PATIENCE_TOKENS = 600, 8192
"""For one question: on a busy machine it waits, and a late answer is no wrong one."""
MEASURED = 300
"""Requests in words that are never trained on: half to weigh an answer by, half to choose when it is taken."""
_THRESHOLDS = tuple(i / 20 for i in range(8, 20))


@dataclass(frozen=True)
class Measured:
    """One request, read by both."""

    features: tuple[float, ...]
    sure: float
    """Of the rules."""
    answerable: bool
    ruled: bool
    """Whether the rules were right."""
    tuned: bool
    ruled_unknown: bool
    tuned_unknown: bool
    cpu_ms: float


def train_intent(
    plan: Plan, into: Path, state: Path, version: int, told: Callable[[str], None] = print, requests: int = MEASURED
) -> dict[str, Any]:
    """Write adapter and card into a folder, measured by that many requests kept apart; returns the card.

    One thread, about a second an example. `state` is where a training that was ended goes on from. Raises Unavailable
    without llama.cpp and the model.
    """
    torch.set_num_threads(1)
    base = carried()
    if base is None:
        raise Unavailable("no model to train an adapter for; `make minds` adds it")
    begun = time.process_time()
    asked = Llama(base)
    drawn = list(lessons(plan.examples, plan.seed))
    groups = [packed([asked.lesson(one.prompt, answer_text(one.says)) for one in group]) for group in drawn]
    asked.close()
    into.mkdir(parents=True, exist_ok=True)
    file = into / f"intent-{version}.gguf"
    write_adapter(fitted(base, groups, plan, state, told), plan.alpha, file)
    state.unlink(missing_ok=True)
    spent = time.process_time() - begun
    kept = [one for group in lessons(requests, plan.seed + 1, apart=True) for one in group]
    rows = measured(kept, file)
    trust = trusted(rows)
    card = {
        "job": "intent", "version": version, "file": file.name, "base": base.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "plan": asdict(plan), "examples": sum(map(len, drawn)),
        "cpu_seconds": round(spent), "tokens": sum(len(g.tokens) for g in groups),
        "trust": trust.model_dump(), "measured": figures(rows, trust),
        "licence": "Apache-2.0, as the base model",
    }  # fmt: skip
    (into / CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")
    return card


def measured(asked: Sequence[Lesson], adapter: Path | None) -> list[Measured]:
    """Rules and model on the same requests."""
    found = []
    for lesson in asked:
        one = lesson.example
        ruled = checked(read(one.request, one.schema, one.today), one.schema, one.request)
        begun = time.process_time()
        step = Step(llama(), "train", Budget(PATIENCE_SECONDS, PATIENCE_TOKENS))
        answer = checked(tuned(one.request, one.schema, one.today, adapter, step), one.schema, one.request)
        spent = (time.process_time() - begun) * 1000
        found.append(Measured(
            features(one.schema, ruled, answer), ruled.confidence_score, not one.intent.unknown, right(one, ruled),
            right(one, answer), bool(ruled.unknown), bool(answer.unknown), spent,
        ))  # fmt: skip
    return found


def trusted(rows: Sequence[Measured]) -> Trust:
    """Weights fitted on one half; of the other, from when on an answer is taken: where most are right.

    Never where fewer than RECOGNISED of the unanswerable would be told, or no more are right than by rules alone.
    """
    fitting, choosing = rows[::2], rows[1::2]
    values = torch.tensor([r.features for r in fitting])
    wanted = torch.tensor([float(r.tuned) for r in fitting])
    weights = torch.zeros(len(FEATURES), requires_grad=True)
    descent = torch.optim.LBFGS([weights], max_iter=200)

    def loss() -> torch.Tensor:
        descent.zero_grad()
        lost = torch.nn.functional.binary_cross_entropy_with_logits(values @ weights, wanted)
        total = lost + 0.01 * weights.square().sum()
        total.backward()
        return total

    descent.step(loss)
    fitted_ = {name: round(float(w), 3) for name, w in zip(FEATURES, weights.detach(), strict=True)}
    plain = Trust(weights=fitted_)
    best_share, chosen = share(choosing, plain)[0], None
    for threshold in _THRESHOLDS:
        trust = plain.model_copy(update={"taken_from": threshold})
        rightly, recognised = share(choosing, trust)
        if rightly > best_share and recognised >= RECOGNISED:
            best_share, chosen = rightly, threshold
    return plain.model_copy(update={"taken_from": chosen})


def share(rows: Sequence[Measured], trust: Trust) -> tuple[float, float]:
    """Of answers that were right, and of the unanswerable that were told, with this trust."""

    def taken(row: Measured) -> bool:
        level = trust.taken_from
        return level is not None and row.sure < trust.asked_below and confidence(trust, row.features) >= level

    rightly = [r.tuned if taken(r) else r.ruled for r in rows]
    told = [r.tuned_unknown if taken(r) else r.ruled_unknown for r in rows if not r.answerable]
    return sum(rightly) / max(1, len(rightly)), sum(told) / max(1, len(told))


def figures(rows: Sequence[Measured], trust: Trust) -> dict[str, float | int]:
    """What the card says."""
    cannot = [r for r in rows if not r.answerable]
    rightly, told = share(rows, trust)
    spent = sorted(r.cpu_ms for r in rows)
    return {
        "requests": len(rows), "unanswerable": len(cannot),
        "rules right": _share([r.ruled for r in rows]), "tuned right": _share([r.tuned for r in rows]),
        "auto right": round(rightly, 3), "rules recognised": _share([r.ruled_unknown for r in cannot]),
        "tuned recognised": _share([r.tuned_unknown for r in cannot]), "auto recognised": round(told, 3),
        "cpu ms median": round(spent[len(spent) // 2]), "cpu ms p95": round(spent[int(len(spent) * 0.95)]),
    }  # fmt: skip


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / max(1, len(values)), 3)
