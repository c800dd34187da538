"""The one question: which of the candidates is it, with probabilities, reasons, and whether that is decided."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from agents.contracts import Record
from agents.minds.asked import counted
from agents.minds.match.decide import judged, version
from agents.minds.match.evidence import Case, Column, reasons
from agents.minds.match.meaning import AskedEmbed, cosines
from agents.minds.match.names import Name
from agents.minds.match.sample import Sample, Seen
from agents.minds.match.vocabulary import vocabulary

EXPLAINED = 3
"""Candidates for which reasons are given."""


class Ranked(Record):
    """One candidate."""

    name: str
    score: float = Field(ge=0, le=1)
    """Probability that this is the missing one; what all of them lack to 1 is that none is."""
    reasons: tuple[str, ...] = ()
    """Of the first few."""


class Match(Record):
    """What may stand for the missing name, likeliest first."""

    ranking: tuple[Ranked, ...]
    decided: bool
    """Whether the first may be taken for it. A repair still has to be proved."""
    none: float = Field(ge=0, le=1)
    """Probability that none of the candidates is it."""
    why: str = ""
    """Why nothing is decided; empty where it is."""
    evidence: tuple[str, ...] = ()
    """What was looked at: names, types, meanings, data."""


def match(
    missing: str,
    candidates: Mapping[str, str] | Sequence[str],
    kind: str = "",
    missed: Sample | None = None,
    seen: Mapping[str, Seen] | None = None,
    embed: AskedEmbed | None = None,
) -> Match:
    """Rank candidates, given alone or each with its type, for what is missed.

    >>> match("cust_id", ["customer_key", "custom_name"]).ranking[0].name
    'customer_key'
    """
    kinds = candidates if isinstance(candidates, Mapping) else dict.fromkeys(candidates, "")
    knows = vocabulary()
    columns = [Column(Name.of(name, knows), known) for name, known in kinds.items()]
    case = Case(Column(Name.of(missing, knows), kind), columns, missed, seen)
    if embed is not None and columns:
        vectors = embed([case.missing.name.spelled, *(c.name.spelled for c in columns)])
        case = case.with_meanings(cosines(*vectors)) if vectors else case
    with counted("match", "matcher", version()):
        rows, shares, judge = judged(case)
    why = judge.decides(case, shares)
    order = sorted(range(len(columns)), key=lambda i: (-shares[i], columns[i].name.text))
    ranking = tuple(
        Ranked(
            name=columns[i].name.text,
            score=round(shares[i], 4),
            reasons=tuple(reasons(rows[i], case.missing, columns[i])) if place < EXPLAINED else (),
        )
        for place, i in enumerate(order)
    )
    looked = ["names", *(["types"] if kind else []), *(["meanings"] if embed else []), *(["data"] if seen else [])]
    none = round(min(max(1 - sum(shares), 0), 1), 4)
    return Match(ranking=ranking, decided=not why, none=none, why=why, evidence=tuple(looked))
