"""Times in plain words -> days and a grain. Both ends of a range are included; None is an open end."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from agents.minds.intent.answer import Grain
from agents.minds.intent.periods import Range, begin, shifted
from agents.minds.intent.points import ANY, MONTH, NUMBER, NUMBERS, UNIT, back, stretch


@dataclass(frozen=True, slots=True)
class When:
    """A stretch of the request's text and what it says: a range or a grain."""

    start: int
    end: int
    days: Range | None = None
    grain: Grain | None = None


def ranges(text: str, today: date) -> list[When]:
    """Every time range of a text, without overlaps.

    "last month" is the whole calendar month before, "past 30 days" are 30 days of which today is the last, "this
    year" is the whole year, "since" has no end, a bare month or quarter is the last one that has begun.

    >>> [str(d) for d in ranges("sales in the past 30 days", date(2025, 11, 20))[0].days]
    ['2025-10-22', '2025-11-20']
    >>> [str(d) for d in ranges("in Q3 2025", date(2025, 11, 20))[0].days]
    ['2025-07-01', '2025-09-30']
    """
    low, taken, found = text.lower(), [False] * (len(text) + 1), []
    for pattern, make in _SPANS:
        for match in pattern.finditer(low):
            if any(taken[match.start() : match.end()]):
                continue
            days = make(match, today) if not _figure(match, low, today) else None
            if days is not None:
                found.append(When(match.start(), match.end(), days))
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
    return sorted(found, key=lambda w: w.start)


_COMPARED = re.compile(
    r"(?:\b(?:over|above|than|least|most|under|below|exceed\w*|exactly|equals?|id|number)|[-<>=$€£#])\s*$"
)
_VERB = re.compile(r"\s*(?:i|we|you|be|have|not)\b")


def _figure(match: re.Match[str], low: str, today: date) -> bool:
    """Whether a bare year is a plain number ("over 2000"), or a bare `may` the verb."""
    said = match[0].strip()
    if re.fullmatch(r"(?:19|20)\d\d", said):
        return not 1980 <= int(said) <= today.year + 5 or bool(_COMPARED.search(low[: match.start()]))
    return said == "may" and bool(_VERB.match(low[match.end() :]))


def grains(text: str) -> Iterator[When]:
    """Every grain of a text: weekly, by month, per day, each quarter, month by month, the monthly trend."""
    for match in _GRAIN.finditer(text.lower()):
        if match[0].startswith(("a ", "an ")) and re.search(r"\d\s*$", text[: match.start()]):
            continue  # `over 1500 a week`
        word = next(g for g in match.groups() if g)
        yield When(match.start(), match.end(), grain=_GRAINS[word.removesuffix("s") if word != "daily" else word])


_VAGUE = re.compile(
    r"\b(?:last|past|recent|next|coming|previous|first|final)\s+(?:few|several|some)\s+(?:hour|day|week|month|quarter|year)s"
    r"|\b(?:next|coming|upcoming|following)\s+(?:hour|day|week|month|quarter|year|weekend)s?\b"
    r"|\b(?:first|last|second|third|final)\s+(?:(?:\d+|two|three|ten)\s+)?(?:day|week|month|weekend)s?\s+(?:of|in)\b"
    r"|\b(?:day|hour|time|week|month)s?\s+of\s+(?:the\s+)?(?:day|week|month|year)\b|\b(?:week)?days?\s+and\s+hours?\b"
    r"|\b(?:weekdays?|weekends?|recently|lately|decades?|centur(?:y|ies)|semesters?|fiscal\s+(?:year|quarter)s?)\b"
    r"|\bon\s+(?:mon|tues|wednes|thurs|fri|satur|sun)days\b|\b(?:spring|summer|autumn|winter)\b(?=\s+(?:of\s+)?(?:19|20)\d\d)"
)


def vague(text: str) -> Iterator[When]:
    """What no range and no grain can say: the last few weeks, next month, by day of the week."""
    for match in _VAGUE.finditer(text.lower()):
        yield When(match.start(), match.end())


_GRAINS: dict[str, Grain] = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year",
    "annual": "year", "annually": "year", "hour": "hour", "day": "day", "week": "week", "month": "month",
    "quarter": "quarter", "year": "year", "annum": "year", "date": "day", "calendar week": "week",
    "calendar month": "month", "calendar year": "year",
}  # fmt: skip
_GRAIN = re.compile(
    r"\b(hourly|daily|weekly|monthly|quarterly|yearly|annual(?:ly)?)\b"
    r"|\b(?:by|per|each|every|for each|for every|grouped by|group by|broken down by|split by|over each)\s+(?:the\s+)?"
    r"((?:calendar )?(?:hour|day|week|month|quarter|year)|date)\b(?!\s+of\b)"
    r"|(?:\band|,)\s+(?:by\s+|per\s+)?(day|week|month|quarter|year)\b(?![ -]?(?:s\b|old|group|over))"
    r"|\b(day|week|month|quarter|year)[ -](?:by|over|on|after)[ -](?:day|week|month|quarter|year)\b"
    r"|\b(?:a|an|per)\s+(annum|day|week|month|hour)\b(?!\s+ago)"
)


