"""How a producer may call a column tomorrow, drawn from the vocabulary."""

from collections import defaultdict
from functools import cache
from random import Random

from agents.minds.match.vocabulary import SMALL, Phrase, phrase_of, stems, vocabulary

VOWELS = "aeiou"


@cache
def _tables() -> tuple[dict[Phrase, list[Phrase]], dict[Phrase, list[Phrase]], dict[Phrase, list[Phrase]]]:
    """Synonyms, abbreviations and foreign words of a phrase."""
    knows = vocabulary()
    members: dict[int, list[Phrase]] = defaultdict(list)
    for line in knows.lines:
        for number in knows.groups[stems(line[0])]:
            if all(number in knows.groups[stems(p)] for p in line):
                members[number] = list(line)
    synonyms: dict[Phrase, list[Phrase]] = defaultdict(list)
    for found in members.values():
        for one in found:
            synonyms[one] += [p for p in found if p != one]
    shorter: dict[Phrase, list[Phrase]] = defaultdict(list)
    for abbreviation, meant in knows.abbreviations.items():
        for phrase in meant:
            shorter[phrase].append((abbreviation,))
    foreign: dict[Phrase, list[Phrase]] = defaultdict(list)
    for phrase, meant in knows.translations.items():
        for english in meant:
            foreign[english].append(phrase)
    return synonyms, shorter, foreign


def renamed(rng: Random, words: Phrase, entity: str, manner: str) -> Phrase:
    """Other words for the same, by one to three of the ways people have."""
    way = rng.random()
    if way < 0.06:
        return _reordered(rng, words)
    if way < 0.24:
        return foreign(rng, words)
    for _ in range(rng.choice((1, 1, 1, 2))):
        words = rng.choice(WAYS)(rng, words)
    if rng.random() < 0.2:
        words = _specified(rng, words, manner)
    if rng.random() < 0.15:
        words = (entity, *words) if entity not in words else tuple(w for w in words if w != entity) or words
    return words


def _replaced(rng: Random, words: Phrase, table: dict[Phrase, list[Phrase]], share: float) -> Phrase:
    for size in range(len(words), 0, -1):
        for first in range(len(words) - size + 1):
            found = table.get(words[first : first + size], [])
            if found and rng.random() < share:
                return (
                    *_replaced(rng, words[:first], table, share),
                    *rng.choice(found),
                    *_replaced(rng, words[first + size :], table, share),
                )
    return words


def _synonym(rng: Random, words: Phrase) -> Phrase:
    return _replaced(rng, words, _tables()[0], 0.8)


def foreign(rng: Random, words: Phrase) -> Phrase:
    """In another language, as far as it is known there."""
    found = _replaced(rng, words, _tables()[2], 0.95)
    return ("".join(found),) if rng.random() < 0.3 else found[::-1] if rng.random() < 0.4 else found


def _abbreviated(rng: Random, words: Phrase) -> Phrase:
    if len(words) >= 3 and rng.random() < 0.3:
        return ("".join(w[0] for w in words),)
    listed = _replaced(rng, words, _tables()[1], 0.7)
    return tuple(_shorter(rng, w) if rng.random() < 0.35 else w for w in listed)


def _shorter(rng: Random, word: str) -> str:
    if len(word) < 6 or word in SMALL:
        return word
    if rng.random() < 0.5:
        return word[: rng.randint(3, 5)]
    return word[0] + "".join(c for c in word[1:] if c not in VOWELS)[:4]


SPECIFIC = {
    "key": "id key ref", "code": "code number id no", "name": "name full", "words": "name text", "text": "text line",
    "few": "name type code kind", "small": "count total number", "money": "amount total value eur", "measure": "value",
    "share": "rate share pct", "moment": "at time timestamp", "day": "date on day", "flag": "flag is included",
    "mail": "address", "digits": "number no", "city": "name", "letters": "code", "year": "year",
}  # fmt: skip
_AMOUNTS = "net total gross actual base closing sales"
_OTHERS = "main own primary current regular sales business internal home full registered official product customer"
QUALIFIED = {"money": _AMOUNTS.split(), "measure": ["total", "actual", "net", "mean", "measured"]}


def _specified(rng: Random, words: Phrase, manner: str) -> Phrase:
    """Says more exactly what it always was."""
    if rng.random() < 0.5:
        return (rng.choice(QUALIFIED.get(manner, _OTHERS.split())), *words)
    added = rng.choice(SPECIFIC[manner].split())
    if added in words:
        return words
    return (added, *words) if added in ("is", "total", "full") else (*words, added)


def _affixed(rng: Random, words: Phrase) -> Phrase:
    added = rng.choice(("src", "raw", "new", "final", "v2", "col", "the", "value", "info", "current"))
    return (*words, added) if added in ("v2", "value", "info") or rng.random() < 0.3 else (added, *words)


def _participle(rng: Random, words: Phrase) -> Phrase:
    if words[-1] in ("date", "time", "at") and len(words) > 1 and words[-2] not in SMALL:
        verb = words[-2]
        ending = "" if verb.endswith("ed") else "d" if verb.endswith("e") else "ed"
        return (*words[:-2], verb + ending, rng.choice(("at", "on")))
    return (*words[1:], words[0]) if words[0] == "is" and rng.random() < 0.3 else words


def _reordered(rng: Random, words: Phrase) -> Phrase:
    if len(words) == 2 and rng.random() < 0.6:
        return rng.choice(((words[1], "of", words[0]), words[::-1]))
    return (*words[1:], words[0]) if len(words) > 1 and rng.random() < 0.4 else words


def _dropped(rng: Random, words: Phrase) -> Phrase:
    """Without a word that whoever knows the table need not read."""
    place = rng.randrange(max(len(words) - 1, 1))
    return (*words[:place], *words[place + 1 :]) if len(words) > 2 and words[place] not in SMALL else words


def _flagged(rng: Random, words: Phrase) -> Phrase:
    """A flag said in another way."""
    if words[0] in ("is", "has"):
        return rng.choice((words[1:], (*words[1:], rng.choice(("flag", "ind", "yn"))), ("is", *words[1:])))
    return words


def _misspelled(rng: Random, words: Phrase) -> Phrase:
    """With a letter lost or two changed over, where the word is long."""
    place = rng.randrange(len(words))
    word, at = words[place], rng.randrange(1, max(len(words[place]) - 2, 2))
    if len(word) < 6 or rng.random() < 0.5:
        return words
    wrong = word[:at] + word[at + 1 :] if rng.random() < 0.5 else word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return (*words[:place], wrong, *words[place + 1 :])


WAYS = (
    _synonym, _synonym, _synonym, _synonym, _abbreviated, _abbreviated, _abbreviated, _affixed, _participle, _reordered,
    _dropped, _flagged, _misspelled,
)  # fmt: skip
"""The likelier ones stand here more often."""


def written(rng: Random, words: Phrase) -> str:
    """In one of the conventions."""
    flat = [p for w in words if w for p in phrase_of(w)]
    way = rng.random()
    if way < 0.7:
        return "_".join(flat)
    if way < 0.85:
        return flat[0] + "".join(w.capitalize() for w in flat[1:])
    return "".join(flat) if way < 0.9 else "_".join(flat).upper()
