"""Cases to fit the matcher to: a table, a column that was renamed in it, and what else arrived."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random

from agents.minds.match.evidence import Case, Column, evidence
from agents.minds.match.names import Name
from agents.minds.match.roles import go_together, opposed, role
from agents.minds.match.sample import Sample, Seen
from agents.minds.match.training.rename import renamed, written
from agents.minds.match.training.values import Source, Value, rows, sample
from agents.minds.match.vocabulary import Phrase, Vocabulary, phrase_of, sides, vocabulary

NONE_RIGHT, TYPES_KNOWN, TYPE_TOLD = 0.15, 0.5, 0.75
"""Shares of the cases: no candidate is right; types of candidates are known; that of the missing one is."""
PREFIXED = (0.0, 0.0, 0.2, 0.7)
"""How often a table's columns begin with what a row of it is: each table has its own habit."""
UNKNOWN = (0.05, 0.15, 0.25, 0.35, 0.45)
"""Shares of the vocabulary that are hidden from the matcher: what people write is not all in the lists."""

RETYPED = {
    "BIGINT": ("INTEGER", "VARCHAR", "DOUBLE"), "INTEGER": ("BIGINT", "DOUBLE"), "DOUBLE": ("DECIMAL(18,2)", "BIGINT"),
    "BOOLEAN": ("VARCHAR", "INTEGER"), "DATE": ("TIMESTAMP", "VARCHAR"), "TIMESTAMP": ("DATE", "VARCHAR"),
    "VARCHAR": ("BIGINT",),
}  # fmt: skip
"""What else a type arrives as."""


@dataclass(frozen=True)
class Attribute:
    """What is called so in general."""

    words: Phrase
    kind: str
    manner: str


@dataclass(frozen=True)
class Drawn:
    """A case and the number of the right candidate; None where none is."""

    case: Case
    right: int | None
    spelled: tuple[str, ...]
    """The missing one's name and the candidates', as an embedding reads them."""


@cache
def general() -> tuple[tuple[str, ...], tuple[str, ...], tuple[Attribute, ...]]:
    """Entities, qualifiers and attributes."""
    lines = (Path(__file__).parent / "general.txt").read_text().splitlines()
    heads = {line.split(":")[0]: tuple(line.split(":")[1].split()) for line in lines if ": " in line and line[0] != "#"}
    rest = [line.split() for line in lines if line and ":" not in line]
    attributes = tuple(Attribute(phrase_of(name), kind, manner) for name, kind, manner in rest)
    return heads["entities"], heads["qualifiers"], attributes


def generated(seed: int, count: int, *, held_out: bool = False, data: bool = False) -> Iterator[Drawn]:
    """So many cases; those held out are about entities and attributes that the others never name."""
    rng = Random(f"{seed} {held_out} {data}")
    worlds = [vocabulary().without(Random(f"{seed} {share}"), share) for share in UNKNOWN]
    entities, qualifiers, attributes = general()
    mine = entities[held_out::3] if held_out else [e for n, e in enumerate(entities) if n % 3 != 1]
    known = [a for n, a in enumerate(attributes) if (n % 3 == 1) == held_out]
    for _ in range(count):
        yield _drawn(rng, mine, qualifiers, known, rng.choice(worlds), data)


def _drawn(
    rng: Random,
    entities: Sequence[str],
    qualifiers: Sequence[str],
    attributes: Sequence[Attribute],
    knows: Vocabulary,
    data: bool,
) -> Drawn:
    entity, attribute = rng.choice(entities), rng.choice(attributes)
    prefixed = rng.choice(PREFIXED)
    words = _named(rng, entity, qualifiers, attribute, prefixed)
    missing = written(rng, words if rng.random() < 0.6 else renamed(rng, words, entity, attribute.manner))
    right = next(filter(partial(_sensible, words), (
        written(rng, renamed(rng, words, entity, attribute.manner)) for _ in range(8))), "_".join(words))  # fmt: skip
    others: dict[str, Attribute] = {}
    wanted = rng.randint(2, 7)
    while len(others) < wanted:
        said, other = _other(rng, words, entity, entities, qualifiers, attribute, attributes, prefixed)
        name = written(rng, renamed(rng, said, entity, other.manner) if rng.random() < 0.5 else said)
        taken = {right.lower(), missing.lower(), *map(str.lower, others)}
        if name.lower() not in taken and not _as_good(words, attribute.kind, name, rng):
            others[name] = other
    there = rng.random() >= NONE_RIGHT and right.lower() != missing.lower()
    named = [*([(right, attribute)] if there else []), *others.items()]
    rng.shuffle(named)
    typed = data or rng.random() < TYPES_KNOWN
    candidates = [Column(Name.of(n, knows), _retyped(rng, a.kind) if typed else "") for n, a in named]
    column = Column(Name.of(missing, knows), attribute.kind if data or rng.random() < TYPE_TOLD else "")
    place = next((i for i, (n, a) in enumerate(named) if there and n == right and a is attribute), None)
    missed, seen = _delivered(rng, attribute, named, place) if data else (None, None)
    spelled = (column.name.spelled, *(c.name.spelled for c in candidates))
    return Drawn(Case(column, candidates, missed, seen), place, spelled)


def _retyped(rng: Random, kind: str) -> str:
    """The type, or now and then what another reader of the same file makes of it."""
    return rng.choice(RETYPED[kind]) if rng.random() < 0.12 else kind


