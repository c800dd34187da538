"""A schema drawn at random, with what each of its columns is about."""

import random
from dataclasses import dataclass, field

from agents.minds.intent.drawing.concepts import EVENTS, THINGS, Concept, Event
from agents.minds.intent.schema import Column, Schema, Table

_SHORT = {"amount": "amt", "quantity": "qty", "customer": "cust", "product": "prod", "number": "no", "date": "dt",
          "name": "nm",
          "category": "cat", "department": "dept", "employee": "emp", "average": "avg", "temperature": "temp",
          "distance": "dist", "duration": "dur", "account": "acct", "status": "stat", "weight": "wt",
          "country": "ctry"}  # fmt: skip
_TYPES = {"number": ("int", "numeric", "double", "decimal(12,2)", "bigint"), "text": ("varchar", "text", "string"),
          "date": ("timestamp", "date", "datetime"), "flag": ("boolean", "bool")}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A column and the concept behind it."""

    table: str
    column: str
    concept: Concept


@dataclass
class Drawn:
    """A schema and what is where in it."""

    schema: Schema
    fact: str
    event: Event
    measures: list[Place] = field(default_factory=list)
    qualities: list[Place] = field(default_factory=list)
    flags: list[Place] = field(default_factory=list)
    labels: list[tuple[str, Place]] = field(default_factory=list)
    """A thing's words and the column with its name."""


class _Style:
    """How one schema writes its names."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.camel = draw.random() < 0.15
        self.short = draw.random() < 0.3
        self.plural = draw.random() < 0.7
        self.layered = draw.random() < 0.25
        self.described = draw.choice((0.0, 0.4, 0.9))
        self.dialect = {kind: draw.choice(types) for kind, types in _TYPES.items()}

    def name(self, words: tuple[str, ...] | list[str]) -> str:
        """A name of these words."""
        parts = [w.lower() for word in words for w in word.split()]
        if self.short:
            parts = [_SHORT.get(p, p) for p in parts]
        if self.camel:
            return parts[0] + "".join(p.capitalize() for p in parts[1:])
        return "_".join(parts)

    def table(self, words: tuple[str, ...], fact: bool) -> str:
        """A table's name."""
        last = words[-1]
        plural = (
            last[:-1] + "ies"
            if last.endswith("y") and last[-2] not in "aeiou"
            else last + ("" if last.endswith("s") else "s")
        )
        plain = self.name([*words[:-1], plural if self.plural and last != "aircraft" else last])
        return (("fct_" if fact else "dim_") if self.layered else "") + plain


def draw_schema(draw: random.Random) -> Drawn:
    """One event with its things, and sometimes a second event that only distracts."""
    style = _Style(draw)
    event = draw.choice(EVENTS)
    found = Drawn(Schema(tables=()), "", event)
    tables = [_fact(draw, style, event, found)]
    for thing in event.things:
        if draw.random() < 0.75:
            tables.append(_thing(draw, style, thing, found))
    if draw.random() < 0.35:
        other = draw.choice([e for e in EVENTS if not _shares(e, event)])
        aside = Drawn(Schema(tables=()), "", other)
        tables.append(_fact(draw, style, other, aside))
    draw.shuffle(tables)
    found.schema = Schema(tables=tuple(tables))
    return found


def _shares(one: Event, other: Event) -> bool:
    """Whether words of two events or their columns would be mistaken for one another."""

    def said(e: Event) -> set[str]:
        parts = [*e.said, *(s for c in (*e.measures, *e.qualities, *e.flags) for s in c.said)]
        return {w for p in parts for w in p.split()} | {v for c in e.qualities for v in c.values}

    return bool(said(one) & said(other))


def _fact(draw: random.Random, style: _Style, event: Event, found: Drawn) -> Table:
    name = style.table(event.words, fact=True)
    columns = [Column(name=style.name([*event.words, "id"]), type="bigint")]
    columns += [Column(name=style.name([thing, "id"]), type="bigint") for thing in event.things]
    columns.append(Column(name=style.name(draw.choice(event.when).split()), type=style.dialect["date"]))
    for measure in event.measures:
        unit = [measure.unit] if measure.unit and draw.random() < 0.4 else []
        column = _column(draw, style, [*measure.words, *unit], "number", measure)
        columns.append(column)
        found.measures.append(Place(name, column.name, measure))
    for quality in event.qualities:
        column = _column(draw, style, list(quality.words), "text", quality)
        columns.append(column)
        found.qualities.append(Place(name, column.name, quality))
    for flag in event.flags:
        prefix = ["is"] if draw.random() < 0.6 else []
        column = _column(draw, style, [*prefix, *flag.words], "flag", flag)
        columns.append(column)
        found.flags.append(Place(name, column.name, flag))
    found.fact = name
    told = f"one row per {' '.join(event.words)}" if draw.random() < style.described else ""
    return Table(name=name, description=told, columns=tuple(columns))


def _thing(draw: random.Random, style: _Style, thing: str, found: Drawn) -> Table:
    said, qualities = THINGS[thing]
    name = style.table((thing,), fact=False)
    label = style.name([thing, "name"]) if draw.random() < 0.6 else "name"
    columns = [Column(name=style.name([thing, "id"]), type="bigint"), Column(name=label, type=style.dialect["text"])]
    for word in said:
        found.labels.append((word, Place(name, label, Concept((thing,), said))))
    for quality in qualities:
        if any(quality.words == p.concept.words for p in found.qualities):
            continue
        column = _column(draw, style, list(quality.words), "text", quality)
        columns.append(column)
        found.qualities.append(Place(name, column.name, quality))
    return Table(name=name, columns=tuple(columns))


def _column(draw: random.Random, style: _Style, words: list[str], kind: str, concept: Concept) -> Column:
    told = ""
    if draw.random() < style.described:
        told = draw.choice(concept.said) + (f", in {concept.unit}" if concept.unit else "")
    return Column(name=style.name(words), type=style.dialect[kind], description=told, values=concept.values)
