"""Whose weights a step asks, and what its questions cost: for the time of the step, whatever code asks within it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Literal

from agents.ledger import Ledger
from agents.minds.engines.reply import MindCall
from agents.minds.in_effect import InEffect, in_effect


@dataclass
class Asked:
    """One step of the loop in one project."""

    root: Path | None
    """Of the dbt project; None asks what is shipped."""
    step: str
    by_rules: bool = False
    """No weights are asked, rules alone."""
    calls: list[MindCall] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Why a version of the project is not asked, each once."""
    _known: dict[str, InEffect] = field(default_factory=dict)

    def weights(self, job: str) -> InEffect:
        """Which weights this step asks; looked up once, so that one step has one answer."""
        if job not in self._known:
            self._known[job] = in_effect(self.root, job)
            self.note(self._known[job].why)
        return self._known[job]

    def note(self, words: str) -> None:
        """Tell a person."""
        if words and words not in self.notes:
            self.notes.append(words)

    def refuse(self, job: str, why: str) -> None:
        """Ask what is shipped from now on."""
        self.note(why)
        self._known[job] = InEffect(job)


_NOW: ContextVar[Asked | None] = ContextVar("asked", default=None)


@contextmanager
def asking(root: Path | None, step: str, ledger: Ledger | None = None, *, by_rules: bool = False) -> Iterator[Asked]:
    """What is asked within the block is asked of this project's weights, counted, and kept in the ledger, if any."""
    asked = Asked(root, step, by_rules)
    token = _NOW.set(asked)
    try:
        yield asked
    finally:
        _NOW.reset(token)
        if ledger:
            for call in asked.calls:
                ledger.keep_mind_call(call.model_dump())


def current() -> Asked | None:
    """The step that asks now; None outside of any."""
    return _NOW.get()


@contextmanager
def counted(job: Literal["classify", "match"], engine: Literal["classifier", "matcher"], model: str) -> Iterator[None]:
    """Count one question to trained weights, which read and write no tokens."""
    asked = _NOW.get()
    if asked is None:
        yield
        return
    at, began, cpu = datetime.now(UTC), perf_counter(), process_time()
    yield
    asked.calls.append(
        MindCall(
            called_at=at,
            step=asked.step,
            job=job,
            engine=engine,
            model=model,
            outcome="answered",
            ms=round((perf_counter() - began) * 1000, 2),
            cpu_ms=round((process_time() - cpu) * 1000, 2),
        )
    )


def by_engine(calls: Sequence[MindCall]) -> list[dict[str, Any]]:
    """What questions cost by step, job and model, for tables: of people, and in Dagster."""
    parts: dict[tuple[str, str, str, str], list[MindCall]] = {}
    for call in calls:
        parts.setdefault((call.step, call.job, call.engine, call.model), []).append(call)
    return [
        {
            "step": step, "job": job, "engine": engine, "model": model, "calls": len(made),
            "tokens read": sum(c.tokens_read for c in made), "tokens written": sum(c.tokens_written for c in made),
            "ms": round(sum(c.ms for c in made), 1), "cached": sum(c.outcome == "cached" for c in made),
            "failed": sum(c.outcome in ("failed", "refused") for c in made),
        }
        for (step, job, engine, model), made in parts.items()
    ]  # fmt: skip
