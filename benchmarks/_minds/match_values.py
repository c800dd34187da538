"""Values for the columns of the cases, by kind; nothing of it is what the matcher was fitted to."""

import datetime as dt
import random
import zlib

_NAMES = "Ada Ben Cleo Dirk Ebba Finn Gita Hugo Iris Jonas Kaja Luis Mona Nils Olga Pavel Rosa Sven Tara Uwe"
NAMES = _NAMES.split()
_LAST = "Alder Brook Costa Dunn Evers Falk Grant Hale Iqbal Jensen Koch Lowe Meyer Novak Ortiz Price Roth Silva"
LAST = _LAST.split()
_CITIES = "Bergen Cadiz Delft Espoo Faro Ghent Halle Imola Jena Krakow Lyon Malmo Nantes Oslo Porto Riga Siena Turin"
CITIES = _CITIES.split()
_WORDS = "red oak river late fast blue stone north paper cold small early wide glass round silver open heavy"
WORDS = _WORDS.split()
STATUSES = ["new", "paid", "sent", "open", "done", "held", "lost", "late", "kept", "void"]
TYPES = {
    "BIGINT": ["id", "id2", "fk", "fk2", "big", "cents", "count2big"],
    "INTEGER": ["count", "count2", "score", "score2", "year", "age", "minutes", "secs", "big2"],
    "DOUBLE": ["money", "bigmoney", "rate", "pct", "dist", "weight", "temp", "lat", "lon"],
    "BOOLEAN": ["flag"],
    "DATE": ["day", "day2", "past"],
    "TIMESTAMP": ["ts", "ts2"],
}
TYPE = {kind: name for name, kinds in TYPES.items() for kind in kinds}
"""Of each kind; VARCHAR for all others."""
START = dt.datetime(2025, 1, 1)  # noqa: DTZ001  TIMESTAMP without a zone
COPIES = {"=": 1.0, "=100": 100.0, "=0.01": 0.01, "=0.001": 0.001, "=0.621371": 0.621371}


def type_of(kind: str, missing: str = "") -> str:
    """DuckDB's type of a kind; of a copy of the missing column, that one's."""
    return ("DOUBLE" if kind != "=" else TYPE.get(missing, "VARCHAR")) if kind in COPIES else TYPE.get(kind, "VARCHAR")


def values(name: str, kind: str, rows: range) -> list[object]:
    """The values of a column in these rows: the same for the same name, kind and row."""
    own = random.Random(zlib.crc32(f"{name} {kind}".encode()))
    scale, share = own.uniform(0.6, 1.7), own.choice((0, 0, 0, 0.05, 0.3))
    pool = own.sample(STATUSES, own.randint(3, 7))
    return [_value(name, kind, row, scale, share, pool) for row in rows]


def _value(name: str, kind: str, row: int, scale: float, nulls: float, pool: list[str]) -> object:
    rng = random.Random(zlib.crc32(f"{name} {kind} {row}".encode()))
    if rng.random() < nulls and kind not in ("id", "key", "uuid", "fk"):
        return None
    late = dt.timedelta(hours=row)
    return {
        "id": lambda: 1000 + row,
        "id2": lambda: 500_000 + 3 * row,
        "fk": lambda: rng.randrange(80),
        "fk2": lambda: 7000 + rng.randrange(300),
        "key": lambda: f"{name[:2].upper()}{rng.randrange(10**7):07d}",
        "uuid": lambda: f"{rng.getrandbits(64):016x}-{rng.getrandbits(32):08x}",
        "code": lambda: f"{rng.choice('ABCDE')}{rng.randrange(60):02d}",
        "code2": lambda: rng.choice(["DE", "FR", "ES", "IT", "PT", "NL", "SE", "NO", "PL"]),
        "cur": lambda: rng.choice(["EUR", "USD", "GBP", "SEK"]),
        "zip": lambda: f"{rng.randrange(10**5):05d}",
        "money": lambda: round(40 * scale * rng.lognormvariate(0, 0.6), 2),
        "bigmoney": lambda: round(9000 * scale * rng.lognormvariate(0, 0.5), 2),
        "cents": lambda: int(4000 * scale * rng.lognormvariate(0, 0.6)),
        "rate": lambda: round(min(rng.betavariate(2, 4) * scale, 1), 4),
        "pct": lambda: round(rng.betavariate(3, 2) * 100, 1),
        "count": lambda: int(rng.expovariate(1 / (3 * scale))) + 1,
        "count2": lambda: int(rng.gauss(20 * scale, 5)),
        "big": lambda: int(50_000 * scale * rng.lognormvariate(0, 0.8)),
        "big2": lambda: int(120 * scale + rng.gauss(0, 12)),
        "score": lambda: rng.choices((1, 2, 3, 4, 5), (1, 2, 3 * scale, 4, 3))[0],
        "score2": lambda: rng.randint(1, 5),
        "year": lambda: int(rng.gauss(1985, 15 * scale)),
        "age": lambda: int(rng.uniform(18, 70)),
        "minutes": lambda: int(rng.gauss(45 * scale, 20)),
        "secs": lambda: int(rng.expovariate(1 / (200 * scale))),
        "dist": lambda: round(300 * scale * rng.lognormvariate(0, 0.7), 1),
        "weight": lambda: round(70 * scale + rng.gauss(0, 12), 1),
        "temp": lambda: round(rng.gauss(15 * scale, 8), 1),
        "lat": lambda: round(rng.uniform(35, 60), 5),
        "lon": lambda: round(rng.uniform(-9, 25), 5),
        "flag": lambda: rng.random() < 0.2 * scale,
        "ts": lambda: START + late + dt.timedelta(minutes=rng.randrange(600)),
        "ts2": lambda: START + late + dt.timedelta(hours=30, minutes=rng.randrange(4000)),
        "day": lambda: (START + late).date() + dt.timedelta(days=rng.randrange(3)),
        "day2": lambda: (START + late).date() + dt.timedelta(days=10 + rng.randrange(30)),
        "past": lambda: dt.date(1950, 1, 1) + dt.timedelta(days=rng.randrange(22_000)),
        "status": lambda: rng.choice(pool),
        "status2": lambda: rng.choice(pool).upper(),
        "name": lambda: f"{rng.choice(NAMES)} {rng.choice(LAST)}",
        "name2": lambda: rng.choice(LAST),
        "title": lambda: " ".join(rng.sample(WORDS, 2)).title(),
        "words": lambda: " ".join(rng.choices(WORDS, k=rng.randint(3, 10))),
        "city": lambda: rng.choice(CITIES),
        "email": lambda: f"{rng.choice(NAMES).lower()}.{rng.choice(LAST).lower()}@example.com",
        "phone": lambda: f"+49 {rng.randrange(10**9):09d}",
        "phone2": lambda: f"0{rng.randrange(10**9):09d}",
        "url": lambda: f"/{rng.choice(WORDS)}/{rng.choice(WORDS)}",
        "url2": lambda: f"https://{rng.choice(WORDS)}.example.com",
        "ip": lambda: ".".join(str(rng.randrange(256)) for _ in range(4)),
        "ip2": lambda: f"10.0.{rng.randrange(9)}.{rng.randrange(256)}",
    }[kind]()
