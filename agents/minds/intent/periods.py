"""Days, weeks (from Monday), months, quarters and years as ranges of days."""

from calendar import monthrange
from datetime import date, timedelta

Range = tuple[date | None, date | None]


def period(start: date, unit: str) -> Range:
    """The whole hour's day, week (from Monday), month, quarter or year that begins on a day."""
    if unit == "week":
        return start, start + timedelta(days=6)
    if unit in ("day", "hour"):
        return start, start
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    return start, shifted(start, months) - timedelta(days=1)


def begin(day: date, unit: str) -> date:
    """The first day of the period that a day lies in."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit in ("day", "hour"):
        return day
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return date(day.year, month, 1)


def shifted(day: date, months: int) -> date:
    """The same day of the month some months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
