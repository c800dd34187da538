"""How often a healthy delivery is taken for a fault: real flights month by month, a growing shop, a generated business.

One observation is one source whose data moved between two deliveries; reports built of them are watched too, and what
is said of one counts as an alarm, though not as one more observation. Target: at most 1% alarms, by the upper end
of the one-sided 95% interval (Clopper and Pearson).
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from math import comb
from pathlib import Path
from typing import Any

from _bundled import Scratch, arguments, scratch, tell
from _healthy import Business

from adp_dagster.data import commerce, flights
from agents.build import audit
from agents.errors import UsageError
from agents.ledger import Ledger
from agents.project import Project

TARGET_PERCENT = 1.0
FIRST_WEEK, WEEKS = 8, 52
ORDERS = 5_000


def step(project: Project, seen: Counter[str], alarms: list[str]) -> None:
    """Audit one healthy delivery, and publish it whatever was said, so that an alarm counts once."""
    with closing(Ledger.at(project.state)) as ledger:
        audited = audit(project, ledger)
        if audited.evidence:
            audit(project, ledger, tuple(e.node for e in audited.evidence))
    seen["observations"] += len(audited.observation.grown)
    alarms += [e.message for e in audited.evidence]


def bundled(made: Scratch) -> Iterator[Project]:
    """Months of flights, and beside them a shop with ever more orders."""
    for month in range(2, 13):
        commerce.generate(made.places.bronze, ORDERS + 400 * month)
        made.load([month])
        yield made.project


def upper(alarms: int, observations: int) -> float:
    """Upper end of the one-sided 95% interval of a rate.

    >>> round(upper(0, 300), 4)
    0.0099
    """
    low, high = 0.0, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        below = sum(comb(observations, k) * rate**k * (1 - rate) ** (observations - k) for k in range(alarms + 1))
        low, high = (rate, high) if below > 0.05 else (low, rate)
    return high


def row(name: str, seen: Counter[str], alarms: list[str], *, judged: bool = False) -> dict[str, Any]:
    """Measured; all of it together against target, because a part is too small for its interval."""
    count = seen["observations"]
    bound = 100 * upper(len(alarms), count) if count else 100.0
    return {
        "data": name,
        "observations": count,
        "alarms": len(alarms),
        "rate_%": round(100 * len(alarms) / max(count, 1), 2),
        "upper_95_%": round(bound, 2),
        "target_%": TARGET_PERCENT if judged else "",
        "met": bound <= TARGET_PERCENT if judged else "",
    }


def main() -> None:
    """A year of both; `--seeds` repeats the generated business with other numbers."""
    given = arguments(__doc__ or "")
    if given.project:
        raise SystemExit(str(UsageError("adp bench alarms runs on data of its own; leave out --project.")))
    rows, total, every = [], Counter[str](), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        made = scratch(Path(folder) / "clone", [1], orders=ORDERS)
        flights.write_drops(made.places.landing, range(2, 13))
        step(made.project, Counter(), [])
        seen, alarms = Counter[str](), list[str]()
        for project in bundled(made):
            step(project, seen, alarms)
        rows.append(row("flights and shop, a year", seen, alarms))
        total, every = total + seen, every + alarms
    for seed in range(given.seeds):
        with tempfile.TemporaryDirectory() as folder:
            business = Business(Path(folder))
            seen, alarms = Counter[str](), list[str]()
            for week in range(FIRST_WEEK, WEEKS):
                business.deliver(week, seed)
                step(business.project, seen if week > FIRST_WEEK else Counter(), alarms)
            rows.append(row(f"business {seed}, {WEEKS - FIRST_WEEK - 1} weeks", seen, alarms))
            total, every = total + seen, every + alarms
    rows.append(row("all", total, every, judged=True))
    tell("alarms", rows, given.json)
    if every and not given.json:
        print("\n".join(every))


if __name__ == "__main__":
    main()
