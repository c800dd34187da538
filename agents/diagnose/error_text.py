"""What the words of DuckDB, dbt and the operating system say about a cause."""

import re

from agents.contracts import NOT_PLAUSIBLE, OPERATIONAL, Cause
from agents.errors import UsageError
from agents.minds.asked import current
from agents.minds.error_rules import CUT_OFF, PATTERNS, STATUSES, ran, ruled

LEARNED = frozenset({cause for cause, _ in PATTERNS} | set(STATUSES.values())) - set(OPERATIONAL)
"""Causes for which the classifier's word may stand. That nothing is to be repaired is said by rules alone, and what
data show is not read from words."""


def cause_of(message: str) -> Cause:
    """The cause that an error's text names; where no rule does, what the classifier is all but sure of.

    >>> cause_of('Binder Error: Referenced column "amt" not found in FROM clause!').value
    'unknown_column'
    >>> cause_of("something else").value
    'other'
    """
    if NOT_PLAUSIBLE in message:
        return Cause.other
    cause, _ = ruled(message)
    asked = current()
    if cause is not Cause.other or ran(message) or (asked and asked.by_rules):
        return cause
    from agents.minds.classifier import classifier  # numpy and the weights, which most runs never need

    try:
        learned = classifier()
    except UsageError:  # no weights, or not those that were shipped: rules alone
        return Cause.other
    shares, _ = learned(message)
    name, share = next(iter(shares.items()))
    return Cause(name) if share >= learned.decides_at and Cause(name) in LEARNED else Cause.other


def operational(message: str) -> bool:
    """Whether rules see in an error's text what no change of code may answer."""
    return cut_off(message) or ruled(message)[0] in OPERATIONAL


def cut_off(message: str) -> bool:
    """Whether the text says that the run's process was ended from outside: it says nothing of code or data.

    >>> cut_off("dagster._core.errors.DagsterExecutionInterruptedError")
    True
    """
    return re.search(CUT_OFF, message) is not None


def line_of(message: str) -> int | None:
    """The line of the file a dbt error points at, or that of the compiled text in DuckDB's.

    >>> line_of("Parser Error: near LINE 12: select")
    12
    """
    found = re.search(r"\bline (\d+)", message, re.IGNORECASE)
    return int(found.group(1)) if found else None
