"""What every language model can be asked, and how it says that it cannot answer.

FinalError
|- Unavailable      not installed or not set up here
|- Unsuited         cannot do this job, or not with this much text
`- Rejected         an answer came, and is not let in
RetryableError
`- Busy             a server that may answer later, and when
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

from agents.errors import FinalError, RetryableError
from agents.minds.engines.prompt import Prompt

Job = Literal["fill", "score", "embed"]
JsonSchema = dict[str, Any]
T = TypeVar("T")


class Unavailable(FinalError):
    """The engine is not installed or not set up here."""


class Unsuited(FinalError):
    """The engine cannot do this job, or not with this much text."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status
        """Of HTTP; 0 without."""


class Rejected(FinalError):
    """An answer came and is not let in: it leaves its schema, or names what does not exist."""


class Busy(RetryableError):
    """A server is silent or asks to wait."""

    def __init__(self, message: str, after: float = 0, status: int = 0) -> None:
        super().__init__(message)
        self.after, self.status = after, status
        """Seconds for which the server asks, and the status of HTTP; 0 without."""


@dataclass(frozen=True)
class Limits:
    """What one question may cost."""

    seconds: float
    tokens: int
    """Read and written together."""


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What an engine says, and the tokens that it read and wrote for it."""

    value: T
    read: int
    written: int = 0


class LanguageModel(Protocol):
    """A provider of answers. Raises the errors above, and OverBudget where the limits do not suffice."""

    name: str
    jobs: frozenset[Job]

    @property
    def identity(self) -> str:
        """What tells its weights from others, for the cache."""
        ...

    def fill(self, prompt: Prompt, schema: JsonSchema, limits: Limits, adapter: Path | None = None) -> Answer[str]:
        """A JSON text that follows the schema."""
        ...

    def score(
        self, prompt: Prompt, candidates: Sequence[str], limits: Limits, adapter: Path | None = None
    ) -> Answer[list[float]]:
        """The logarithm of how probable each candidate is as the answer."""
        ...

    def embed(self, texts: Sequence[str], limits: Limits) -> Answer[list[list[float]]]:
        """A vector of length 1 for each text; the nearer in meaning, the greater their product."""
        ...

    def reach(self) -> None:
        """Nothing where it could be asked now. Raises Unavailable, within seconds, where it could not."""
        ...

    def close(self) -> None:
        """Give back memory."""
        ...


class OverBudget(FinalError):
    """The time or the tokens that a step may spend are spent."""


class Partial:
    """Refuses every job; an engine overrides those that it lists in `jobs`."""

    name = ""
    jobs: frozenset[Job] = frozenset()

    def fill(self, _prompt: Prompt, _schema: JsonSchema, _limits: Limits, _adapter: Path | None = None) -> Answer[str]:
        """See `LanguageModel.fill`."""
        raise Unsuited(f"{self.name} fills no schema")

    def score(
        self, _prompt: Prompt, _candidates: Sequence[str], _limits: Limits, _adapter: Path | None = None
    ) -> Answer[list[float]]:
        """See `LanguageModel.score`."""
        raise Unsuited(f"{self.name} scores no candidates")

    def embed(self, _texts: Sequence[str], _limits: Limits) -> Answer[list[list[float]]]:
        """See `LanguageModel.embed`."""
        raise Unsuited(f"{self.name} embeds no text")

    def reach(self) -> None:
        """See `LanguageModel.reach`."""

    def close(self) -> None:
        """See `LanguageModel.close`."""


class Rules(Partial):
    """Rules alone: stands last in the order and says that there is no model."""

    name = "rules"
    identity = "rules"
