"""The limits of one question, looked at while it is being answered."""

from time import monotonic

from agents.minds.engines.engine import Limits, OverBudget


class Clock:
    """Runs from when it is made."""

    def __init__(self, limits: Limits) -> None:
        self._end, self._limits = monotonic() + limits.seconds, limits

    def look(self, tokens: int = 0) -> None:
        """Raises OverBudget when time or tokens are spent."""
        if monotonic() > self._end:
            raise OverBudget(f"no answer within {self._limits.seconds:.1f} s")
        if tokens > self._limits.tokens:
            raise OverBudget(f"more than {self._limits.tokens} tokens are needed")
