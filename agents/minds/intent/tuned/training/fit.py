"""Lessons to an adapter: requests to one schema are one sequence, in which none sees another."""

import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from agents.minds.intent.tuned.training.model import Learner

EVERY = 20
"""Steps between two states on disk, from which a training that was ended goes on."""


@dataclass(frozen=True)
class Plan:
    """How it is trained."""

    examples: int
    seed: int = 0
    rank: int = 8
    alpha: float = 16
    rate: float = 8e-4
    groups: int = 1
    """Schemas of one step."""
    warm: int = 15
    """Steps until the full rate."""
    passes: int = 3
    """Over all examples, in another order each; the rate falls to nothing in half a cosine."""


@dataclass(frozen=True)
class Packed:
    """One schema with its requests."""

    tokens: Tensor
    positions: Tensor
    mask: Tensor
    wanted: Tensor
    targets: Tensor


def packed(questions: Sequence[tuple[list[int], list[int]]]) -> Packed:
    """Questions that begin alike: the beginning once, then of each the rest and its answer, seen by itself alone."""
    columns = zip(*(asked for asked, _ in questions), strict=False)
    alike = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
    shared = min(alike, *(len(asked) - 1 for asked, _ in questions))
    tokens, owner, positions = list(questions[0][0][:shared]), [-1] * shared, list(range(shared))
    wanted: list[int] = []
    targets: list[int] = []
    for i, (asked, answer) in enumerate(questions):
        rest = [*asked[shared:], *answer[:-1]]
        wanted += [len(tokens) + len(asked) - shared - 1 + j for j in range(len(answer))]
        targets += answer
        positions += range(shared, shared + len(rest))
        tokens += rest
        owner += [i] * len(rest)
    own, place = torch.tensor(owner), torch.arange(len(tokens))
    mask = (place[:, None] >= place) & ((own[:, None] == own) | (own == -1))
    return Packed(torch.tensor(tokens), torch.tensor(positions), mask, torch.tensor(wanted), torch.tensor(targets))


def answer_text(says: Sequence[str]) -> str:
    """What the model is to write."""
    return json.dumps({"says": list(says)}, ensure_ascii=False, separators=(",", ":"))


def fitted(
    base: Path, groups: Sequence[Packed], plan: Plan, state: Path, told: Callable[[str], None] = print
) -> Learner:
    """The model after all passes; a state of the same plan on disk is gone on from."""
    torch.manual_seed(plan.seed)
    model = Learner(base, plan.rank, plan.alpha)
    learned = [p for p in model.parameters() if p.requires_grad]
    drawn = random.Random(plan.seed)
    order = [group for _ in range(plan.passes) for group in drawn.sample(groups, len(groups))]
    steps = -(-len(order) // plan.groups)
    descent = torch.optim.AdamW(learned, lr=plan.rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        descent, lambda step: min((step + 1) / plan.warm, 1) * (1 + math.cos(math.pi * step / steps)) / 2
    )
    begun = _resumed(state, plan, model, descent, schedule)
    for step in range(begun, steps):
        part = order[step * plan.groups : (step + 1) * plan.groups]
        count = sum(len(g.targets) for g in part)
        total = 0.0
        for group in part:
            logits = model(group.tokens, group.positions, group.mask, group.wanted)
            loss = functional.cross_entropy(logits, group.targets, reduction="sum") / count
            loss.backward()
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        descent.step()
        schedule.step()
        descent.zero_grad()
        told(f"step {step + 1} of {steps}: loss {total:.3f}")
        if (step + 1) % EVERY == 0:
            kept: dict[str, Any] = {
                "plan": asdict(plan), "step": step + 1, "model": model.state_dict(),
                "descent": descent.state_dict(), "schedule": schedule.state_dict(),
            }  # fmt: skip
            state.parent.mkdir(parents=True, exist_ok=True)
            torch.save(kept, state.with_suffix(".new"))
            state.with_suffix(".new").replace(state)
    return model


def _resumed(state: Path, plan: Plan, model: Learner, descent: Any, schedule: Any) -> int:
    if not state.is_file():
        return 0
    kept = torch.load(state, weights_only=True)
    if kept["plan"] != asdict(plan):
        return 0
    model.load_state_dict(kept["model"])
    descent.load_state_dict(kept["descent"])
    schedule.load_state_dict(kept["schedule"])
    return int(kept["step"])
