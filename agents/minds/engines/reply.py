"""What comes back from a question to models, and what it cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from agents.contracts import Record
from agents.mind_settings import EngineName
from agents.minds.engines.engine import Job

T = TypeVar("T")


class MindCall(Record):
    """One question to one engine, as the ledger keeps it; the question itself is not kept."""

    called_at: datetime
    step: str
    job: Job | Literal["classify", "match"]
    engine: EngineName | Literal["classifier", "matcher"]
    """A language model, or the trained weights of a job."""
    model: str
    outcome: str
    """`answered`, `cached`, `refused` (an answer that was not let in) or `failed`."""
    detail: str = ""
    attempts: int = 1
    tokens_read: int = 0
    tokens_written: int = 0
    ms: float = 0
    cpu_ms: float = 0
    """Of this process; a server's own is not known here."""


def spent(calls: Sequence[MindCall]) -> dict[str, int | float]:
    """What questions cost together, for people: metadata of an op, a line of a command."""
    return {
        "questions": len(calls),
        "tokens_read": sum(call.tokens_read for call in calls),
        "tokens_written": sum(call.tokens_written for call in calls),
        "ms": round(sum(call.ms for call in calls), 1),
        "cpu_ms": round(sum(call.cpu_ms for call in calls), 1),
    }


@dataclass(frozen=True)
class Reply(Generic[T]):
    """An answer that was let in; or none, and then why from each engine of the order."""

    value: T | None
    engine: EngineName | None
    said: tuple[str, ...] = ()
    """What each engine that was passed over said."""
