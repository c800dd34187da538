"""What one step may still spend on questions to models, and what it has spent."""

from time import monotonic

from agents.minds.engines.engine import Limits, OverBudget


class Budget:
    """Seconds from the first question on, and tokens, for all questions of one step."""

    def __init__(self, seconds: float, tokens: int) -> None:
        self.seconds, self.tokens = seconds, tokens
        self.spent_tokens = 0
        self._began: float | None = None

    def left(self) -> Limits:
        """What the next question may cost. Raises OverBudget where nothing is left."""
        now = monotonic()
        self._began = now if self._began is None else self._began
        seconds, tokens = self.seconds - (now - self._began), self.tokens - self.spent_tokens
        if seconds <= 0:
            raise OverBudget(f"the step's {self.seconds:g} s are spent; see `minds.seconds` in adp.yml")
        if tokens <= 0:
            raise OverBudget(f"the step's {self.tokens} tokens are spent; see `minds.tokens` in adp.yml")
        return Limits(seconds, tokens)

    def spend(self, tokens: int) -> None:
        """Count what was read and written."""
        self.spent_tokens += tokens