def _rolling(found: re.Match[str], today: date) -> Range | None:
    n, unit = _count(found["n"]), found["unit"]
    if n == 0 or n > 1000:
        return None
    if unit == "hour":
        return today - timedelta(days=(n + 23) // 24), today
    if found["full"]:
        return back(begin(today, unit), unit, n), begin(today, unit) - timedelta(days=1)
    return back(today, unit, n) + timedelta(days=1), today


def _count(said: str) -> int:
    return int(said) if said.isdigit() else NUMBERS[said]


def _to_date(found: re.Match[str], today: date) -> Range:
    unit = found["unit"] if "unit" in found.re.groupindex else {"y": "year", "q": "quarter", "m": "month"}[found[1][0]]
    return begin(today, unit), today


def _from_to(found: re.Match[str], today: date) -> Range | None:
    first, last = found["a"].strip(), found["b"].strip()
    end = stretch(last, today)
    start = stretch(first, today)
    if not start or not end:
        return None
    if (year := re.search(r"(?:19|20)\d\d$", last)) and not re.search(r"(?:19|20)\d\d", first):
        start = stretch(f"{first} {year[0]}", today) or start
    elif start[0] and end[1] and start[0] > end[1]:
        start = (shifted(start[0], -12), start[1])
    return (start[0], end[1]) if start[0] and end[1] and start[0] <= end[1] else None


def _days_of_a_month(found: re.Match[str], today: date) -> Range | None:
    """`between 1 and 15 October`."""
    end = stretch(found["b"], today)
    day = int(found["a"])
    if not end or not end[1] or not 1 <= day <= end[1].day:
        return None
    return end[1].replace(day=day), end[1]


def _since(found: re.Match[str], today: date) -> Range | None:
    point = stretch(found["a"], today)
    return (point[0], None) if point else None


def _after(found: re.Match[str], today: date) -> Range | None:
    point = stretch(found["a"], today)
    return (point[1] + timedelta(days=1), None) if point and point[1] else None


def _before(found: re.Match[str], today: date) -> Range | None:
    point = stretch(found["a"], today)
    return (None, point[0] - timedelta(days=1)) if point and point[0] else None


def _until(found: re.Match[str], today: date) -> Range | None:
    point = stretch(found["a"], today)
    return (None, point[1]) if point else None


def _single(found: re.Match[str], today: date) -> Range | None:
    return stretch(found["a"], today)


_START, _END = r"(?:(?:the\s+)?(?:start|beginning)\s+of\s+)?", r"(?:(?:the\s+)?end\s+of\s+)?"
_AT = r"\b(?:in|over|during|for|on|from|within|throughout|as of)\s+(?:the\s+(?:month|year)\s+(?:of\s+)?)?"
_SPANS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Range | None]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"\b(?:(?:between|from)\s+)?(?:the\s+)?(?P<a>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:and|to|until|till|through|-|\u2013)"
         rf"\s*(?:the\s+)?(?P<b>\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?\s+{MONTH}(?:,?\s+(?:19|20)\d\d\b)?)",
         _days_of_a_month),
        (rf"\b(?:between|from)\s+(?P<a>{ANY})\s+(?:and|to|until|till|through|thru|up to|-|\u2013)\s+(?P<b>{ANY})",
         _from_to),
        (rf"\b(?P<a>{ANY})\s*(?:-|\u2013|to|through|until)\s*(?P<b>{ANY})", _from_to),
        (rf"\b(?:since|starting(?:\s+(?:from|with))?|(?<=, )starting\s+(?:in|on)|from)\s+{_START}(?P<a>{ANY})\s+"
         r"(?:onwards?|on|to date|to now|until now)\b", _since),
        (rf"\b(?:since|starting(?:\s+(?:from|with))?|(?<=, )starting\s+(?:in|on)|on or after)\s+{_START}"
         rf"(?P<a>{ANY})", _since),
        (rf"\b(?:from\s+)?(?:the\s+)?(?:start|beginning)\s+of\s+(?P<a>{ANY})\s+"
         r"(?:onwards?|to\s+(?:date|now))\b", _since),
        (rf"\b(?:no later than|not later than|on or before|up to and including)\s+{_END}(?P<a>{ANY})", _until),
        (rf"\b(?:after|later than)\s+(?P<a>{ANY})", _after),
        (rf"(?<!\bday )\b(?:before|prior to|earlier than)\s+(?P<a>{ANY})", _before),
        (rf"\b(?:until|till|up to|through|up until)\s+{_END}(?P<a>{ANY})", _until),
        (rf"\bby\s+(?:the\s+)?end\s+of\s+(?P<a>{ANY})", _until),
        (r"\b(ytd|qtd|mtd)\b", _to_date),
        (rf"\b{UNIT}[- ]to[- ]date\b", _to_date),
        (rf"\b(?:so far|thus far)\s+this\s+{UNIT}\b", _to_date),
        (rf"\bthis\s+{UNIT}\s+(?:so far|thus far|to date)\b", _to_date),
        (rf"\b(?:(?:in|over|during|for|within|from)\s+)?(?:the\s+)?"
         rf"(?:(?:last|past|previous|prior|trailing|rolling|most recent)\s+)+{NUMBER}\s+"
         rf"(?P<full>(?:calendar|full|complete)\s+)?{UNIT}\b", _rolling),
        (r"\b(?:(?:in|over|during|for|within)\s+)?(?:the\s+)?(?:last|past)\s+fortnight\b",
         lambda m, t: (t - timedelta(days=13), t)),
        (rf"\b(?:(?:in|over|during|for|within)\s+)?(?:the\s+)?past\s+(?P<n>){UNIT}\b",
         lambda m, t: (back(t, m["unit"], 1) + timedelta(days=1), t)),
        (rf"{_AT}(?P<a>{ANY})", _single),
        (rf"\b(?P<a>{ANY})(?:'s)?", _single),
    )
)  # fmt: skip
