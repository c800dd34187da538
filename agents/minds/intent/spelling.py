"""Slips of the keyboard: a word that nothing knows is read as the one known word that it surely is."""

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from agents.minds.intent.glossary import ABSENT, AGGREGATIONS, FILLER, SUPERLATIVES, WORDS
from agents.minds.intent.linking import Index
from agents.minds.intent.tokens import stem
from agents.names import words

_SHORTEST, _LONG = 5, 7
_WORD = re.compile(r"(?<![\w'\"“-])[^\W\d_]{5,}(?![\w'\"”-])")
_SAID = (
    "january february march april august september october november december monday tuesday wednesday thursday friday"
    " saturday sunday yesterday today hourly daily weekly monthly quarterly yearly annual month months quarter quarters"
    " weeks years previous current between since during number count distinct unique different excluding except without"
    " including grouped sorted descending ascending least above below under exactly where greater higher lower fewer"
)
_SAID_TOO = (w for w in (*AGGREGATIONS, *SUPERLATIVES) if len(w) >= _SHORTEST and w.isalpha())
_ASKING = frozenset([*_SAID.split(), *_SAID_TOO])
"""Words that requests are asked with, whatever they are about."""
_KNOWN = frozenset(stem(w) for w in (*_ASKING, *WORDS, *ABSENT)) | FILLER


def corrected(text: str, index: Index) -> str:
    """The text with its slips mended; quoted words, short words and words of the language as far as known stay.

    A slip is two letters swapped or, in longer words, one letter more or less (in words to ask with also one other
    letter); never the first letter, and never an ending, which is more often another word than a slip.
    """
    names = _names(index)
    return _WORD.sub(lambda found: _mended(found[0], names, index), text)


@lru_cache(maxsize=16)
def _names(index: Index) -> frozenset[str]:
    """The words of a schema's names and values."""
    told = [t.name for t in index.schema.tables] + [c.name for t in index.schema.tables for c in t.columns]
    values = [str(v) for t in index.schema.tables for c in t.columns for v in c.values[:200] if isinstance(v, str)]
    found = {w.lower() for name in told for w in words(name)} | {w.lower() for v in values for w in v.split()}
    return frozenset(w for w in found if len(w) >= _SHORTEST and w.isalpha())


def _mended(word: str, names: frozenset[str], index: Index) -> str:
    low, stemmed = word.lower(), stem(word)
    if stemmed in _KNOWN or stemmed in index.words:
        return word
    near: dict[str, str] = {}
    for known in (_ASKING, names):
        for plain in known:
            for other in (plain, plain + "s"):
                if other[0] == low[0] and _slip(low, other, known is _ASKING):
                    near[stem(other)] = other
    return next(iter(near.values())) if len(near) == 1 else word


def _slip(low: str, other: str, asking: bool) -> bool:
    if abs(len(low) - len(other)) > 1 or OSA.distance(low, other, score_cutoff=1) > 1:
        return False
    swapped = len(low) == len(other) and sorted(low) == sorted(other)
    other_letter = len(low) == len(other)
    return swapped or (len(other) >= _LONG and low[-2:] == other[-2:] and (asking or not other_letter))
