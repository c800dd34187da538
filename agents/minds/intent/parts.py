"""A request cut into parts: names with what they may mean, markers, figures, times, and the words left over."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from agents.minds.intent.fitting import Link
from agents.minds.intent.glossary import BEYOND, FILLER
from agents.minds.intent.idioms import plain
from agents.minds.intent.linking import Index, Mention
from agents.minds.intent.markers import Marker, fixed, markers
from agents.minds.intent.spelling import corrected
from agents.minds.intent.times import When, grains, ranges, vague
from agents.minds.intent.tokens import Token, stem, stems, tokenise


@dataclass(slots=True)
class Part:
    """One stretch of the request; `used` once it is understood."""

    kind: Literal["mention", "marker", "figure", "quoted", "time", "grain", "word"]
    start: int
    end: int
    mention: Mention | None = None
    marker: Marker | None = None
    when: When | None = None
    used: bool = False

    def links(self) -> list[Link]:
        """What a name may mean, best first; nothing for other parts."""
        return self.mention.links if self.mention else []

    def value(self) -> Link | None:
        """The best of the sample values that it may be."""
        return next((k for k in self.links() if k.kind == "value"), None)

    def says(self, *kinds: str) -> bool:
        """Whether it is a marker of one of these kinds."""
        return self.marker is not None and self.marker.kind in kinds


@dataclass(slots=True)
class Request:
    """A request in parts; filler words are in none."""

    text: str
    tokens: list[Token]
    parts: list[Part]

    def shown(self, start: int, end: int) -> str:
        """The request's own words from one token to another."""
        last = self.tokens[end - 1]
        stop = self.text.find(last.text, last.start) + len(last.text)
        return " ".join(self.text[self.tokens[start].start : stop].strip("\"'“” ").split())

    def word(self, at: int) -> str:
        """A token in lower case, or nothing outside."""
        return self.tokens[at].lower if 0 <= at < len(self.tokens) else ""

    def after(self, part: Part) -> Part | None:
        """What stands right behind a part."""
        return next((p for p in self.parts if p.start == part.end), None)

    def before(self, part: Part) -> Part | None:
        """What stands right before a part."""
        return next((p for p in self.parts if p.end == part.start), None)

    def name(self, part: Part) -> str:
        """What a part is called in an answer: the request's own words in lower case."""
        return self.shown(part.start, part.end).lower()

    def words(self, part: Part) -> list[str]:
        """A part's tokens in lower case."""
        return [t.lower for t in self.tokens[part.start : part.end]]

    def stems(self, part: Part) -> set[str]:
        """Stems of a part's tokens."""
        return {t.stem for t in self.tokens[part.start : part.end]}


def cut(text: str, index: Index, today: date) -> Request:
    """A request in parts."""
    text = plain(corrected(text, index), index)
    tokens = tokenise(text)
    whens = _times(text, tokens, today)
    timed = [any(w.start <= t.start < w.end for w in whens) for t in tokens]
    idioms = fixed(tokens)
    blocked = [(b and not _free(whens, t)) or f for b, t, f in zip(timed, tokens, idioms, strict=True)]
    mentions = index.mentions(tokens, blocked)
    numbered = {tokens[m.end].start for m in mentions if m.end < len(tokens) and _numbers(index, m)}
    whens = [w for w in whens if not (w.start in numbered and w.end == w.start + 4)]
    of_year = {tokens[m.end].start for m in mentions if m.end < len(tokens) and _dates_by_year(index, m)}
    whens = [w for w in whens if not (w.start in of_year and _SOME_YEAR.fullmatch(text[w.start : w.end].strip()))]
    timed = [any(w.start <= t.start < w.end for w in whens) for t in tokens]
    named = [False] * len(tokens)
    parts = []
    for mention in mentions:
        covered = range(mention.start, mention.end)
        if any(timed[i] and not _own(index, mention, tokens[i]) for i in covered) and not _quality(mention, mentions):
            continue
        named[mention.start : mention.end] = [True] * len(covered)
        parts.append(Part("mention", mention.start, mention.end, mention=mention))
    for when in whens:
        inside = [i for i, t in enumerate(tokens) if when.start <= t.start < when.end]
        if inside and not any(named[i] for i in inside):
            kind: Literal["time", "grain", "word"] = "time" if when.days else "grain" if when.grain else "word"
            parts.append(Part(kind, inside[0], inside[-1] + 1, when=when))
            for i in inside:
                named[i] = True
    parts += [Part("marker", m.start, m.end, marker=m) for m in markers(tokens, named)]
    for part in parts:
        named[part.start : part.end] = [True] * (part.end - part.start)
    parts += _rest(tokens, named)
    return Request(text, tokens, sorted(parts, key=lambda p: p.start))


