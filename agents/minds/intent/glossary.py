"""General words: which mean the same, which say what to do with a column, and which say nothing. No schema's own."""

from itertools import pairwise
from pathlib import Path

from agents.minds.intent.tokens import root, stem
from agents.names import words

_SAME = (Path(__file__).parent / "synonyms.txt").read_text(encoding="utf-8").splitlines()
"""Words that may stand for one another; a word may be in several lines, and likeness does not go from line to line."""

_MONEY = (
    "revenue sales turnover income earnings spend spending cost price fee payment pay earn paid expense"
    " expenditure raised money"
)
"""Of these a column `amount` or `total` may be meant, where none is named better."""

WORDS = frozenset(w for line in _SAME for w in line.split())
"""Every word of these lines."""

_NEAR: dict[str, set[str]] = {}
for _line in _SAME:
    _stems = {stem(w) for w in _line.split()}
    for _one in _stems:
        _NEAR.setdefault(_one, set()).update(_stems - {_one})


_AMOUNTS = {stem("amount"), stem("total")}
INCOME = {stem(w) for w in (
    "revenue", "turnover", "income", "takings", "earn", "earned", "sales", "money", "raised", "proceeds", "earnings",
)}  # fmt: skip
"""Stems of what comes in."""
OUTLAY = {stem(w) for w in ("spend", "spent", "spending", "expenditure", "outlay", "outlays")}
"""Stems of what goes out."""
_CHARGED = {stem(w) for w in ("fee", "charge", "fare", "bill", "gross", "payment")}
MONEYS = {stem(w) for w in _MONEY.split()}
"""Stems that say money and nothing more where a column of money is already meant."""


def likeness(said: str, named: str) -> float:
    """How surely a stem of a request means a stem of a name.

    1 the same, 0.9 the same root, 0.75 a synonym, 0.6 money for an amount or income for what is charged, else 0.
    """
    if said == named:
        return 1.0
    if len(said) > 3 and len(named) > 3 and root(said) == root(named):
        alike = all(said.endswith(end) == named.endswith(end) for end in ("ly", "er", "or"))
        return 0.9 if alike else 0.55
    if len(named) > 4 and len(said) > len(named) + 1 and said.startswith(named):
        return 0.85
    if named in _NEAR.get(said, ()):
        return 0.75
    if len(named) > 5 and root(named) in _NEAR.get(said, ()):
        return 0.7
    if (said in MONEYS and named in _AMOUNTS) or (said in INCOME and named in _CHARGED):
        return 0.6
    return 0.0


ABBREVIATIONS = {
    "amount": ("amt", "amnt"), "transaction": ("txn", "trx", "trans"), "account": ("acc", "accts"), "duration":
    ("dur",),
    "name": ("nm",), "flag": ("flg",), "employee": ("emp", "empl"), "manager": ("mgr",), "revenue": ("rev",),
    "total": ("tot", "ttl"), "distance": ("dist",), "location": ("loc",), "user": ("usr",), "payment": ("pmt", "pymt"),
    "invoice": ("inv",), "balance": ("bal",), "country": ("ctry", "cntry"), "status": ("stat", "sts"),
    "type": ("typ",), "group": ("grp",), "telephone": ("tel",), "vehicle": ("veh",), "passengers": ("pax",),
    "channel": ("chan", "chnl"), "impressions": ("impr", "imps"), "conversions": ("conv", "convs"),
    "speed": ("spd",), "level": ("lvl",), "room": ("rm",), "discount": ("disc",), "service": ("svc", "serv"),
    "month": ("mth", "mnth"), "week": ("wk",), "hours": ("hrs",), "minutes": ("mins",), "seconds": ("secs",),
    "price": ("prc",), "product": ("prd",), "region": ("reg", "rgn"), "warehouse": ("wh", "whs"), "order": ("ord",),
    "shipment": ("shp", "shpmt"), "supplier": ("supp",), "inventory": ("invt",), "appointment": ("appt",),
    "patient": ("pat", "pt"), "doctor": ("doc",), "diagnosis": ("diag",), "consumption": ("cons",),
    "subscriber": ("subscr",), "subscription": ("subs",), "campaign": ("camp", "cmp"), "percent": ("perc",),
    "registration": ("regn",), "gender": ("gndr",), "stock": ("stk",), "unit": ("unt",),
    "delivery": ("deliv", "dlv", "dlvry"), "session": ("sess",), "message": ("msg",),
    "preparation": ("prep",), "maintenance": ("maint",), "reservation": ("resv", "res"), "management": ("mgmt",),
    "certificate": ("cert",), "frequency": ("freq",), "generation": ("gen",), "equipment": ("equip",), "package":
    ("pkg",), "received": ("rcvd", "recv"), "capacity": ("capa",), "utilization": ("util",), "commission": ("comm",),
    "estimated": ("est",), "actual": ("act",), "calendar": ("cal",), "building": ("bldg",), "organization": ("orgn",),
    "business": ("biz",), "acquisition": ("acq",), "latitude": ("lat",), "length": ("len",), "response": ("resp",),
    "calories": ("kcal",), "language": ("lang",), "experience": ("exp",),
    "number": ("nr", "n"), "position": ("pos",), "population": ("pop",), "purchase": ("purch",),
}  # fmt: skip
"""Word -> how names of columns shorten it, beyond what `agents.names` spells out."""
_PAIRS = (("no", "show"), ("number", "show"), ("head", "count"))
"""Words that are written as one in requests."""
_SPELLED = {short: word for word, shorts in ABBREVIATIONS.items() for short in shorts} | {"org": "organisation"}


