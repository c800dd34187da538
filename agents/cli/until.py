"""When a person means: `2026-12-01`, `2026-12-01T09:00`, `3d`, `4h` or `now`."""

import re
from datetime import datetime, timedelta

from agents.errors import UsageError

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def until(text: str, now: datetime) -> datetime:
    """The moment, in this machine's time. Raises UsageError where it is no time, or has passed.

    >>> from datetime import UTC
    >>> until("3d", datetime(2026, 11, 28, 12, tzinfo=UTC)).isoformat()
    '2026-12-01T12:00:00+00:00'
    >>> until("2026-12-01", datetime(2026, 11, 28, 12, tzinfo=UTC)).strftime("%d %H:%M")
    '01 00:00'
    """
    if text == "now":
        return now
    if span := re.fullmatch(r"(\d{1,4})([mhdw])", text):
        moment = now + int(span[1]) * UNITS[span[2]]
    elif re.fullmatch(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d)?", text):
        try:
            moment = datetime.fromisoformat(text).astimezone()
        except ValueError as error:
            raise UsageError(f"--until {text}: {error}.") from error
    else:
        raise UsageError(f"--until {text}: allowed are a date, 2026-12-01 or 2026-12-01T09:00, a span, 30m, 4h, 3d or "
                         "2w, and now, which ends a snooze.")  # fmt: skip
    if moment <= now:
        raise UsageError(f"--until {text}: that is {moment:%F %H:%M %Z}, which has passed; `now` ends a snooze.")
    return moment
