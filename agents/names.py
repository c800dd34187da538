"""How alike two column names are, by general rules of naming; no domain's words."""

import re

from rapidfuzz import fuzz

ABBREVIATIONS = {
    "acct": "account", "addr": "address", "amt": "amount", "arr": "arrival", "avg": "average",
    "cat": "category", "cd": "code", "cnt": "count", "cust": "customer", "dep": "departure",
    "dept": "department", "desc": "description", "dest": "destination", "dt": "date", "id": "identifier",
    "lat": "latitude", "lon": "longitude", "lng": "longitude", "max": "maximum", "min": "minimum",
    "mfr": "manufacturer", "no": "number", "nbr": "number", "num": "number", "org": "organisation",
    "orig": "original", "pct": "percent", "prod": "product", "prev": "previous", "qty": "quantity",
    "ref": "reference", "sched": "scheduled", "seq": "sequence", "src": "source", "temp": "temperature",
    "tm": "time", "ts": "timestamp", "tz": "timezone", "val": "value", "wt": "weight", "yr": "year",
}  # fmt: skip


def words(name: str) -> tuple[str, ...]:
    """Lower-case words of a name, abbreviations spelled out.

    >>> words("schedDepTime")
    ('scheduled', 'departure', 'time')
    """
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3 \2\4", name)
    pieces = re.split(r"[^0-9a-zA-Z]+", spaced)
    return tuple(ABBREVIATIONS.get(p.lower(), p.lower()) for p in pieces if p)


def similarity(one: str, other: str) -> float:
    """0 unlike to 1 same words.

    >>> similarity("dep_delay", "departureDelay")
    1.0
    """
    first, second = " ".join(words(one)), " ".join(words(other))
    spelled = fuzz.ratio(first, second)
    shared = fuzz.token_set_ratio(first, second)
    return round(max(spelled, 0.9 * shared) / 100, 4)
