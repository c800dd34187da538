"""Times in plain words -> days and a grain. Both ends of a range are included; None is an open end."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from agents.minds.intent.answer import Grain
from agents.minds.intent.periods import Range, begin, period, shifted

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = r"(?P<{0}>" + "|".join(rf"{m[:3]}(?:{m[3:]})?" if m != "may" else "may" for m in _MONTHS) + r"|sept)\b\.?"
_UNIT = r"(?P<unit>hour|day|week|month|quarter|year)s?"
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
            "ten": 10, "twelve": 12, "couple of": 2, "fourteen": 14, "thirty": 30, "ninety": 90}  # fmt: skip
_N = r"(?P<n>\d{1,4}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_YEAR = r"(?P<{0}>(?:19|20)\d\d)"


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
        word = next(g for g in match.groups() if g)
        yield When(match.start(), match.end(), grain=_GRAINS[word.removesuffix("s") if word != "daily" else word])


_GRAINS: dict[str, Grain] = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year",
    "annual": "year", "annually": "year", "hour": "hour", "day": "day", "week": "week", "month": "month",
    "quarter": "quarter", "year": "year", "date": "day", "calendar week": "week", "calendar month": "month",
    "calendar year": "year",
}  # fmt: skip
_GRAIN = re.compile(
    r"\b(hourly|daily|weekly|monthly|quarterly|yearly|annual(?:ly)?)\b"
    r"|\b(?:by|per|each|every|for each|for every|grouped by|group by|broken down by|split by|over each)\s+(?:the\s+)?"
    r"((?:calendar )?(?:hour|day|week|month|quarter|year)|date)\b(?!\s+of\b)"
    r"|(?:\band|,)\s+(?:by\s+|per\s+)?(day|week|month|quarter|year)\b(?![ -]?(?:s|old|group|over))"
    r"|\b(day|week|month|quarter|year)[ -](?:by|over|on|after)[ -](?:day|week|month|quarter|year)\b"
    r"|\b(?:a|an)\s+(day|week|month|hour)\b(?!\s+ago)"
)


def _back(day: date, unit: str, n: int) -> date:
    if unit in ("day", "week", "hour"):
        return day - timedelta(days={"day": 1, "week": 7, "hour": 1}[unit] * n)
    return shifted(day, -n * {"month": 1, "quarter": 3, "year": 12}[unit])


def _whole(unit: str, ago: int) -> Callable[[re.Match[str], date], Range | None]:
    def make(found: re.Match[str], today: date) -> Range:
        chosen = unit or found["unit"]
        return period(_back(begin(today, chosen), chosen, ago), chosen)

    return make


def _rolling(found: re.Match[str], today: date) -> Range | None:
    n, unit = _count(found["n"]), found["unit"]
    if n == 0 or n > 1000:
        return None
    if unit == "hour":
        return today - timedelta(days=(n + 23) // 24), today
    return _back(today, unit, n) + timedelta(days=1), today


def _count(said: str) -> int:
    return int(said) if said.isdigit() else _NUMBERS[said]


def _to_date(found: re.Match[str], today: date) -> Range:
    unit = found["unit"] if "unit" in found.re.groupindex else {"y": "year", "q": "quarter", "m": "month"}[found[1][0]]
    return begin(today, unit), today


def _point(text: str, today: date) -> Range | None:
    """One stretch that a bare expression names: a day, a month, a quarter, a half or a year."""
    said = text.strip().strip(".")
    for pattern, make in _POINTS:
        if found := pattern.fullmatch(said):
            return make(found, today)
    return None


def _iso(found: re.Match[str], today: date) -> Range | None:
    return _day(int(found[1]), int(found[2]), int(found[3]))


def _day(year: int, month: int, day: int) -> Range | None:
    try:
        return date(year, month, day), date(year, month, day)
    except ValueError:
        return None


def _month_number(name: str) -> int:
    return next(i for i, m in enumerate(_MONTHS, 1) if m.startswith(name.strip(".")[:3]))


def _month_day(found: re.Match[str], today: date) -> Range | None:
    month, day = _month_number(found["m"]), int(found["d"])
    if found["y"]:
        return _day(int(found["y"]), month, day)
    this = _day(today.year, month, day)
    return this if this is None or (this[0] and this[0] <= today) else _day(today.year - 1, month, day)


def _month(found: re.Match[str], today: date) -> Range | None:
    month = _month_number(found["m"])
    year = int(found["y"]) if found["y"] else today.year - (month > today.month)
    return period(date(year, month, 1), "month")


def _quarter(found: re.Match[str], today: date) -> Range | None:
    part = int(found["q"] or {"first": 1, "second": 2, "third": 3, "fourth": 4}[found["o"]])
    starts = found["k"] in ("q", "quarter")
    months = 3 if starts else 6
    month = (part - 1) * months + 1
    if month > 12:
        return None
    year = int(found["y"]) if found["y"] else today.year - (date(today.year, month, 1) > today)
    start = date(year, month, 1)
    return start, shifted(start, months) - timedelta(days=1)


def _year(found: re.Match[str], today: date) -> Range:
    return period(date(int(found["y"]), 1, 1), "year")


def _weekday(found: re.Match[str], today: date) -> Range:
    back = (today.weekday() - _DAYS.index(found["w"]) - 1) % 7 + 1
    return today - timedelta(days=back), today - timedelta(days=back)


def _named(found: re.Match[str], today: date) -> Range:
    day = today - timedelta(days={"today": 0, "yesterday": 1}[found[0]])
    return day, day


_POINTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Range | None]], ...] = (
    (re.compile(r"(\d{4})[-/](\d\d?)[-/](\d\d?)"), _iso),
    (re.compile(_MONTH.format("m") + r"\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?(?:,?\s+" + _YEAR.format("y") + ")?"),
     _month_day),
    (re.compile(r"(?:the\s+)?(?P<d>\d{1,2})(?:st|nd|rd|th)?(?:\s+of)?\s+" + _MONTH.format("m") + r"(?:,?\s+"
                + _YEAR.format("y") + ")?"), _month_day),
    (re.compile(_MONTH.format("m") + r"(?:(?:\s+of)?,?\s+" + _YEAR.format("y") + ")?"), _month),
    (re.compile(r"(?P<k>[qh])\s?(?P<q>[1-4])(?P<o>)(?:\s*(?:of|/|-|,)?\s*" + _YEAR.format("y") + ")?"), _quarter),
    (re.compile(r"(?:the\s+)?(?P<o>first|second|third|fourth)(?P<q>)\s+(?P<k>quarter|half)(?:\s+of)?(?:\s+(?:the\s+)?"
                r"(?:year|" + _YEAR.format("y") + "))?"), _quarter),
    (re.compile(r"(?:the\s+year\s+)?" + _YEAR.format("y")), _year),
    (re.compile(r"(?:last|past)\s+(?P<w>" + "|".join(_DAYS) + ")"), _weekday),
    (re.compile(r"today|yesterday"), _named),
    (re.compile(r"(?:the\s+)?(?:last|previous|prior)\s+" + _UNIT), _whole("", 1)),
    (re.compile(r"(?:the\s+)?(?:this|current)\s+" + _UNIT), _whole("", 0)),
    (re.compile(r"(?:the\s+)?(?:start|beginning)\s+of\s+(?:the|this)\s+" + _UNIT), _whole("", 0)),
)  # fmt: skip

_BARE = (
    r"\d{4}[-/]\d\d?[-/]\d\d?"
    rf"|{_MONTH.format('x1')}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+(?:19|20)\d\d\b)?"
    rf"|(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH.format('x2')}(?:,?\s+(?:19|20)\d\d\b)?"
    rf"|{_MONTH.format('x3')}(?:(?:\s+of)?,?\s+(?:19|20)\d\d\b)?"
    r"|[qh]\s?[1-4]\b(?:\s*(?:of|/|-|,)?\s*(?:19|20)\d\d\b)?"
    r"|(?:the\s+)?(?:first|second|third|fourth)\s+(?:quarter|half)\b(?:\s+of)?(?:\s+(?:the\s+)?(?:year|(?:19|20)\d\d)\b)?"
    r"|(?:the\s+year\s+)?(?:19|20)\d\d\b"
    rf"|(?:last|past)\s+(?:{'|'.join(_DAYS)})"
    r"|today|yesterday"
    r"|(?:the\s+)?(?:last|previous|prior|this|current)\s+(?:hour|day|week|month|quarter|year)\b(?!\s*s)"
    r"|(?:the\s+)?(?:start|beginning)\s+of\s+(?:the|this)\s+(?:week|month|quarter|year)"
)


def _nameless(pattern: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


_ANY = _nameless(_BARE)


def _from_to(found: re.Match[str], today: date) -> Range | None:
    first, last = found["a"].strip(), found["b"].strip()
    end = _point(last, today)
    start = _point(first, today)
    if not start or not end:
        return None
    if (year := re.search(r"(?:19|20)\d\d$", last)) and not re.search(r"(?:19|20)\d\d", first):
        start = _point(f"{first} {year[0]}", today) or start
    elif start[0] and end[1] and start[0] > end[1]:
        start = (shifted(start[0], -12), start[1])
    return (start[0], end[1]) if start[0] and end[1] and start[0] <= end[1] else None


def _since(found: re.Match[str], today: date) -> Range | None:
    point = _point(found["a"], today)
    return (point[0], None) if point else None


def _after(found: re.Match[str], today: date) -> Range | None:
    point = _point(found["a"], today)
    return (point[1] + timedelta(days=1), None) if point and point[1] else None


def _before(found: re.Match[str], today: date) -> Range | None:
    point = _point(found["a"], today)
    return (None, point[0] - timedelta(days=1)) if point and point[0] else None


def _until(found: re.Match[str], today: date) -> Range | None:
    point = _point(found["a"], today)
    return (None, point[1]) if point else None


def _single(found: re.Match[str], today: date) -> Range | None:
    return _point(found["a"], today)


_AT = r"\b(?:in|during|for|on|from|within|throughout|as of)\s+(?:the\s+(?:month|year)\s+(?:of\s+)?)?"
_SPANS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Range | None]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"\b(?:between|from)\s+(?P<a>{_ANY})\s+(?:and|to|until|till|through|thru|up to|-|\u2013)\s+(?P<b>{_ANY})",
         _from_to),
        (rf"\b(?P<a>{_ANY})\s*(?:-|\u2013|to|through|until)\s*(?P<b>{_ANY})", _from_to),
        (rf"\b(?:since|starting(?:\s+(?:in|from|on))?|from)\s+(?P<a>{_ANY})\s+"
         r"(?:onwards?|on|to date|to now|until now)\b", _since),
        (rf"\b(?:since|starting(?:\s+(?:in|from|on))?|on or after)\s+(?P<a>{_ANY})", _since),
        (rf"\b(?:after|later than)\s+(?P<a>{_ANY})", _after),
        (rf"\b(?:before|prior to|earlier than)\s+(?P<a>{_ANY})", _before),
        (rf"\b(?:until|till|up to|through|up until)\s+(?P<a>{_ANY})", _until),
        (r"\b(ytd|qtd|mtd)\b", _to_date),
        (rf"\b{_UNIT}[- ]to[- ]date\b", _to_date),
        (rf"\b(?:so far|thus far)\s+this\s+{_UNIT}\b", _to_date),
        (rf"\bthis\s+{_UNIT}\s+(?:so far|thus far|to date)\b", _to_date),
        (rf"\b(?:(?:in|over|during|for|within|from)\s+)?(?:the\s+)?(?:last|past|previous|trailing|most recent)\s+"
         rf"{_N}\s+(?:calendar\s+|full\s+)?{_UNIT}\b", _rolling),
        (rf"\b(?:(?:in|over|during|for|within)\s+)?(?:the\s+)?past\s+(?P<n>){_UNIT}\b",
         lambda m, t: (_back(t, m["unit"], 1) + timedelta(days=1), t)),
        (rf"\b(?:(?:in|over|during|for|within|from)\s+)?(?:the\s+)?(?:last|previous|prior)\s+{_UNIT}\b", _whole("", 1)),
        (rf"\b(?:(?:in|over|during|for|within|from)\s+)?(?:the\s+)?(?:this|current)\s+{_UNIT}\b", _whole("", 0)),
        (rf"{_AT}(?P<a>{_ANY})", _single),
        (rf"\b(?P<a>{_ANY})(?:'s)?", _single),
    )
)  # fmt: skip
