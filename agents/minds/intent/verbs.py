"""Words that only say what happened to what they stand by: `hours worked`, `kWh delivered`, `matters opened in May`."""

from agents.minds.intent.answer import ColumnRef
from agents.minds.intent.choosing import Chooser
from agents.minds.intent.fitting import Link
from agents.minds.intent.glossary import INCOME, OUTLAY
from agents.minds.intent.kinds import PAST
from agents.minds.intent.linking import alike
from agents.minds.intent.parts import Part, Request
from agents.minds.intent.tokens import stem

_AUXILIARIES = {"did", "does", "do"}
_FLOWS = {stem(w) for w in (
    "delivered", "dispensed", "supplied", "consumed", "produced", "worked", "booked", "charged", "billed", "invoiced",
    "earned", "spent", "shipped", "pumped", "transferred", "donated", "travelled", "traveled", "burned", "played",
    "measured", "covered", "harvested", "brewed", "poured", "printed", "recorded", "claimed", "raised", "flown",
)}  # fmt: skip
"""What measures do anyway; beside a count of rows they would be a condition."""


def settle(request: Request, chooser: Chooser) -> None:
    """Mark verbs as understood, so that they are taken for no column, value or group."""
    for i, part in enumerate(request.parts):
        before = request.parts[i - 1] if i else None
        if part.end - part.start != 1 or part.kind not in ("mention", "word"):
            continue
        beside = before is not None and before.kind == "mention" and before.end == part.start
        if beside and before and request.word(part.start) in PAST and before.links()[0].kind == "table":
            _done(part)
            continue
        best = part.links()[0] if part.links() else None
        next_ = request.parts[i + 1] if i + 1 < len(request.parts) else None
        ranked = next_ and next_.says("most") and next_.start == part.end and before and before.kind == "mention"
        worth = request.tokens[part.start].stem in OUTLAY | INCOME
        named = worth or (best and (chooser.measure(part) is not None or best.kind == "value"))
        if ranked and not named and request.word(part.start).endswith(("s", "ed")):
            chooser.acted |= {k.table for k in part.links()[:2]}
            _done(part)  # `which depot collects the least`
            continue
        past = request.word(part.start).endswith("ed") or request.word(part.start) in ("spent", "flown")
        if beside and past and best and best.how == "synonym" and request.tokens[part.start].stem in _FLOWS:
            _done(part)
            continue
        column = chooser.schema.column(best.table, best.column) if best else None
        if (
            past
            and best
            and column
            and column.kind == "date"
            and next_
            and next_.start == part.end
            and any(k.kind == "table" and k.table == best.table for k in next_.links())
        ):  # `registered learners`
            chooser.time_column = chooser.time_column or ColumnRef(table=best.table, column=column.name)
            _done(part)
            continue
        dated = _date(part, chooser)
        timed = (
            dated
            and next_
            and next_.kind == "time"
            and next_.start == part.end
            and request.word(part.start).endswith("ed")
        )
        if dated and (timed or _is_verb(request, part, dated)):
            if dated.score >= 0.9 and dated.column:
                chooser.time_column = chooser.time_column or ColumnRef(table=dated.table, column=dated.column)
            _done(part)
        elif before and before.kind == "mention" and before.end == part.start and _dates(request, part, chooser):
            _done(part)
        elif before and before.end == part.start and part.kind == "word" and _measures(before, chooser):
            part.used = request.tokens[part.start].stem in _FLOWS


def _date(part: Part, chooser: Chooser) -> Link | None:
    """The date column that says when it happened, where a value of its table is named alike (`open`, `opened_on`)."""
    values = [k for k in part.links() if k.kind == "value" and k.score >= 1.0]
    for value in values[:1]:
        table = chooser.schema.table(value.table)
        word = stem(str(value.value))
        for column in table.dates if table else ():
            if any(alike(word, s) for s in column.stems):
                return Link(1.0, value.table, column.name)
    return None


def _is_verb(request: Request, part: Part, dated: Link) -> bool:
    """`opened` where the value is `open`; `open` after `did`; but no `open cases`, and no `cases that are closed`."""
    word = request.word(part.start)
    value = next((str(k.value).lower() for k in part.links() if k.kind == "value"), "")
    if request.word(part.start - 1) == "to" and word != value:
        return True
    asked = any(request.word(k) in _AUXILIARIES for k in range(part.start))
    return (word.endswith("ed") and word != value) or (asked and word == value and not word.endswith("ed"))


def _dates(request: Request, part: Part, chooser: Chooser) -> bool:
    """Whether a participle after a name says no more than when: `hours worked` beside `worked_on`."""
    best = part.links()[0] if part.links() else None
    column = chooser.schema.column(best.table, best.column) if best and best.column and best.kind == "column" else None
    return bool(column and column.kind == "date" and request.word(part.start).endswith("ed"))


def _measures(part: Part, chooser: Chooser) -> bool:
    best = part.links()[0] if part.links() else None
    column = chooser.schema.column(best.table, best.column) if best and best.column and best.kind == "column" else None
    return bool(column and column.is_measure)


def _done(part: Part) -> None:
    part.kind, part.mention, part.used = "word", None, True
