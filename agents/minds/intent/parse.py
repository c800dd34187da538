"""A request in plain words, against a schema never seen before."""

from datetime import UTC, date, datetime

from agents.errors import UsageError
from agents.minds.intent.answer import Intent
from agents.minds.intent.checked import checked
from agents.minds.intent.rules import read
from agents.minds.intent.schema import Schema

ENGINES = ("auto", "rules")
_LONGEST = 2_000


def parse(request: str, schema: Schema, *, engine: str = "auto", today: date | None = None) -> Intent:
    """What a request asks for; what the schema cannot answer is in `unknown` and nowhere else.

    Days of a time range are both included; `today` (default: this day in UTC) is what "last month" counts from.
    Raises UsageError for an empty request or one above 2,000 characters.
    """
    if engine not in ENGINES:
        raise UsageError(f"--engine {engine}: allowed are {', '.join(ENGINES)}.")
    said = " ".join(request.split())
    if not said or len(said) > _LONGEST:
        raise UsageError(f"The request has {len(said)} characters; allowed are 1 to {_LONGEST}.")
    return checked(read(said, schema, today or datetime.now(UTC).date()), schema, said)
