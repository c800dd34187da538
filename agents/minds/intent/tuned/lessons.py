"""What the model learns from: drawn requests said in other words than the rules know, with what the rules read of them.

The generator draws schemas and requests; here its words are exchanged: names by synonyms, phrases by other wordings,
what is absent by names of other schemas. A part of the events, synonyms and wordings is kept apart and only measures.
"""

import random
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from agents.minds.engines.prompt import Prompt
from agents.minds.intent.drawing.concepts import (
    ABSENT_MEASURES,
    ABSENT_QUALITIES,
    ABSENT_VALUES,
    EVENTS,
    THINGS,
    Concept,
)
from agents.minds.intent.drawing.requests import Example, requests_of
from agents.minds.intent.drawing.schemas import Drawn, Place, draw_schema
from agents.minds.intent.rules import reading
from agents.minds.intent.schema import Schema
from agents.minds.intent.tuned.notation import Names, catalogue, spoken, undated
from agents.minds.intent.tuned.prompt import prompt

TOGETHER = 6
"""Requests to one schema, which is read once for all of them."""
_THIRD = TOGETHER // 3
_DRAWN = 4 * TOGETHER
SYNONYMS = Path(__file__).parents[2] / "match" / "words" / "synonyms.txt"
WORDINGS = Path(__file__).parent / "wordings.txt"
_APART = 4
"""Events and one in so many synonyms are kept apart."""
_NEVER = {"sum", "total", "count", "number", "average", "top", "max", "min", "mean"}


@dataclass(frozen=True)
class Lesson:
    """A question and its answer."""

    example: Example
    prompt: Prompt
    says: tuple[str, ...]


def lessons(count: int, seed: int, *, apart: bool = False) -> Iterator[tuple[Lesson, ...]]:
    """Schemas with about that many requests in all; `apart`: in words that are never trained on."""
    made, turn = 0, 0
    while made < count:
        draw = random.Random(f"{seed}/{turn}/{apart}")
        turn += 1
        if found := tuple(_lessons(_schema(draw, apart), draw, apart)):
            made += len(found)
            yield found


def _schema(draw: random.Random, apart: bool) -> Drawn:
    while True:
        drawn = draw_schema(draw)
        if (drawn.event in EVENTS[-_APART:]) is apart:
            return drawn


def _lessons(drawn: Drawn, draw: random.Random, apart: bool) -> Iterator[Lesson]:
    schema, names = drawn.schema, Names(drawn.schema)
    for example in _apart(drawn, draw) if apart else _mixed(drawn, draw):
        request, _, read = reading(example.request, schema, example.today)
        says, draft = spoken(example.intent, names), undated(read, request)
        if set(says) <= catalogue(request, schema, draft, names).keys():
            yield Lesson(example, prompt(request, schema, draft, names), tuple(says))


def _apart(drawn: Drawn, draw: random.Random) -> Iterator[Example]:
    for one in requests_of(_respelled(drawn, draw, True), draw, TOGETHER):
        yield _reworded(_without(one, draw, True), draw, True)


def _mixed(drawn: Drawn, draw: random.Random) -> Iterator[Example]:
    """A third in other words, a third in those that the rules know, a third that cannot be answered.

    Of other words alone it would learn that what the rules leave open is nearly always there.
    """
    spelt = requests_of(_respelled(drawn, draw, False), draw, _DRAWN)
    plain = [one for one in requests_of(drawn, draw, TOGETHER) if not one.intent.unknown]
    other = [one for one in spelt if not one.intent.unknown]
    absent = [_without(one, draw, False) for one in spelt if one.intent.unknown]
    found = [
        *(_reworded(_doubled(one, drawn, draw), draw, False) for one in other[:_THIRD]),
        *(_doubled(one, drawn, draw) for one in plain[:_THIRD]),
        *(_reworded(one, draw, False) if draw.random() < 0.5 else one for one in absent[:_THIRD]),
    ]
    draw.shuffle(found)
    yield from found


def _doubled(example: Example, drawn: Drawn, draw: random.Random) -> Example:
    """Now and then two figures in place of one."""
    bound = example.intent.bindings
    first = bound.metrics[0]
    place = next((p for p in drawn.measures if (p.table, p.column) == (first.table, first.column)), None)
    named = re.findall(rf"\b{re.escape(first.name)}\b", example.request)
    if place is None or bound.limit or len(named) != 1 or draw.random() > 0.2:
        return example
    alike = [p for p in drawn.measures if p.concept.kind == place.concept.kind and p.column != place.column]
    if not alike:
        return example
    second = draw.choice(alike)
    said = draw.choice(second.concept.said)
    more = first.model_copy(update={"name": said, "table": second.table, "column": second.column})
    bindings = bound.model_copy(update={"metrics": [first, more]})
    return replace(
        example,
        request=example.request.replace(first.name, f"{first.name} and {said}", 1),
        intent=example.intent.model_copy(update={"bindings": bindings}),
    )


