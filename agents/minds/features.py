"""An error's text as the words and pieces of words that a classifier counts."""

import re
import unicodedata
from collections import Counter
from itertools import pairwise

LONGEST = 4000
"""Characters that are read: the beginning and the end of what is longer."""

_FRAME = re.compile(r"^[ \t]+File \"[^\n]*\", line \d+.*\n(?:[ \t]+.*\n)*", re.MULTILINE)
_WRAPPED = re.compile(
    r"^(?:\d\d:\d\d:\d\d +)?\d+ of \d+ (?:START|OK|PASS|SKIP|RUN)\b.*$"
    r"|^.*\b(?:Finished running|Done\. PASS=|Completed with \d+ error|compiled [Cc]ode at).*$"
    r"|^\d\d:\d\d:\d\d(?:[.,]\d+)? +(?=\S)"
    r"|\bPending packages are left in the pipeline[\s\S]*|\(Background on this error at: [^)]*\)"
    r"|^\s+at [\w.$/]+\([^)]*\)$|^ *> (?:in|called by) (?:macro|model|test) .*$|^ *For further information visit \S+$",
    re.MULTILINE,
)
"""What dbt's log, dlt, SQLAlchemy and Java say around every error, whatever it is."""
_PROSE = re.compile(
    r"(?<=\w) '(?=(?:[^']*?\s){4})(?:[^']|''){0,3000}'|(?<=\w) \"(?=(?:[^\"]*?\s){4})[^\"]{0,3000}\"|^LINE \d+:.*$",
    re.MULTILINE,
)
"""A quoted value of five words or more in the middle of a sentence, and the user's SQL: data, whatever they say."""
_MASKS = (
    (re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>)\]]+", re.IGNORECASE), " url "),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+", re.IGNORECASE), " email "),
    (
        re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{20,}\b|\b0x[0-9a-f]+\b|\b(?=[a-z]*\d)[0-9a-f]{7,}\b", re.IGNORECASE),
        " hex ",
    ),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", re.IGNORECASE), " ip "),
    (re.compile(r"(?<![\w.])(?:[a-z]:)?[\\/]?(?:[\w.@~-]+[\\/])+[\w@~-]*(\.\w+)*"), r" path\1 "),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?z?)?", re.IGNORECASE), " date "),
    (re.compile(r"\d*\.\d+|\b\d+(?!\d)(?<![1-5]\d\d)|\d{4,}", re.IGNORECASE), " 0 "),
)
"""What varies from error to error and says nothing; numbers of three digits stay, because some are HTTP statuses."""


def without_frames(text: str) -> str:
    """The text without the frames of a traceback and what programs put around every error.

    >>> without_frames('Traceback\\n  File "a.py", line 1, in f\\n    raise E\\nE: no')
    'Traceback\\nE: no'
    """
    return _WRAPPED.sub("", _FRAME.sub("", text))


def normal(text: str) -> str:
    """The text in lower case, with addresses, paths, numbers and frames of tracebacks taken out.

    >>> normal('HTTP Error 404 at https://x.org/a: 17 rows')
    'http error 404 at url 0 rows'
    """
    flat = unicodedata.normalize("NFKC", text)
    if len(flat) > LONGEST:
        flat = f"{flat[: LONGEST // 2]}\n{flat[-LONGEST // 2 :]}"
    flat = _PROSE.sub(" value ", without_frames(flat))
    for pattern, mask in _MASKS:
        flat = pattern.sub(mask, flat)
    flat = re.sub(r"([a-z])([A-Z])", r"\1 \2", flat).replace("_", " ").lower()
    return " ".join(re.findall(r"\w+", flat))


def grams(text: str) -> Counter[str]:
    """Words, pairs of words, and pieces of four letters of each word, counted.

    >>> sorted(grams("not found"))[:3]
    ['#foun', '#not', '#ound']
    """
    words = normal(text).split()
    found = Counter(words)
    found.update(f"{a} {b}" for a, b in pairwise(words))
    for word in words:
        if len(word) > 2 and not word.isdigit():
            found.update(f"#{word[at : at + 4]}" for at in range(max(1, len(word) - 3)))
    return found