def named_words(name: str) -> tuple[str, ...]:
    """The words of a name, spelled out."""
    found = [_SPELLED.get(w, w) for w in words(name)]
    if len(found) > 1 and found[-1] == "minimum" and name.lower().endswith("min"):
        found[-1] = "minute"  # `outage_min`
    for one, two in _PAIRS:
        if (one, two) in pairwise(found):
            at = list(pairwise(found)).index((one, two))
            found[at : at + 2] = [one.replace("number", "no") + two]
    return tuple(found)


AGGREGATIONS = {
    "total": "sum", "sum": "sum", "overall": "sum", "combined": "sum", "altogether": "sum",
    "average": "avg", "avg": "avg", "mean": "avg", "typical": "avg", "typically": "avg",
    "median": "median",
    "maximum": "max", "max": "max", "highest": "max", "largest": "max", "biggest": "max", "longest": "max",
    "greatest": "max", "peak": "max", "most expensive": "max", "latest": "max", "top": "max", "oldest": "max",
    "heaviest": "max", "fastest": "max", "quickest": "max", "hottest": "max", "warmest": "max",
    "tallest": "max", "coldest": "min", "deepest": "max", "costliest": "max", "priciest": "max",
    "minimum": "min", "min": "min", "lowest": "min", "smallest": "min", "shortest": "min", "cheapest": "min",
    "earliest": "min", "least": "min", "youngest": "min", "slowest": "min", "lightest": "min",
}  # fmt: skip
"""Word -> aggregation."""
SUPERLATIVES = {"highest", "largest", "biggest", "longest", "greatest", "lowest", "smallest", "shortest", "most",
                "fewest", "least", "cheapest", "best", "worst", "top", "bottom", "oldest", "youngest", "heaviest",
                "fastest", "slowest", "leading"}  # fmt: skip
ASCENDING = {"bottom", "lowest", "smallest", "shortest", "fewest", "least", "cheapest", "worst", "youngest", "slowest",
             "lightest", "coldest"}  # fmt: skip
ADJECTIVES = {
    "longer": ("duration", "length", "time"), "shorter": ("duration", "length", "time"), "older": ("age",),
    "younger": ("age",), "heavier": ("weight",), "lighter": ("weight",), "cheaper": ("price", "cost", "fare"),
    "worth": ("value", "amount", "total"), "valued": ("value", "amount", "total"), "lasting": ("duration", "length",
    "time"), "lasted": ("duration", "length", "time"), "weighing": ("weight",), "aged": ("age",), "costing": ("price",
    "cost", "fee"), "priced": ("price",), "scoring": ("score", "rating"), "rated": ("rating", "score", "stars"),
    "pricier": ("price",), "expensive": ("price", "cost"), "faster": ("speed",), "slower": ("speed",),
    "larger": ("size", "area", "amount"), "bigger": ("size", "area", "amount"), "smaller": ("size", "area", "amount"),
    "hotter": ("temperature",), "warmer": ("temperature",), "colder": ("temperature",), "taller": ("height",),
    "thinner": ("thickness",), "thicker": ("thickness",), "wider": ("width",),
    "narrower": ("width",), "deeper": ("depth",),
    "longest": ("duration", "length", "time", "distance"), "shortest": ("duration", "length", "time", "distance"),
    "oldest": ("age",),
    "youngest": ("age",), "heaviest": ("weight",), "cheapest": ("price", "cost", "fare"), "fastest": ("speed",),
    "slowest": ("speed",), "biggest": ("amount", "total", "value", "size", "area"), "largest": ("amount", "total",
    "value", "size", "area"),
    "smallest": ("amount", "total", "value", "size", "area"), "hottest": ("temperature",), "coldest":
    ("temperature",), "tallest": ("height",), "warmest": ("temperature",), "deepest": ("depth",),
    "lightest": ("weight",), "costliest": ("cost", "price", "amount"), "priciest": ("price", "cost"),
}  # fmt: skip
"""Comparative or superlative -> the words of a column that it may be about."""
LESS = {"shorter", "younger", "lighter", "cheaper", "slower", "smaller", "colder", "less", "fewer", "lower", "earlier"}

