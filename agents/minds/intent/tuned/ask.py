"""A request read by the tuned model, which corrects what the rules read; days stay those of the rules."""

import os
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from agents.mind_settings import MindSettings, from_environment
from agents.minds.engines.ask import Minds, Step
from agents.minds.engines.engine import Unavailable
from agents.minds.engines.schema import name_of
from agents.minds.intent.answer import Intent
from agents.minds.intent.rules import reading
from agents.minds.intent.schema import Schema
from agents.minds.intent.tuned.notation import Names, assembled, catalogue, undated
from agents.minds.intent.tuned.prompt import prompt

WEIGHTS = Path(os.environ.get("ADP_INTENT", Path(__file__).parents[2] / "weights"))
"""The adapter and its card; another folder is measured by ADP_INTENT."""
CARD = "intent.json"


class Said(BaseModel):
    """The model's whole answer: nothing but texts of the catalogue."""

    says: list[str] = name_of("part")


def tuned(text: str, schema: Schema, today: date, adapter: Path | None, step: Step | None = None) -> Intent:
    """What a request means by the model with an adapter, without a confidence; None asks the untuned model.

    Raises Unavailable where no model can be asked.
    """
    if adapter and not adapter.is_file():
        raise Unavailable(f"{adapter}, which {CARD} beside it names, is missing: install adp again")
    request, _, read = reading(text, schema, today)
    names, draft = Names(schema), undated(read, request)
    known = catalogue(request, schema, draft, names)
    asked = prompt(request, schema, draft, names)
    reply = (step or llama().step("intent")).fill(Said, asked, {"part": list(known)}, adapter=adapter)
    if reply.value is None:
        raise Unavailable("; ".join(reply.said))
    said = list(dict.fromkeys(reply.value.says))
    return assembled([known[one] for one in said], request, draft, schema)


@cache
def llama() -> Minds:
    """The model that the adapter belongs to, opened once for a process."""
    settings = from_environment(MindSettings())
    return Minds(settings.model_copy(update={"order": ("llama",), "model": None, "adapter": None}), Path.cwd())
