"""Values for generated columns: what a source held, and what it delivers later."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from agents.minds.match.roles import family
from agents.minds.match.sample import Sample

LETTERS = "abcdefghijklmnopqrstuvwxyz"
DAY = 86400.0

Value = float | str | None


@dataclass(frozen=True)
class Source:
    """How the values of one column come about: a manner and numbers that are its own."""

    kind: str
    manner: str
    scale: float
    width: float
    whole: bool
    nulls: float
    words: tuple[str, ...]

    @classmethod
    def drawn(cls, rng: Random, kind: str, manner: str, like: "Source | None" = None) -> "Source":
        """A new one; `like` another it has nearly its numbers."""
        words = tuple(_word(rng) for _ in range({"few": rng.randint(2, 9), "letters": 25, "city": 60}.get(manner, 300)))
        scale = 10 ** rng.uniform(0, 4.5) if like is None else like.scale * rng.uniform(0.8, 1.25)
        nulls = rng.choice((0.0, 0.0, 0.0, rng.random() * 0.3, rng.random() * 0.8)) if like is None else like.nulls
        return cls(kind, manner, scale, rng.uniform(0.2, 1.2), rng.random() < 0.3, nulls, words)

    def value(self, rng: Random, row: int, moment: float) -> Value:
        """The value of one row, whose own time is `moment` seconds."""
        if rng.random() < self.nulls:
            return None
        drawn: dict[str, Callable[[], float | str]] = {
            "key": lambda: float(int(self.scale * 10) + row),
            "money": lambda: round(self.scale * rng.lognormvariate(0, self.width), 0 if self.whole else 2),
            "measure": lambda: round(self.scale * rng.gauss(1, self.width / 3), 0 if self.kind == "INTEGER" else 1),
            "share": lambda: round(rng.betavariate(1 + self.width * 4, 3) * (100 if self.whole else 1), 3),
            "small": lambda: float(min(int(rng.expovariate(1 / (1 + self.width * 5))), 99)),
            "year": lambda: float(int(rng.gauss(2005, 1 + 12 * self.width))),
            "day": lambda: (moment + self.scale * DAY / 100) // DAY * DAY,
            "moment": lambda: moment + self.scale + rng.random() * self.scale,
            "flag": lambda: float(rng.random() < 0.9 * min(self.width, 1)),
            "few": lambda: self.words[min(int(rng.expovariate(1.5 / len(self.words) * 2)), len(self.words) - 1)],
            "letters": lambda: rng.choice(self.words)[:2].upper(),
            "city": lambda: rng.choice(self.words).capitalize(),
            "code": lambda: f"{self.words[0][:2].upper()}-{rng.randrange(10**5):0{3 + int(self.width * 3)}d}",
            "name": lambda: f"{rng.choice(self.words).capitalize()} {rng.choice(self.words).capitalize()}",
            "words": lambda: " ".join(rng.choice(self.words) for _ in range(rng.randint(1, 3))).capitalize(),
            "text": lambda: " ".join(rng.choice(self.words) for _ in range(rng.randint(3, 12))),
            "mail": lambda: f"{rng.choice(self.words)}@{self.words[0]}.com",
            "digits": lambda: f"{int(self.scale)}{rng.randrange(10**6):06d}",
        }
        value = drawn[self.manner]()
        return value if isinstance(value, str) else float(value)


def rows(rng: Random, source: Source, count: int, first: int, started: float) -> list[Value]:
    """So many rows from the first one on."""
    return [source.value(rng, first + i, started + (first + i) * 3600.0) for i in range(count)]


def sample(kind: str, values: list[Value]) -> Sample:
    """As it would be read from a table."""
    known = [v for v in values if v is not None]
    return Sample(family(kind), known, len(values) - len(known))


def _word(rng: Random) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(3, 9)))