def _sensible(words: Phrase, name: str) -> bool:
    """Whether a drawn name does not call the thing something else by a synonym in its other sense."""
    one, other = (Name.of(n, vocabulary()) for n in ("_".join(words), name))
    return go_together(role(one), role(other)) >= 0 and not opposed(one, other)


def _as_good(words: Phrase, kind: str, name: str, rng: Random) -> bool:
    """Whether a name says just the same: a table rarely holds a column twice, and then nobody could tell."""
    if rng.random() < 0.03:
        return False
    one, other = (Column(Name.of(n, vocabulary()), kind) for n in ("_".join(words), name))
    (found,) = evidence(Case(one, [other]))
    return found["both"] >= 0.7 and found["role_apart"] > -0.3 and not found["opposed"]


def _named(rng: Random, entity: str, qualifiers: Sequence[str], attribute: Attribute, prefixed: float) -> Phrase:
    words = attribute.words
    if words[0] != "is":
        if rng.random() < prefixed:
            words = (entity, *words)
        if rng.random() < 0.2:
            words = (rng.choice(qualifiers), *words)
    return words


def _other(
    rng: Random,
    words: Phrase,
    entity: str,
    entities: Sequence[str],
    qualifiers: Sequence[str],
    attribute: Attribute,
    attributes: Sequence[Attribute],
    prefixed: float,
) -> tuple[Phrase, Attribute]:
    """Something that also arrived: anything, or near in name and wrong."""
    other = rng.choice(attributes)
    while other is attribute:
        other = rng.choice(attributes)
    way = rng.random()
    if way < 0.04 and len(words) > 1:  # less than it said
        return words[-1:], attribute
    if way < 0.22:  # the same words with another role behind them
        return (*words, *other.words[-1:]), other
    if way < 0.3:  # the same attribute of something else
        return (rng.choice([e for e in entities if e != entity]), *attribute.words), attribute
    if way < 0.42 and (turned := _turned(rng, words)):
        return turned, attribute
    if way < 0.45:
        return _almost(rng, words), rng.choice((attribute, other))
    if way < 0.55 and (near := _lookalike(rng, words[0])):
        return (near, *words[1:]), other
    if way < 0.8:
        return (entity, *other.words), other
    return _named(rng, entity, qualifiers, other, prefixed), other


def _turned(rng: Random, words: Phrase) -> Phrase:
    """With a word's opposite in its place; empty where no word has one."""
    table = sides()
    for place, word in enumerate(words):
        for pair, side in table.get(word, ()):
            against = [w for w, found in table.items() if (pair, 1 - side) in found]
            if against:
                return (*words[:place], rng.choice(against), *words[place + 1 :])
    return ()


@cache
def _by_start() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in sorted(vocabulary().known):
        if len(word) > 3:
            found.setdefault(word[:3], []).append(word)
    return found


def _lookalike(rng: Random, word: str) -> str:
    near = [w for w in _by_start().get(word[:3], []) if w[:5] != word[:5]]
    return rng.choice(near) if near else ""


def _almost(rng: Random, words: Phrase) -> Phrase:
    """With another word in the place of the longest, which a letter tells apart: `pellets` for `pallets`."""
    place = max(range(len(words)), key=lambda i: len(words[i]))
    word, at = words[place], rng.randint(1, len(words[place]) - 1)
    letter = rng.choice("aeilnrst".replace(word[at], ""))
    other = word[:at] + rng.choice((letter + word[at + 1 :], word[at + 1 :], letter + word[at:]))
    return (*words[:place], other, *words[place + 1 :])


def _delivered(
    rng: Random, attribute: Attribute, named: Sequence[tuple[str, Attribute]], right: int | None
) -> tuple[Sample, dict[str, Seen]]:
    """What the table held, and what arrives: old rows and new ones with a key, without one, or later rows alone."""
    source = Source.drawn(rng, attribute.kind, attribute.manner)
    before = rows(rng, source, 80, 0, 1.7e9)
    way = rng.choice(("keyed", "keyed", "whole", "later", "later"))
    changed = rng.random() * 0.05
    seen = {}
    for number, (name, other) in enumerate(named):
        own = source if number == right else Source.drawn(
            rng, other.kind, other.manner, source if other.manner == attribute.manner and rng.random() < 0.5 else None
        )  # fmt: skip
        times = rng.choice((0.01, 100, 1000, 0.001, 1.609)) if number != right and rng.random() < 0.06 else 0.0
        times = times if attribute.manner in ("money", "measure") and other.kind == attribute.kind else 0.0
        if (number == right or times) and way != "later":
            old: list[Value] = [
                source.value(rng, i, 1.7e9) if rng.random() < changed else v for i, v in enumerate(before)
            ]
        else:
            old = [] if way == "later" else rows(rng, source if times else own, 80, 0, 1.7e9)
        late = rows(rng, source if times else own, 30 if old else 80, 80, 1.7e9)
        if times:
            old, late = ([v * times if isinstance(v, float) else v for v in part] for part in (old, late))
        seen[name] = _seen(before, other.kind, old, late, way == "keyed", bool(times))
    return sample(attribute.kind, before), seen


def _seen(before: list[Value], kind: str, old: list[Value], late: list[Value], keyed: bool, scaled: bool) -> Seen:
    values = {v for v in (*old, *late) if v is not None}
    missed = {v for v in before if v is not None}
    same = sum(a == b for a, b in zip(before, old, strict=True)) / len(before) if keyed and old else None
    return Seen(sample(kind, [*old, *late]), len(missed & values) / max(len(missed), 1), same, scaled and keyed)
