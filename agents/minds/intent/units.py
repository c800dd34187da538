"""What a column's name and description say that its figures are in."""

import re
from collections.abc import Iterable, Sequence

from agents.minds.intent.glossary import CURRENCIES, UNITS, named_words
from agents.minds.intent.kinds import LASTING, MONEY, MONEYED, QUANTITIES
from agents.minds.intent.schema import Column, Table
from agents.minds.intent.tokens import stem, stems

_COINS = set(stems((*CURRENCIES, "cent")))
_BEFORE = set(stems(("wait", "waiting", "delay", "late", "overdue", "lead", "queue")))
_EXTENTS = {"month", "year", "day", "maximum", "minimum"}
"""Of `UNITS`, what figures may be of in any unit."""

_TIMES: dict[str, float] = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_WEIGHTS: dict[str, float] = {"milligram": 0.001, "gram": 1, "kilogram": 1000, "tonne": 1000000}
_LENGTHS: dict[str, float] = {"millimeter": 0.001, "centimeter": 0.01, "meter": 1, "kilometer": 1000}
_VOLUMES: dict[str, float] = {"milliliter": 0.001, "centiliter": 0.01, "liter": 1}
_SIZES: dict[str, float] = {"byte": 1, "megabyte": 1e6, "gigabyte": 1e9, "terabyte": 1e12}
_SCALES = (_TIMES, _WEIGHTS, _LENGTHS, _VOLUMES, _SIZES)
"""Units that one figure can be said in, and how much of it each is."""
_WEIGHED = set(stems(_WEIGHTS))


def fit(column: Column, wanted: Sequence[str], unit: str | None) -> float:
    """How surely a measure is what these stems, best first, and a unit are about; 0 where it is not."""
    units = set(stems((*_units(_words(column.name)), *_units(_said(column.description), least=2))))
    if "duration" in wanted and waits(column):
        return 0.0
    near = next((i for i, s in enumerate(wanted) if s in column.stems), None)
    score = 0.0 if near is None else 1.0 - 0.1 * near
    if near is None and unit is None:  # `heaviest load` of a column `tonnes`, `longest call` of `talk_sec`
        weighs = "weight" in wanted and bool(units & _WEIGHED)
        score = 0.6 if weighs or ("duration" in wanted and lasts(column)) else 0.0
    if unit == "money":
        score += 0.4 if units & _COINS else 0.0
        return score + (0.8 if set(column.stems) & MONEY else 0.0)
    if unit and stem(unit) in units:
        return score + (0.8 if not wanted or score else 0.5)
    return 0.0 if unit and set(column.stems) & MONEYED else score  # no money is `bigger than 1200 sqft`


def waits(column: Column) -> bool:
    """Whether a figure is of the time before something: a visit that is longer did not wait longer."""
    return bool(set(column.stems) & _BEFORE)


def lasts(column: Column) -> bool:
    """Whether a figure is of time: `payment_terms_days` is no payment."""
    units = {UNITS.get(w) for w in (*named_words(column.name), *re.split(r"[^a-z]+", column.name.lower()))}
    return bool(set(column.stems) & LASTING or units & {"day", "hour", "minute", "second", "millisecond", "month"})


def converted(column: Column, number: float, unit: str | None) -> float | None:
    """A figure in the column's own unit: 10 minutes of a `length_sec` are 600; None where that cannot be.

    As it is where the column states no unit, or none was said.
    """
    named = _units(_words(column.name), least=2)
    stated = [*named, *_units(_said(column.description), least=2)]
    for scale in _SCALES:
        if unit not in scale:
            continue
        if own := next((u for u in stated if u in scale), None):
            made = number * scale[unit] / scale[own]
            return int(made) if made == int(made) else made
        if any(u in other for other in _SCALES for u in named):
            return None
    return number


def rescaled(column: Column, word: str) -> bool:
    """Whether a figure of the column would have to be converted to be in this unit: minutes `in hours`."""
    unit = UNITS.get(word)
    made = converted(column, 1, unit) if unit else 1
    return made is not None and made != 1


def weighed(table: Table) -> Column | None:
    """`how much limestone was moved`: of a table with one figure of weight or volume, that one."""
    last = [(c, UNITS.get("".join(_words(c.name)[-1:]))) for c in table.columns if c.is_measure]
    found = [c for c, unit in last if unit in _WEIGHTS or unit in _VOLUMES]
    return found[0] if len(found) == 1 else None


def contradicts(column: Column, unit: str | None) -> bool:
    """Whether a column states another unit than what was said: no battery of kWh is under 10%."""
    own = set(_units(_words(column.name))) - _EXTENTS
    own = {"money" if u in CURRENCIES else u for u in own}
    return bool(unit and own) and unit not in own and {unit, *own} & {"percent", "money"} != set()


def countable(column: Column, said: Iterable[str] = ()) -> bool:
    """Whether a figure may be how many there are of something: no money, and in no unit but one that is said.

    Screenings are not as many as a `screen_count` says.
    """
    raw, words = _words(column.name), list(said)
    if any(w.removesuffix("s").endswith("ing") for w in words) and not any(w.endswith("ing") for w in raw):
        return False
    units = set(_units(raw))
    return not set(column.stems) & MONEYED - QUANTITIES and (not units or bool(units & {UNITS.get(w) for w in words}))


def _units(words: Iterable[str], *, least: int = 1) -> list[str]:
    """The units among words of so many letters."""
    return [UNITS[w] for w in words if w in UNITS and len(w) >= least]


def _words(name: str) -> list[str]:
    return [w.lower() for w in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]


def _said(text: str) -> list[str]:
    return [w.strip(".,;()").lower() for w in text.split()[:30]]
