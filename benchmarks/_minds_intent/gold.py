"""The cases: schemas with requests, and each request's meaning as the scorer compares it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from agents.minds.intent.answer import Bindings, Intent
from agents.minds.intent.reading import schema_from
from agents.minds.intent.schema import Schema

HERE = Path(__file__).parent
TODAY = date(2025, 11, 20)
HALVES = ("open", "sealed")
_FIGURE = re.compile(r"(sum|avg|count_distinct|count|min|max|median) (\S+)")
_CONDITION = re.compile(r"(\S+) (=|!=|>=|<=|>|<|in|not in|between) (.+)")

Meaning = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A request, the schema it is asked of, and the meanings that are right; `unknown` alone: it has no answer."""

    half: str
    domain: str
    number: int
    request: str
    meanings: tuple[str, ...]

    @property
    def name(self) -> str:
        """`half/domain:number`."""
        return f"{self.half}/{self.domain}:{self.number}"

    @property
    def answerable(self) -> bool:
        """Whether some meaning can be bound."""
        return not all(m.startswith("unknown") for m in self.meanings)


@cache
def domain(half: str, name: str) -> tuple[Schema, tuple[Case, ...]]:
    """A schema and its cases."""
    given = yaml.safe_load((HERE / half / f"{name}.yml").read_text())
    lines = [line.partition(" => ") for line in given["asks"].splitlines() if line.strip()]
    cases = tuple(Case(half, name, i, asked.strip(), tuple(said.strip().split(" // ")))
                  for i, (asked, _, said) in enumerate(lines))  # fmt: skip
    return schema_from(yaml.safe_dump(given["schema"], sort_keys=False)), cases


def all_cases(*halves: str) -> Iterator[Case]:
    """Every case of these halves, or of both."""
    for half in halves or HALVES:
        for file in sorted((HERE / half).glob("*.yml")):
            yield from domain(half, file.stem)[1]


def meaning(said: str, schema: Schema) -> Meaning:
    """A written meaning in the form that `bound` gives. Raises ValueError where the schema has no such name."""
    found: Meaning = {"metrics": set(), "dimensions": set(), "grain": None, "filters": set(), "time": None, "order": (),
                      "limit": None}  # fmt: skip
    figures: list[Any] = []
    for piece in (p.strip() for p in said.split("|")):
        word, _, rest = piece.partition(" ")
        if word == "by":
            found["dimensions"] = {_column(c.strip(), schema) for c in rest.split(",")}
        elif word == "grain":
            found["grain"] = rest
        elif word == "where":
            found["filters"] = {_condition(c.strip(), schema) for c in rest.split(";")}
        elif word == "time":
            found["time"] = tuple(end or None for end in rest.split(".."))
        elif word == "limit":
            found["limit"] = int(rest)
        elif word == "order":
            by, _, way = rest.rpartition(" ")
            found["order"] = ((_column(by, schema) if by else figures[0], way == "desc"),)
        elif piece:
            for figure in piece.split(","):
                if not (match := _FIGURE.fullmatch(figure.strip())):
                    raise ValueError(f"{figure!r} is no figure")
                figures.append(_figure(match[1], match[2], schema))
            found["metrics"] = set(figures)
    return found


def bound(bindings: Bindings) -> Meaning:
    """What was answered, without the names that an answer may choose."""
    figures = {m.name: (m.aggregation, m.table, m.column) for m in bindings.metrics}
    grouped = {d.column: (d.table, d.column) for d in bindings.dimensions}
    time = bindings.time_range
    return {
        "metrics": {(m.aggregation, m.table, m.column) for m in bindings.metrics},
        "dimensions": {(d.table, d.column) for d in bindings.dimensions},
        "grain": bindings.grain,
        "filters": {(f.table, f.column, f.op, _value(f.value, f.op)) for f in bindings.filters},
        "time": (time.from_, time.to) if time else None,
        "order": tuple((figures.get(o.by) or grouped.get(o.by) or o.by, o.desc) for o in bindings.order),
        "limit": bindings.limit,
    }


def right(case: Case, answer: Intent, schema: Schema) -> bool:
    """Whether an answer is wholly right."""
    return right_of(case.meanings, answer, schema)


def right_of(meanings: Sequence[str], answer: Intent, schema: Schema) -> bool:
    """Whether an answer is one of these meanings."""
    if answer.unknown:
        return any(m.startswith("unknown") for m in meanings)
    wanted = [meaning(m, schema) for m in meanings if not m.startswith("unknown")]
    return bound(answer.bindings) in wanted


def _figure(aggregation: str, name: str, schema: Schema) -> tuple[str, str, str | None]:
    if aggregation == "count":
        if schema.table(name) is None:
            raise ValueError(f"no table {name}")
        return aggregation, name, None
    return (aggregation, *_column(name, schema))


def _column(name: str, schema: Schema) -> tuple[str, str]:
    table, _, column = name.rpartition(".")
    found = [(t.name, c.name) for t in schema.tables for c in t.columns
             if c.name == column and (not table or t.name == table)]  # fmt: skip
    if len(found) != 1:
        raise ValueError(f"{name} is in {len(found)} tables")
    return found[0]


def _condition(said: str, schema: Schema) -> tuple[str, str, str, Any]:
    match = _CONDITION.fullmatch(said)
    if not match:
        raise ValueError(f"{said!r} is no condition")
    table, column = _column(match[1], schema)
    kind = schema.column(table, column)
    several = match[2] in ("in", "not in", "between")
    texts = [t.strip() for t in match[3].split(",")] if several else [match[3].strip()]
    values = [_typed(t, kind.kind if kind else "text") for t in texts]
    return table, column, match[2], _value(values if several else values[0], match[2])


def _typed(text: str, kind: str) -> Any:
    if text in ("true", "false") and kind == "boolean":
        return text == "true"
    text = text.strip('"')
    return float(text) if kind == "number" else text


def _value(value: Any, op: str) -> Any:
    if isinstance(value, list):
        plain = [_value(v, "=") for v in value]
        return tuple(plain) if op == "between" else frozenset(plain)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