def doer(request: Request, by: Part) -> bool:
    """Whether a `by` says who did something: `paid by`, `made by`."""
    before = request.word(by.start - 1)
    return request.word(by.end - 1) == "by" and by.end == by.start + 1 and (before.endswith("ed") or before in _DONE)


_DONE = {"bought", "sold", "made", "taken", "given", "done", "driven", "paid", "sent", "held", "run", "won",
         "spent", "written", "flown", "built", "led", "seen", "brought", "kept", "met", "read", "ridden", "cut",
         "put"}  # fmt: skip


def _times(text: str, tokens: list[Token], today: date) -> list[When]:
    quoted = [(t.start, t.start + len(t.text) + 2) for t in tokens if t.kind == "quoted"]
    found = [w for w in ranges(text, today) if not any(a <= w.start < b for a, b in quoted)]
    for grain in grains(text):
        if not any(w.start < grain.end and grain.start < w.end for w in found):
            found.append(grain)
    for one in vague(text):
        if not any(w.start < one.end and one.start < w.end for w in found):
            found.append(one)
    return found


def _own(index: Index, mention: Mention, token: Token) -> bool:
    """Whether a word of a grain stands in the name itself that a longer phrase means."""
    best = mention.links[0]
    column = index.schema.column(best.table, best.column)
    said = token.stem in (*column.stems, *stems(column.description.split())) if column else False
    return said and mention.end - mention.start > 1 and best.score > 0.85


def _numbers(index: Index, mention: Mention) -> bool:
    """Whether a year after it is a value of it: `vintage 2019`."""
    best = mention.links[0]
    number = index.schema.kind(best.table, best.column) == "number"
    return number and best.score >= 0.9 and best.value is None


_SOME_YEAR = re.compile(r"(?:before|after|since|until|prior to|later than|earlier than)\s+(?:19|20)\d\d", re.IGNORECASE)


def _dates_by_year(index: Index, mention: Mention) -> bool:
    """Whether its table has no date of that and says the year as a figure: `launched after 2020` of `launch_yr`."""
    links = [k for k in mention.links if k.column and k.score >= 0.5]
    columns = [c for k in links if (c := index.schema.column(k.table, k.column))]
    if not links or any(c.kind == "date" for c in columns):
        return False
    return any(c.kind == "number" and stem("year") in c.stems for c in columns)


def _quality(mention: Mention, mentions: list[Mention]) -> bool:
    """Whether it is a value that stands before the rows it is of: `annual subscriptions`."""
    best = mention.links[0]
    after = next((m.links[0] for m in mentions if m.start == mention.end), None)
    near = [
        m.links[0] for m in mentions if m is not mention and 0 <= max(m.start - mention.end, mention.start - m.end) <= 2
    ]
    if best.kind == "value" and any(
        k.kind == "value" and (k.table, k.column) == (best.table, best.column) for k in near
    ):
        return True  # `annual vs monthly subscribers`
    return best.kind == "value" and bool(after and after.kind == "table" and after.table == best.table)


def _free(whens: list[When], token: Token) -> bool:
    """Words of a grain may belong to a name instead (`monthly_fee`, `day_of_week`); those of a range may not."""
    return any(not w.days and w.start <= token.start < w.end for w in whens)


def beyond(tokens: list[Token], at: int) -> bool:
    """Whether a word asks for what an intent cannot say: `growth`, `share`, `running total`."""
    after = tokens[at + 1].lower if at + 1 < len(tokens) else ""
    running = tokens[at].lower == "running" and after in ("total", "totals", "sum", "count", "average", "balance")
    return tokens[at].stem in BEYOND or running


def _asks_for(tokens: list[Token], at: int) -> bool:
    """`share the top ten` asks for it; `share of new ones` is a share."""
    return at == 0 and tokens[0].lower == "share" and len(tokens) > 1 and tokens[1].lower in ("the", "a", "with", "me")


def _rest(tokens: list[Token], named: list[bool]) -> Iterator[Part]:
    for i, token in enumerate(tokens):
        if named[i] or token.kind == "sign":
            continue
        after = i > 0 and tokens[i - 1].lower in ("than", "least", "most")
        if token.kind == "quoted":
            yield Part("quoted", i, i + 1)
        elif token.kind == "number" or (token.number is not None and (token.lower != "one" or after)):
            yield Part("figure", i, i + 1)
        elif (token.stem not in FILLER or beyond(tokens, i)) and not _asks_for(tokens, i):
            yield Part("word", i, i + 1)
