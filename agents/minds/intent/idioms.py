"""Turns of phrase in the plain words that the rules know, before a request is cut into parts."""

import re
from collections.abc import Callable

from agents.minds.intent.glossary import UNITS
from agents.minds.intent.linking import Index
from agents.minds.intent.tokens import stem

_FEW = r"(?:[\w-]+ ){0,2}[\w-]+"
_ASKED = r"\bhow long (?:do|does|did|are|were|is|was) (?:(?:the|a|an|our|their) )?"
_SAID: tuple[tuple[re.Pattern[str], str], ...] = tuple((re.compile(said, re.IGNORECASE), meant) for said, meant in (
    (r"\bwhat (?:do|did|are) we (?:make|made|earn|making|earning)\b", "how much money do we earn"),
    (r"\b(took|takes?) home\b", r"\1"),
    (r"\bright now\b", "now"),
    (r"\b(?:on|in|within) (?:a|one|any|the same) (?:single )?day\b", ""),
    (r"\bsell-through\b|\bsell through (?=rate)", "sellthrough"),
    (r"\bhow often\b", "how many times"),
    (r"\bmost expensive\b(?! than)", "priciest"),
    (r"\bleast expensive\b(?! than)", "cheapest"),
    (r"^why [^?]*\?\s+(?=\w)", ""),  # `why do people leave? cancellations by reason`
    (_ASKED + r"(?:\w+ )?\w{3,} (wait|stay)(?: on average)?\b", r"average \1 duration"),
    (_ASKED + r"((?:\w+ )?\w{3,}) (?:take|last|run|taking)\b(?: on average)?", r"average \1 duration"),
    (r"\b(?:leaving|setting|putting)\s+((?:\w+\s+){1,3}?)aside\b", r"excluding \1"),
    (rf"(?:,| -) ({_FEW}(?:(?:,| and| or) {_FEW})*?) (?:are |is )?(?:excluded|not included|left out)\b",
     r", excluding \1"),
    (r"\b(highest|lowest|best|worst)[- ]rated\b(?! by)", r"\1 rating"),
    (r"\b(best|top|worst|least)[- ](?:selling|performing|earning|grossing)\b", r"\1"),
    (r"\b(?:had|have|has|having|with) (?:at least one|one or more|at least 1)\b", "with"),
    (r"\bwith (?:and|or|vs\.?|versus) without\b", "by"),
    (r"\brank (?:the |our |all )?((?:\w+ ){1,2})by\b", r"\1ranked by"),
    (r"\bmin(?=(?:imum)?, ?(?:max|avg|average|mean|median))", "minimum"),
    (r"\b(\d) ?- ?stars?\b", r"\1 stars"),
    (r"\bno[- _]shows?\b", "noshow"),
    (r"\b(part|full)[- ]timers?\b", r"\1 time"),
    (r"\bsign[- ]?ups?\b", "signups"),
    (r"\bthru\b", "through"),
    (r"(?<!\w)w/o(?!\w)", "without"),
    (r"(?<!\w)w/ ?(?=\w)", "with "),
    (r"(?<!\w)# ?(?:of )?(?=[a-z])", "number of "),
))  # fmt: skip
"""What is said, and the words for it that the rules know, whatever the schema."""
_GLUED = re.compile(r"(?<![\w.$€£-])(\d[\d,]*(?:\.\d+)?)([a-z]{1,5})\b", re.IGNORECASE)
_HEADS = re.compile(r"\b([a-z]{3,})\s+headcount\b(?!\s+of)|\bheadcount of\s+(?:the\s+)?", re.IGNORECASE)
_SHARED = re.compile(r"\b(\w{3,} )?(\w{3,})( and | or |, | vs )(\w{3,})( \w{3,})?\b", re.IGNORECASE)
_PAIR = re.compile(r"\b([a-z]{3,}) ([a-z]{3,})\b", re.IGNORECASE)
_KIND = re.compile(r"\b(?:kinds?|types?|sorts?|categor(?:y|ies)|class(?:es)?) of (\w{3,})", re.IGNORECASE)
_KINDS = ("type", "kind", "category", "class", "group")


def plain(text: str, index: Index) -> str:
    """A request without turns of phrase; what is a value or a name of the schema stays as it is.

    `over 24h` becomes `over 24 h`, `leaving admin aside` `excluding admin`, `kind of vehicle` `vehicle type`.
    """
    for said, meant in _SAID:
        text = said.sub(meant, text)
    text = _PAIR.sub(lambda found: found[1] + found[2] if _one_word(found, index) else found[0], text)
    text = _GLUED.sub(lambda found: _parted(found, index), text)
    for value in index.odd_values:
        text = re.sub(rf"(?i)(?<![\w\"'-]){re.escape(value)}(?![\w\"'-])", f'"{value}"', text)
    if stem("headcount") not in index.words:
        text = _HEADS.sub(lambda found: f"number of {found[1] or ''}", text)
        text = re.sub(r"(?i)\bheadcount\b", "count", text)
    if "first" in index.words:
        text = re.sub(r"(?i)\bfirst[- ]time\b", "first", text)
    return _KIND.sub(_kind(index), _SHARED.sub(_shared(index), text))


def _one_word(found: re.Match[str], index: Index) -> bool:
    """`page views` where the schema writes `pageviews`."""
    return stem(found[1] + found[2]) in index.vocabulary and len(found[1] + found[2]) > 6


def _parted(found: re.Match[str], index: Index) -> str:
    unit = found[2].lower()
    return f"{found[1]} {found[2]}" if unit in UNITS and stem(found[0]) not in index.words else found[0]


def _shared(index: Index) -> Callable[[re.Match[str]], str]:
    """`offered and expected salary` as `offered salary and expected salary`, where both are columns."""
    names = [set(c.stems) for t in index.schema.tables for c in t.columns]

    def said(found: re.Match[str]) -> str:
        first, one, joint, two, last = found[1] or "", found[2], found[3], found[4], found[5] or ""
        for shared, before in ((last.strip(), False), (first.strip(), True)):
            both = [{stem(one), stem(shared)}, {stem(two), stem(shared)}]
            if shared and stem(one) != stem(two) and all(any(b <= n for n in names) for b in both):
                pair = (f"{shared} {one}{joint}{shared} {two}", f"{one} {shared}{joint}{two} {shared}")[not before]
                return f"{pair}{last}" if before else f"{first}{pair}"
        return found[0]

    return said


def _kind(index: Index) -> Callable[[re.Match[str]], str]:
    """`kind of vehicle` as the column has it, where one is named `vehicle_type` or alike."""

    def said(found: re.Match[str]) -> str:
        for table in index.schema.tables:
            for column in table.columns:
                named = next((kind for kind in _KINDS if stem(kind) in column.stems), None)
                if named and stem(found[1]) in column.stems and column.kind != "number":
                    return f"{found[1]} {named}"
        return found[0]

    return said
