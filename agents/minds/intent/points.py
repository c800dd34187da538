"""Single stretches of time in plain words: a day, a weekend, a week, a month, a quarter, a half or a year."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from agents.minds.intent.periods import Range, begin, period, shifted

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH = r"(?:" + "|".join(rf"{m[:3]}(?:{m[3:]})?" if m != "may" else "may" for m in _MONTHS) + r"|sept)\b\.?"
UNIT = r"(?P<unit>hour|day|week|month|quarter|year)s?"
_M, _D = rf"(?P<m>{MONTH})", r"(?P<d>\d{1,2})(?:st|nd|rd|th)?\b"
_YEAR = r"(?P<y>(?:19|20)\d\d\b(?!/\d)|'\d\d\b|(?:the\s+)?(?:last|previous|this|current)\s+year\b)"
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": 0}


def back(day: date, unit: str, n: int) -> date:
    """The day some units before."""
    if unit in ("day", "week", "hour"):
        return day - timedelta(days={"day": 1, "week": 7, "hour": 1}[unit] * n)
    return shifted(day, -n * {"month": 1, "quarter": 3, "year": 12}[unit])


def whole(ago: int) -> Callable[[re.Match[str], date], Range | None]:
    """The whole unit that many units before this one."""

    def make(found: re.Match[str], today: date) -> Range:
        unit = found["unit"]
        return period(back(begin(today, unit), unit, ago), unit)

    return make


def stretch(text: str, today: date) -> Range | None:
    """The one stretch that a bare expression names."""
    said = text.strip().strip(".")
    for pattern, make in _POINTS:
        if found := pattern.fullmatch(said):
            return make(found, today)
    return None


def _day(year: int, month: int, day: int) -> Range | None:
    try:
        return date(year, month, day), date(year, month, day)
    except ValueError:
        return None


def _iso(found: re.Match[str], today: date) -> Range | None:
    return _day(int(found[1]), int(found[2]), int(found[3]))


def _slashed(found: re.Match[str], today: date) -> Range | None:
    """Day and month in the one order that is possible, else neither is known."""
    one, two, year = int(found[1]), int(found[2]), int(found[3])
    if one <= 12 and two <= 12 and one != two:
        return None
    return _day(year, min(one, two) if one != two else one, max(one, two))


def _dotted(found: re.Match[str], today: date) -> Range | None:
    return _day(int(found[3]), int(found[2]), int(found[1]))


def _iso_month(found: re.Match[str], today: date) -> Range | None:
    year, month = (found[1], found[2]) if found[1] else (found[4], found[3])
    return period(date(int(year), int(month), 1), "month") if 1 <= int(month) <= 12 else None


def _year_of(said: str | None, today: date) -> int | None:
    if not said:
        return None
    if said.endswith("year"):
        return today.year - ("last" in said or "previous" in said)
    return int(said) if said.isdigit() else 2000 + int(said[1:])


def _month_number(name: str) -> int:
    return next(i for i, m in enumerate(_MONTHS, 1) if m.startswith(name.strip(".")[:3]))


def _month_day(found: re.Match[str], today: date) -> Range | None:
    month, day = _month_number(found["m"]), int(found["d"])
    if year := _year_of(found["y"], today):
        return _day(year, month, day)
    this = _day(today.year, month, day)
    return this if this is None or (this[0] and this[0] <= today) else _day(today.year - 1, month, day)


def _month(found: re.Match[str], today: date) -> Range | None:
    month = _month_number(found["m"])
    year = _year_of(found["y"], today) or today.year - (month > today.month)
    return period(date(year, month, 1), "month")


def _last_month(found: re.Match[str], today: date) -> Range | None:
    """`last November` is over; `this March` is this year's."""
    month = _month_number(found["m"])
    year = today.year - (month >= today.month and found[1] != "this")
    return period(date(year, month, 1), "month")


def _quarter(found: re.Match[str], today: date) -> Range | None:
    said, kind = found["q"], found["k"][0]
    months = 3 if kind == "q" else 6
    part = int(said) if said.isdigit() else _ORDINALS[said] or 12 // months
    month = (part - 1) * months + 1
    if month > 12:
        return None
    year = _year_of(found["y"], today) or today.year - (date(today.year, month, 1) > today)
    start = date(year, month, 1)
    return start, shifted(start, months) - timedelta(days=1)


def _year(found: re.Match[str], today: date) -> Range:
    return period(date(int(found[1]), 1, 1), "year")


def _weekday(found: re.Match[str], today: date) -> Range:
    ago = (today.weekday() - _DAYS.index(found["w"]) - 1) % 7 + 1
    return today - timedelta(days=ago), today - timedelta(days=ago)


