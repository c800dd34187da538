"""The matcher in the place of a model that ranks candidates for a repair; a proof decides, not this."""

from collections.abc import Sequence

from agents.names import similarity

SPELLING = 0.05
"""How much plain likeness of letters counts, so that candidates that nothing speaks for still have an order."""


class Matcher:
    """See `agents.model.LanguageModel`. The vocabulary is read when it is first asked."""

    def rank(self, wanted: str, candidates: Sequence[str]) -> list[tuple[str, float]]:
        """Candidates with a score 0-1 for meaning the same as `wanted`, best first.

        >>> Matcher().rank("ship_city", ["ship_date", "shop_city", "delivery_town"])[0][0]
        'delivery_town'
        """
        from agents.minds.match.match import match  # a heal without a renamed column does without

        shares = {r.name: r.score for r in match(wanted, candidates).ranking}
        scored = ((c, (1 - SPELLING) * shares[c] + SPELLING * similarity(wanted, c)) for c in candidates)
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))