UNITS = {
    "chf": "franc", "sek": "krona", "nok": "krone", "dkk": "krone", "jpy": "yen", "pln": "zloty", "inr": "rupee",
    "aud": "dollar", "cad": "dollar", "francs": "franc", "usd": "dollar",
    "eur": "euro", "gbp": "pound", "cents": "cent", "kg": "kilogram", "kgs": "kilogram",
    "ml": "milliliter", "cm": "centimeter", "inch": "inch", "inches": "inch", "ft": "foot", "m3": "cubic",
    "sqm": "square", "sqft": "square", "lbs": "pound", "lb": "pound", "mg": "milligram", "cl": "centiliter",
    "kilos": "kilogram", "kilo": "kilogram", "g": "gram", "t": "tonne", "ton": "tonne", "tons": "tonne", "km":
    "kilometer",
    "kms": "kilometer", "m": "meter", "mi": "mile", "min": "minute", "mins": "minute", "minutes": "minute",
    "hrs": "hour", "hr": "hour", "h": "hour", "s": "second", "sec": "second", "secs": "second", "ms": "millisecond",
    "kwh": "kwh", "mwh": "mwh", "kw": "kw", "mw": "mw", "gb": "gigabyte", "mb": "megabyte", "tb": "terabyte",
    "ha": "hectare", "pct": "percent", "percent": "percent", "percentage": "percent", "mm": "millimeter",
    "c": "celsius", "celsius": "celsius", "degrees": "degree", "l": "liter", "bytes": "byte", "mph": "mph", "kmh":
    "kmh", "kmph": "kmh",
    "dollars": "dollar", "euros": "euro", "pounds": "pound", "days": "day", "hours": "hour", "weeks": "week",
    "seconds": "second", "years": "year", "miles": "mile", "metres": "meter", "meters": "meter", "tonnes": "tonne",
    "litres": "liter", "liters": "liter", "hectares": "hectare", "kilometers": "kilometer", "kilometres": "kilometer",
    "minute": "minute", "hour": "hour", "day": "day", "second": "second", "year": "year", "month": "month",
    "months": "month", "euro": "euro", "dollar": "dollar", "pence": "penny", "bucks": "dollar", "pounds sterling":
    "pound",
    "acres": "acre", "acre": "acre", "maximum": "maximum", "minimum": "minimum",
}  # fmt: skip
"""Ways to write a unit -> the unit."""
CURRENCIES = ("dollar", "euro", "pound", "franc", "krona", "krone", "yen", "zloty", "rupee")
FILLER = {stem(w) for w in (Path(__file__).parent / "filler.txt").read_text(encoding="utf-8").split()}
"""Stems that may stand in a request without saying anything about a column."""
BEYOND = {stem(w) for w in (
    "growth", "grow", "grew", "increase", "increased", "decrease", "decreased", "decline", "declined", "change",
    "changed", "percentage", "percent", "proportion", "share", "ratio", "correlation", "correlate", "forecast",
    "predict", "prediction", "projected", "expected", "why", "cumulative", "rolling", "moving",
    "variance", "deviation", "percentile", "histogram", "outlier", "outliers", "anomaly", "anomalies", "conversion",
    "churn", "retention", "sellthrough", "cohort", "margin", "excluded", "omitted",
)}  # fmt: skip
"""Stems of what an intent cannot say (growth, shares, forecasts), unless a column is of that name."""

ABSENT = (
    "county",
    "media",
    "contact",
    "contract",
    "trail",
    "trial",
    "mouth",
    "marsh",
    "personal",
    "personnel",
    "fiscal",
    "united",
    "statue",
    "planet",
    "conversation",
    "conversion",
    "competitor",
    "competition",
    "desert",
    "dessert",
    "angel",
    "angle",
    "casual",
    "causal",
    "marital",
    "martial",
    "diary",
    "dairy",
    "bread",
    "beard",
    "trials",
    "complement",
    "compliment",
    "principal",
    "principle",
    "stationary",
    "stationery",
    "adverse",
    "averse",
    "border",
    "boarder",
    "carton",
    "cartoon",
    "costume",
    "custom",
    "patent",
    "patients",
    "prescription",
    "proscription",
)
"""Words of their own that are one slip away from others."""

BAD = {stem(w) for w in (
    "missed", "delay", "delayed", "downtime", "defect", "error", "failure", "failed", "complaint", "cancelled", "loss",
    "incident", "scrap", "absence", "late", "overdue", "outage", "damage", "accident", "fraud", "churn", "abandoned",
    "breakdown", "fault", "crash", "bug", "rejected", "fine", "wait", "waiting", "injury", "debt", "no-show",
)}  # fmt: skip
"""Stems of what there had better be little of: most of it is the worst."""

FROM = ("from", "leaving", "departing", "out of", "starting")
TO = ("to", "into", "towards", "arriving", "ending", "reaching")
ORIGIN = {"origin", "sourc", "from", "departur", "start", "pickup", "sender", "begin"}
TARGET = {
    "return",
    "drop",
    "dropof",
    "destination",
    "target",
    "to",
    "arrival",
    "end",
    "dropoff",
    "receiv",
    "recipient",
}
"""Words before a place, and stems of the columns that such a place is of: where from, and where to."""