def _respelled(drawn: Drawn, draw: random.Random, apart: bool) -> Drawn:
    """The same schema, of which requests also speak in synonyms."""
    told = _told(drawn.schema)

    def other(place: Place) -> Place:
        more = [s for s in _synonyms("_".join(place.concept.words), apart) if not _near(s, told)]
        said = tuple(draw.sample(more, k=min(2, len(more))))
        kept = place.concept.said if not (apart and said) else place.concept.said[:1]
        return replace(place, concept=replace(place.concept, said=kept + said))

    labels = [(said, place) for said, place in drawn.labels]
    for said, place in drawn.labels:
        more = [s for s in _synonyms(said.replace(" ", "_"), apart) if not _near(s, told)]
        labels += [(s, place) for s in more[:1]]
    return replace(drawn, measures=list(map(other, drawn.measures)), qualities=list(map(other, drawn.qualities)),
                   labels=labels)  # fmt: skip


def _without(example: Example, draw: random.Random, apart: bool) -> Example:
    """A request for something else that is absent: the few words of the generator would be learned by heart."""
    if not example.intent.unknown:
        return example
    (absent,) = example.intent.unknown
    told = _told(example.schema)
    known = {s for w in re.findall(r"[a-z]+", told) for s in _synonyms(w, None)}
    pool = [w for w in _absent(absent) if _is_apart(w) is apart and not _near(w, told) and w not in known]
    if not pool or absent not in example.request:
        return example
    chosen = draw.choice(pool)
    intent = example.intent.model_copy(update={"unknown": [chosen]})
    return replace(example, request=example.request.replace(absent, chosen, 1), intent=intent)


def _reworded(example: Example, draw: random.Random, apart: bool) -> Example:
    text = example.request
    top = re.search(r"\b(top|bottom) (\d+) (\w+(?: \w+)?) by ", text)
    if top and draw.random() < 0.5:
        way = ("highest", "largest", "most") if top[1] == "top" else ("lowest", "smallest", "least")
        ways = (f"which {top[2]} {top[3]} come out {way[0]} in ",) if apart else (
            f"the {top[2]} {top[3]} with the {way[0]} ", f"which {top[2]} {top[3]} have the {way[1]} ")  # fmt: skip
        text = text.replace(top[0], draw.choice(ways), 1)
    for usual, others in _wordings():
        if draw.random() < 0.6:
            chosen = others[-1] if apart else draw.choice(others[:-1])
            text = re.sub(rf"\b{usual}\b", chosen, text, count=1)
    unknown = [w if w in text else next(iter(re.findall(re.escape(w), text, re.I)), w) for w in example.intent.unknown]
    return replace(example, request=text, intent=example.intent.model_copy(update={"unknown": unknown}))


def _told(schema: Schema) -> str:
    return " ".join(f"{t.name} {c.name} {c.description} {c.values}" for t in schema.tables for c in t.columns).lower()


def _near(words: str, told: str) -> bool:
    """Whether a word of a schema could be taken for one of these."""
    return any(part[:4] in told or part in _NEVER for part in words.lower().split())


def _is_apart(words: str) -> bool:
    return zlib.crc32(words.encode()) % _APART == 0


@cache
def _groups() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in SYNONYMS.read_text().splitlines():
        words = line.split() if not line.startswith("#") else []
        for word in words:
            found.setdefault(word, set()).update(w for w in words if w != word)
    return found


def _synonyms(word: str, apart: bool | None) -> list[str]:
    said = sorted(s.replace("_", " ") for s in _groups().get(word, ()))
    return [s for s in said if apart is None or _is_apart(s) is apart]


def _absent(kind_of: str) -> Sequence[str]:
    kinds = (ABSENT_MEASURES, ABSENT_QUALITIES, ABSENT_VALUES)
    kind = next((k for k in kinds if kind_of in k), ABSENT_VALUES)
    return _pool(kinds.index(kind))


@cache
def _pool(kind: int) -> tuple[str, ...]:
    """Everything that any schema measures, sorts by, or has as a value."""
    concepts = [c for e in EVENTS for c in e.qualities] + [c for _, qs in THINGS.values() for c in qs]
    if kind == 2:
        return (*ABSENT_VALUES, *(v for c in concepts for v in c.values))
    measured: list[Concept] = [c for e in EVENTS for c in e.measures]
    named = [w.replace("_", " ") for w in _groups()]
    drawn = [s for c in (measured if kind == 0 else concepts) for s in c.said]
    return (*(ABSENT_MEASURES, ABSENT_QUALITIES)[kind], *drawn, *named)


@cache
def _wordings() -> list[tuple[str, list[str]]]:
    lines = [line.split(" => ") for line in WORDINGS.read_text().splitlines() if " => " in line and line[0] != "#"]
    return [(usual, others.split(" | ")) for usual, others in lines]
