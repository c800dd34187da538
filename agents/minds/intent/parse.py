"""A request in plain words, against a schema never seen before."""

from datetime import UTC, date, datetime

from agents.errors import UsageError
from agents.minds.intent.answer import Intent
from agents.minds.intent.checked import checked
from agents.minds.intent.rules import read
from agents.minds.intent.schema import Schema
from agents.minds.intent.tuned.trust import adapter_in, best, corrected

ENGINES = ("auto", "rules", "llama")
_LONGEST = 2_000


def parse(request: str, schema: Schema, *, engine: str = "auto", today: date | None = None) -> Intent:
    """What a request asks for; what the schema cannot answer is in `unknown` and nowhere else.

    `auto` is rules, and for what they are unsure of the tuned model, where that was measured to help; `llama` is the
    tuned model alone. Days of a time range are both included; `today` (default: this day in UTC) is what "last month"
    counts from. Raises UsageError for an empty request or one above 2,000 characters, Unavailable where the model that
    is named cannot be asked.
    """
    if engine not in ENGINES:
        raise UsageError(f"--engine {engine}: allowed are {', '.join(ENGINES)}.")
    said = " ".join(request.split())
    if not said or len(said) > _LONGEST:
        raise UsageError(f"The request has {len(said)} characters; allowed are 1 to {_LONGEST}.")
    day = today or datetime.now(UTC).date()
    if engine == "auto":
        return checked(best(said, schema, day, adapter_in()), schema, said)
    ruled = read(said, schema, day)
    return checked(corrected(said, schema, day, ruled, adapter_in()) if engine == "llama" else ruled, schema, said)
