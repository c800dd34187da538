"""Words, numbers and quoted texts of a request, and the stems by which words are compared."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_TOKEN = re.compile(
    r"""(?P<quoted>"[^"]{1,200}"|“[^”]{1,200}”|(?<!\w)'[^']{1,200}'(?!\w))
      | (?P<code>(?<![\w-])[^\W\d_]+-\d\w*)
      | (?P<number>(?<![\w.])[-$€£]{0,2}\d[\d,]*(?:\.\d+)?(?:k|m|bn|\s?(?:thousand|million|billion))?(?!\w)\s?%?)
      | (?P<word>[^\W_]+(?:['\u2019.&][^\W_]+)*)
      | (?P<sign>>=|<=|!=|<>|[<>=,;:/?!&\#-])""",
    re.VERBOSE | re.IGNORECASE,
)
_SPELLED = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
            "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "fifty": 50, "hundred": 100}  # fmt: skip
_TIMES = {"k": 10**3, "thousand": 10**3, "m": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9}
_IRREGULAR = {"people": "person", "children": "child", "women": "woman", "men": "man", "mice": "mouse", "feet": "foot",
              "sold": "sell", "spent": "spend", "bought": "buy", "paid": "pay", "went": "go", "made": "make",
              "won": "win", "lost": "lose", "given": "give", "gave": "give", "taken": "take", "took": "take",
              "written": "write", "ran": "run", "left": "leave", "sent": "send", "grown": "grow", "grew": "grow",
              "flown": "fly", "flew": "fly", "driven": "drive", "drove": "drive", "built": "build", "held": "hold",
              "began": "begin", "begun": "begin", "taught": "teach", "caught": "catch", "heavier": "heavy",
              "data": "data", "series": "series", "species": "species", "status": "status", "bus": "bus",
              "gas": "gas", "process": "process", "news": "news", "always": "always", "less": "less",
              "kilometres": "kilometer", "kilometre": "kilometer", "metres": "meter", "metre": "meter",
              "litres": "liter", "litre": "liter", "centres": "center", "centre": "center", "theatre": "theater",
              "programme": "program", "colour": "color", "labour": "labor", "neighbourhood": "neighborhood",
              "far": "distance", "rated": "rating", "percentage": "percent", "organisation": "organization",
              "enrolment": "enrollment",
              "licence": "license", "tyre": "tire", "programming": "programming", "grey": "gray",
              "cancelled": "cancel", "canceled": "cancel", "analyses": "analysis",
              "during": "during", "evening": "evening", "morning": "morning", "thing": "thing", "rating": "rating",
              "building": "building", "speed": "speed", "need": "need", "feed": "feed", "seed": "seed", "red": "red",
              "bed": "bed", "king": "king", "ring": "ring", "spring": "spring", "string": "string", "wing": "wing",
              "hundred": "hundred", "shed": "shed", "breed": "breed"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a request."""

    text: str
    kind: Literal["word", "number", "quoted", "sign"]
    start: int
    stem: str = ""
    number: float | int | None = None

    @property
    def lower(self) -> str:
        """Its text in lower case."""
        return self.text.lower()


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without its inflection.

    >>> [stem(w) for w in ("Cities", "shipped", "closing", "classes", "admitted", "prices", "customer's", "bus")]
    ['city', 'ship', 'clos', 'class', 'admit', 'pric', 'customer', 'bus']
    """
    low = re.sub(r"['\u2019]s?$", "", word.lower())
    if low in _IRREGULAR:
        return _bare(_IRREGULAR[low])
    if low.endswith("ies") and len(low) > 4:
        low = low[:-3] + "y"
    elif re.search(r"(ss|sh|ch|x|zz)es$", low):
        low = low[:-2]
    elif low.endswith("s") and len(low) > 3 and not low.endswith(("ss", "us", "is")):
        low = low[:-1]
    if low in _IRREGULAR:
        return _bare(_IRREGULAR[low])
    for ending in ("ing", "ed"):
        if low.endswith(ending) and len(low) - len(ending) >= 3 and re.search("[aeiouy]", low[: -len(ending)]):
            low = low[: -len(ending)]
            if low[-1] == low[-2] and low[-1] not in "lsz":
                low = low[:-1]
            if low.endswith("i"):
                low = low[:-1] + "y"
            break
    return _bare(_IRREGULAR.get(low, low))


def _bare(low: str) -> str:
    return low[:-1] if low.endswith("e") and len(low) > 3 else low


def stems(words: Iterable[str]) -> tuple[str, ...]:
    """Stems of words."""
    return tuple(stem(w) for w in words)


@lru_cache(maxsize=20_000)
def root(stemmed: str) -> str:
    """A stem without its derivation, for `admission` and `admitted`: a weaker likeness than equal stems.

    >>> root(stem("departures")) == root(stem("departed")), root(stem("arrival")) == root(stem("arrived"))
    (True, True)
    """
    for ending, instead in (("ission", "it"), ("iption", "ib"), ("ication", "y"), ("ization", "iz"), ("ation", ""),
                            ("ution", "ut"), ("ction", "ct"), ("ition", ""), ("ment", ""), ("ance", ""), ("anc", ""),
                            ("enc", ""), ("ur", ""), ("al", ""), ("ion", ""), ("ator", ""), ("er", ""), ("or", ""),
                            ("ly", ""), ("ity", ""), ("abl", ""), ("at", "")):  # fmt: skip
        if stemmed.endswith(ending) and len(stemmed) - len(ending) + len(instead) >= 4:
            made = stemmed[: -len(ending)] + instead
            return made[:-1] if len(made) > 5 and made[-1] == made[-2] == "l" else made
    if stemmed.endswith("y") and len(stemmed) > 4:
        bare = stemmed[:-1]
        return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] else bare
    return stemmed


def tokenise(text: str) -> list[Token]:
    """The pieces of a request in order.

    >>> [(t.text, t.number) for t in tokenise("over $1,500 or 2.5k in 'New York'")][1:2]
    [('$1,500', 1500)]
    """
    text = re.sub(r"(?i)\bkm/h\b", "kmph", re.sub(r"(?i)\bhead count\b", "headcount ", text))
    return [_token(found) for found in _TOKEN.finditer(text) if not _hyphen(text, found)]


def _hyphen(text: str, found: re.Match[str]) -> bool:
    """Whether a sign only joins two words, as in `click-through`."""
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    return found[0] == "-" and before.isalpha() and after.isalpha()


def _token(found: re.Match[str]) -> Token:
    text, start = found[0], found.start()
    if found["quoted"]:
        return Token(text[1:-1], "quoted", start)
    if found["number"]:
        return Token(text.strip(), "number", start, number=_number(text))
    if found["word"] or found["code"]:
        low = text.lower()
        plain = low[:-1] if re.fullmatch(r"[A-Z]{2,}s|[a-zA-Z]\d+s", text) else low  # `POs` are more than one PO
        return Token(text, "word", start, stem=stem(plain), number=_SPELLED.get(low))
    return Token(text, "sign", start)


def _number(text: str) -> float | int:
    plain = re.sub(r"[\s,$€£%]", "", text.lower())
    digits = re.match(r"-?[\d.]+", plain)
    assert digits
    value = float(digits[0]) * _TIMES.get(plain[digits.end() :], 1)
    return int(value) if value.is_integer() else round(value, 6)
