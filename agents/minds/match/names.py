"""A name taken apart: its words in any convention, glued ones cut, and the phrases among them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from agents.minds.match.vocabulary import SMALL, Meanings, Phrase, Vocabulary, ascii_of, stem, units

LONGEST_PHRASE = 5
_LAYERS = (
    "raw src source stg staging dim fct fact tbl table col column fld field int tmp temp new v1 v2 v3 "
    "final data info the"
)
LAYERS = frozenset(_LAYERS.split())
"""Words that say where a thing lies rather than what it is."""
_ROLES = "id key no nr number num code date day time ts timestamp name type status flag count total value val"
ROLES = frozenset(_ROLES.split())
GLUE = frozenset({"id", "no", "nr", "dt", "ts", "cd", "nm"})
"""The only pieces of two letters that a glued name is cut off from."""


@dataclass(frozen=True)
class Term:
    """Some neighbouring words of a name, and what they may mean together."""

    first: int
    last: int
    """Exclusive."""
    words: Phrase
    meanings: Meanings


@dataclass(frozen=True)
class Name:
    """A name and its words."""

    text: str
    words: Phrase
    knows: Vocabulary

    @classmethod
    def of(cls, text: str, knows: Vocabulary) -> "Name":
        """Take a name apart; of a dotted one, the last part counts."""
        pieces = [w for piece in split(text.rsplit(".", 1)[-1]) for w in unglued(piece, knows)]
        return cls(text, tuple(pieces) or (text.lower(),), knows)

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """How much each word says."""
        return tuple(map(_weight, self.words))

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Single words, and phrases that the vocabulary knows."""
        return tuple(self._terms())

    def _terms(self) -> Iterator[Term]:
        for first in range(len(self.words)):
            for last in range(first + 1, min(len(self.words), first + LONGEST_PHRASE) + 1):
                phrase = self.words[first:last]
                known = self.knows.meanings(phrase)
                words, glossary = dict(known.words), dict(known.glossary)
                if last - first > 1:
                    short = tuple(w for w in phrase if w not in SMALL)
                    if 1 < len(short) < len(phrase):
                        words |= self.knows.meanings(short).words
                        glossary |= self.knows.meanings(short).glossary
                    words["_".join(map(stem, phrase))] = glossary["_".join(map(stem, phrase))] = 1.0
                yield Term(first, last, phrase, Meanings(words, glossary))

    @cached_property
    def plain(self) -> tuple[tuple[str, ...], ...]:
        """Of each word, the English words that it may stand for."""
        return tuple(self.knows.plain(w) for w in self.words)

    @cached_property
    def spelled(self) -> str:
        """The name as a person would say it, abbreviations spelled out: what an embedding is made of."""
        return " ".join(
            " ".join(self.knows.abbreviations[w][0]) if w in self.knows.abbreviations else w for w in self.words
        )


def split(text: str) -> list[str]:
    """Words by case, digits and anything that is no letter, in lower case.

    >>> split("schedDepTime"), split("HTTPStatus_code2")
    (['sched', 'dep', 'time'], ['http', 'status', 'code', '2'])
    """
    plain = ascii_of(text)
    if re.fullmatch(r"co2|m2|h2o|no2|pm10|pm25|utf8|sha256|md5", plain.lower()):
        return [plain.lower()]
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3 \2\4", plain)
    pieces = [p for p in re.split(r"[^0-9a-zA-Z]+", spaced) if p]
    found: list[str] = []
    for piece in pieces:
        low = piece.lower()
        whole = re.fullmatch(r"(co2|m2|h2o|no2|pm10|pm25|sha256|md5|v\d)", low)
        found += [low] if whole else re.findall(r"[a-z]+|\d+", low)
    return found


def unglued(word: str, knows: Vocabulary) -> tuple[str, ...]:
    """A word that no list knows as the known words that were glued to make it, where there are such.

    >>> from agents.minds.match.vocabulary import vocabulary
    >>> unglued("custid", vocabulary()), unglued("lagernummer", vocabulary()), unglued("zebra", vocabulary())
    (('cust', 'id'), ('lager', 'nummer'), ('zebra',))
    >>> unglued("quastenjahr", vocabulary())
    ('quasten', 'jahr')
    """
    if len(word) < 5 or _known(word, knows):
        return (word,)
    return _of_pieces(word, knows) or _ending(word, knows) or (word,)


def _of_pieces(word: str, knows: Vocabulary) -> tuple[str, ...] | None:
    """The fewest known words that make it."""
    best: tuple[str, ...] | None = None
    for cut in range(len(word) - 2, 2, -1):
        head, tail = word[:cut], word[cut:]
        if not _piece(tail, knows):
            continue
        for joint in ("", "s", "n", "es", "en"):
            left = head.removesuffix(joint) if joint else head
            if joint and (left == head or len(left) < 3):
                continue
            rest = (left,) if _piece(left, knows) else unglued(left, knows) if len(left) >= 6 else ()
            if rest and all(_piece(r, knows) for r in rest):
                found = (*rest, tail)
                if best is None or (len(found), -min(map(len, found))) < (len(best), -min(map(len, best))):
                    best = found
    return best


def _ending(word: str, knows: Vocabulary) -> tuple[str, ...] | None:
    """A compound of another language whose last word alone is known: `erscheinungsjahr` is a year."""
    for cut in range(4, len(word) - 3):
        if word[cut:] in knows.endings:
            return (word[:cut].removesuffix("s"), word[cut:])
    return None


def _known(word: str, knows: Vocabulary) -> bool:
    return word in knows.known or word in knows.abbreviations or word in SMALL or word.removesuffix("s") in knows.known


def _piece(word: str, knows: Vocabulary) -> bool:
    if len(word) < 4:
        return word in GLUE or (len(word) == 3 and (word in knows.abbreviations or word in knows.known))
    return word in knows.known or word in knows.abbreviations or word.removesuffix("s") in knows.known


def _weight(word: str) -> float:
    if word in SMALL:
        return 0.12
    if word in LAYERS:
        return 0.15
    if word.isdigit():
        return 0.3
    if word in ROLES or word in units():
        return 0.6
    return 1.0
