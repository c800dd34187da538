"""Candidates for a repair in an order, by whom the settings say; a proof decides, not this."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from agents.mind_settings import MindSettings
from agents.minds.asked import current
from agents.model import LanguageModel, RulesOnly
from agents.names import similarity

if TYPE_CHECKING:
    from agents.minds.engines.ask import Step
    from agents.minds.engines.reply import Reply
    from agents.minds.match.meaning import AskedEmbed

T = TypeVar("T")

SPELLING = 0.05
"""How much plain likeness of letters counts, so that candidates that nothing speaks for still have an order."""


def ranker(settings: MindSettings, root: Path, state: Path) -> LanguageModel:
    """Who ranks the columns that may stand for a missing one: spelling alone, or the matcher and whom it may ask.

    `root` is where paths in the settings begin, `state` where models' answers are kept.
    """
    if settings.heal == "rules":
        return RulesOnly()
    return Matcher() if settings.heal == "weights" else _Asking(settings, root, state)


class Matcher:
    """See `agents.model.LanguageModel`. The vocabulary is read when it is first asked."""

    def rank(self, wanted: str, candidates: Sequence[str]) -> list[tuple[str, float]]:
        """Candidates with a score 0-1 for meaning the same as `wanted`, best first.

        >>> Matcher().rank("ship_city", ["ship_date", "shop_city", "delivery_town"])[0][0]
        'delivery_town'
        """
        return _ordered(wanted, _shares(wanted, candidates))


class _Asking:
    """The matcher with embeddings, and with a language model where that is wanted; who is not there is left out."""

    def __init__(self, settings: MindSettings, root: Path, state: Path) -> None:
        from agents.minds.engines.ask import Minds  # most heals need no model

        # The matcher's weights for meanings belong to MiniLM; the settings' own order is for models that score.
        only = settings.model_copy(update={"order": ("minilm",)})
        self._meanings = Minds(only, root, state).step("propose")
        self._says = Minds(settings, root, state).step("propose") if settings.heal == "model" else None

    def rank(self, wanted: str, candidates: Sequence[str]) -> list[tuple[str, float]]:
        shares = _shares(wanted, candidates, lambda texts: self._told(self._meanings.embed(texts)))
        if self._says and (said := self._told(_scored(self._says, wanted, candidates))):
            shares = {name: (share + said[name]) / 2 for name, share in shares.items()}
        return _ordered(wanted, shares)

    def _told(self, reply: "Reply[T]") -> T | None:
        asked = current()
        if reply.value is None and asked:
            asked.note(f"Candidates were ordered without {'; '.join(reply.said)}")
        return reply.value


def _scored(step: "Step", wanted: str, candidates: Sequence[str]) -> "Reply[dict[str, float]]":
    from agents.minds.engines.prompt import Prompt

    question = "A column of a table is gone, and new ones came. Which new column holds what the missing one held?"
    known = ("new columns", tuple(candidates))
    return step.score(Prompt(question, (known, ("missing", wanted))), candidates, prior=Prompt(question, (known,)))


def _shares(wanted: str, candidates: Sequence[str], embed: "AskedEmbed | None" = None) -> dict[str, float]:
    from agents.minds.match.match import match  # a heal without a renamed column does without

    return {r.name: r.score for r in match(wanted, candidates, embed=embed).ranking}


def _ordered(wanted: str, shares: Mapping[str, float]) -> list[tuple[str, float]]:
    scored = ((c, (1 - SPELLING) * share + SPELLING * similarity(wanted, c)) for c, share in shares.items())
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))