def _weekend(found: re.Match[str], today: date) -> Range:
    sunday = today - timedelta(days=today.weekday() + 1)
    return sunday - timedelta(days=1), sunday


def _week_of(found: re.Match[str], today: date) -> Range | None:
    day = stretch(found["at"], today)
    return period(begin(day[0], "week"), "week") if day and day[0] and day[0] == day[1] else None


def _named(found: re.Match[str], today: date) -> Range:
    day = today - timedelta(days={"today": 0, "yesterday": 1}.get(found[0], 2))
    return day, day


def _ago(found: re.Match[str], today: date) -> Range | None:
    n = int(found["n"]) if found["n"].isdigit() else NUMBERS[found["n"]]
    return period(back(begin(today, found["unit"]), found["unit"], n), found["unit"]) if 0 < n < 1000 else None


NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
           "ten": 10, "twelve": 12, "couple of": 2, "fourteen": 14, "thirty": 30, "ninety": 90}  # fmt: skip
NUMBER = r"(?P<n>\d{1,4}|" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + ")"
_DATE = rf"\d{{4}}-\d\d?-\d\d?|{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b|\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?\s+{MONTH}"
_IN_YEAR = rf"(?:(?:\s+(?:of|in))?\s*,?\s*{_YEAR})?"
_SHAPES: tuple[tuple[str, Callable[[re.Match[str], date], Range | None]], ...] = (
    (rf"(?:the\s+)?week\s+(?:of|starting|beginning|commencing)\s+(?:the\s+)?(?P<at>(?:{_DATE})"
     r"(?:,?\s+(?:19|20)\d\d\b)?)", _week_of),
    (r"(\d{4})[-/](\d\d?)[-/](\d\d?)\b", _iso),
    (r"\b(\d\d?)/(\d\d?)/((?:19|20)\d\d)\b", _slashed),
    (r"\b(\d\d?)\.(\d\d?)\.((?:19|20)\d\d)\b", _dotted),
    (r"((?:19|20)\d\d)-(\d\d)\b(?!-)|\b(\d\d?)/((?:19|20)\d\d)\b", _iso_month),
    (rf"{_M}\s+{_D}(?:,?\s+{_YEAR})?", _month_day),
    (rf"(?:the\s+)?{_D}(?:\s+of)?\s+{_M}(?:,?\s+{_YEAR})?", _month_day),
    (rf"(last|this|previous)\s+{_M}", _last_month),
    (rf"{_M}{_IN_YEAR}", _month),
    (rf"\b(?P<k>[qh])\s?(?P<q>[1-4])(?!\w)(?:\s*(?:of|/|-|,|in)?\s*{_YEAR})?", _quarter),
    (r"(?P<y>(?:19|20)\d\d)[\s/-]*(?P<k>[qh])\s?(?P<q>[1-4])\b", _quarter),
    (rf"(?:the\s+)?(?P<q>first|second|third|fourth|[1-4](?:st|nd|rd|th))\s+(?P<k>quarter|half)\b"
     rf"(?:(?:\s+(?:of|in))?\s+(?:{_YEAR}|the\s+year\b))?", _quarter),
    (rf"(?:the\s+)?(?P<q>last)\s+(?P<k>quarter|half)\s+of\s+{_YEAR}", _quarter),
    (r"(?:the\s+year\s+)?(?<![/.\d-])((?:19|20)\d\d)\b(?![/-]\d|\.\d)", _year),
    (rf"(?:last|past|on)\s+(?P<w>{'|'.join(_DAYS)})\b", _weekday),
    (r"(?:the\s+)?last\s+weekend\b", _weekend),
    (r"today\b|yesterday\b|(?:the\s+)?day\s+before\s+yesterday\b", _named),
    (rf"\b{NUMBER}\s+{UNIT}\s+ago\b", _ago),
    (r"(?:the\s+)?(?:last|previous|prior)\s+(?:calendar\s+|full\s+|complete\s+)?"
     r"(?P<unit>hour|day|week|month|quarter|year)\b(?!\s*s)", whole(1)),
    (r"(?:the\s+)?(?:this|current)\s+(?P<unit>hour|day|week|month|quarter|year)\b(?!\s*s)", whole(0)),
    (r"(?:the\s+)?(?:start|beginning)\s+of\s+(?:the|this)\s+(?P<unit>week|month|quarter|year)\b", whole(0)),
)  # fmt: skip
_POINTS = tuple((re.compile(pattern), make) for pattern, make in _SHAPES)


def _nameless(pattern: str) -> str:
    return re.sub(r"\(\?P<\w+>|\((?!\?)", "(?:", pattern)


ANY = "|".join(_nameless(pattern) for pattern, _ in _SHAPES)
"""A pattern of every expression that `stretch` reads."""
