"""Which words of one name stand for which of another, and how sure that is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from agents.minds.match.names import Name, Term
from agents.minds.match.vocabulary import SMALL, units

MISSPELLED, CUT, SHORTENED, INITIALS = 0.3, 0.85, 0.75, 0.9
"""How sure it is that words are the same that differ by a letter, by their end, by letters left out, as initials."""
LEAST = 0.3
"""What is less sure than this is no link."""


@dataclass(frozen=True)
class Link:
    """Words of one name and of the other that say the same."""

    one: Term
    other: Term
    sure: float
    by: str
    """`word`, `spelling` or `glossary`."""


@dataclass(frozen=True)
class Alignment:
    """How two names cover each other."""

    links: tuple[Link, ...]
    of_one: float
    """Weight of what the first name says that the other says too."""
    of_other: float
    doubt_one: float
    """Weight of what it says likewise, as far as that is not sure."""
    doubt_other: float
    left_one: tuple[int, ...]
    """Places of words without a counterpart."""
    left_other: tuple[int, ...]


def align(one: Name, other: Name, glossary: bool = True) -> Alignment:
    """The best links between two names, surest first; without the glossary by words and spelling alone."""
    links: list[Link] = []
    taken_one: set[int] = set()
    taken_other: set[int] = set()
    found = sorted(_links(one, other, glossary), key=lambda k: -_worth(k, one, other))
    for link in found:
        mine, theirs = set(range(link.one.first, link.one.last)), set(range(link.other.first, link.other.last))
        if not mine & taken_one and not theirs & taken_other:
            links.append(link)
            taken_one |= mine
            taken_other |= theirs
    return Alignment(
        tuple(links),
        sum(_said(one, k.one) * k.sure for k in links),
        sum(_said(other, k.other) * k.sure for k in links),
        sum(_said(one, k.one) * (1 - k.sure) for k in links),
        sum(_said(other, k.other) * (1 - k.sure) for k in links),
        tuple(i for i in range(len(one.words)) if i not in taken_one),
        tuple(i for i in range(len(other.words)) if i not in taken_other),
    )


def _said(name: Name, term: Term) -> float:
    return sum(name.weights[term.first : term.last])


def _worth(link: Link, one: Name, other: Name) -> float:
    """Phrases before their words, sure before unsure, and words before words at another place."""
    apart = abs((len(one.words) - link.one.last) - (len(other.words) - link.other.last))
    return link.sure * (_said(one, link.one) + _said(other, link.other)) - 0.01 * apart


def _links(one: Name, other: Name, glossary: bool) -> Iterator[Link]:
    for mine in one.terms:
        for theirs in other.terms:
            sure, by = _sure(mine, theirs, one, glossary)
            if sure >= LEAST:
                yield Link(mine, theirs, sure, by)


def _sure(mine: Term, theirs: Term, name: Name, glossary: bool) -> tuple[float, str]:
    if mine.words == theirs.words:
        return 1.0, "word"
    if len(mine.words) == len(theirs.words) == 1 and _same_unit(mine.words[0], theirs.words[0]):
        return 0.95, "word"
    if by_word := _shared(mine.meanings.words, theirs.meanings.words):
        return 0.97 * by_word, "word"
    known = _shared(mine.meanings.glossary, theirs.meanings.glossary) if glossary else 0.0
    spelled = _spelled(mine.words, theirs.words, name)
    return (spelled, "spelling") if spelled > known else (known, "glossary")


def _same_unit(one: str, other: str) -> bool:
    return one in units() and units()[one] == units().get(other)


def _shared(mine: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    return max((mine[m] * theirs[m] for m in mine.keys() & theirs.keys()), default=0.0)


def _spelled(mine: tuple[str, ...], theirs: tuple[str, ...], name: Name) -> float:
    if len(mine) == len(theirs) == 1:
        return max(
            _shortened(mine[0], theirs[0], name), _shortened(theirs[0], mine[0], name), _typo(mine[0], theirs[0], name)
        )
    if len(mine) == 1 or len(theirs) == 1:
        short, words = (mine[0], theirs) if len(mine) == 1 else (theirs[0], mine)
        full = [w for w in words if w not in SMALL]
        every = "".join(w[0] for w in words), "".join(w[0] for w in full)
        if len(short) >= 3 and short in every:
            return INITIALS
        if len(short) == 2 and short == every[1] and short not in SMALL and not _known(short, name):
            return 0.6
        if "".join(words) == short:
            return 1.0
    return 0.0


def _known(word: str, name: Name) -> bool:
    return word in name.knows.known or word in name.knows.abbreviations


def _shortened(short: str, word: str, name: Name) -> float:
    """Whether one word abbreviates another in the way people do; words that are known for something else do not."""
    if len(short) < 3 or len(short) > 0.75 * len(word) or short[0] != word[0] or _known(short, name):
        return 0.0
    if word.startswith(short):
        return CUT
    letters = iter(word)
    in_order = all(letter in letters for letter in short)
    vowels = sum(letter in "aeiou" for letter in short[1:])
    return SHORTENED if in_order and vowels <= len(short) / 3 else 0.0


def _typo(one: str, other: str, name: Name) -> float:
    if name.knows.says(one) and name.knows.says(other):  # contact and contract are two words
        return 0.0
    if min(len(one), len(other)) < 6 or one[0] != other[0]:
        return 0.0
    return MISSPELLED if OSA.distance(one, other) == 1 else 0.0
