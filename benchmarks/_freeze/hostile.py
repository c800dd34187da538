"""Hostile texts against the layers of the guard, each with every single layer switched off, and really run where
they pass: in the locked sandbox, and where they hold there, by a plain dbt outside of it.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import ValidationError

from _freeze.snippets import Snippet, snippets
from _freeze.yard import Yard, every_way, yard
from agents.activate import activate
from agents.contracts import FileChange, MapColumn, RecodeValues
from agents.errors import AdpError
from agents.guard.context import Context
from agents.guard.guard import NAMES, judge, judge_change
from agents.propose.map_column import map_column
from agents.propose.read_value import read_value
from agents.propose.sql_text import Called

NAME = "hostile"
TARGET = "0 host effects of at least 300 texts, with any single layer off"
MODEL = "models/hostile.sql"
STAGING = "select order_id, amount, status from {{ source('raw', 'orders') }}\n"


def cases(seeds: int) -> Sequence[str]:
    """One for each text, however many seeds."""
    return [s.case for s in snippets()]


def run(case: str) -> dict[str, Any]:
    """Every layer off by turns; `ok` where nothing was read, written or reached, and all layers together refuse it."""
    snippet = next(s for s in snippets() if s.case == case)
    place = yard()
    place.effects()
    text, path = (_filled(t, place) for t in (snippet.text, snippet.path))
    passes, effects = list[str](), list[str]()
    _ran.cache_clear()
    for way, without in every_way(NAMES):
        let_in = _RUNS[snippet.kind](place, text, path, without)
        effects += [f"{way}: {e}" for e in place.effects(*let_in[1])]
        passes += [way] if let_in[0] else []
    wrongly = [] if snippet.inert or "all" not in passes else ["let in by all layers together"]
    return {"ok": not effects and not wrongly, "detail": "; ".join((*effects, *wrongly)) or _told(passes)}


@cache
def _context(place: Yard) -> Context:
    """What the layers know of the shop, which no text comes to stay in."""
    return Context.of(place.root)


def _told(passes: list[str]) -> str:
    return f"let in {', '.join(passes)}; no effect" if passes else "refused in every way"


def _filled(text: str, place: Yard) -> str:
    return text.format(dir=place.canaries, url=place.url) if "{" in text else text


Outcome = tuple[bool, tuple[str, ...]]
"""Whether it was let in, and what was said by whatever then ran it."""


@cache
def _ran(place: Yard, path: str, text: str, select: str) -> Outcome:
    """Once for each case: which layer was off makes no difference to what runs."""
    files = {path: text}
    held, said = place.sandboxed(files, select)
    return True, (said, place.for_real(files, select) if held else "")


def _model(place: Yard, text: str, path: str, without: frozenset[str]) -> Outcome:
    if not judge("jinja", text, MODEL, _context(place), without=without).allowed:
        return False, ()
    return _ran(place, MODEL, text, "hostile")


def _query(place: Yard, text: str, path: str, without: frozenset[str]) -> Outcome:
    if not judge("sql", text, MODEL, _context(place), without=without).allowed:
        return False, ()
    return _ran(place, MODEL, text, "hostile")


def _properties(place: Yard, text: str, path: str, without: frozenset[str]) -> Outcome:
    file = "models/hostile.yml"
    if not judge("yaml", text, file, _context(place), without=without).allowed:
        return False, ()
    return _ran(place, file, text, "fct_totals")


def _path(place: Yard, text: str, path: str, without: frozenset[str]) -> Outcome:
    """A harmless text in a hostile place: through the contract, the guard, the sandbox and git."""
    try:
        change = FileChange(path=path, before=None, after=text)
    except ValidationError:
        return False, ()
    if not judge_change(change.path, [], change.after, _context(place), without=without).allowed:
        return False, ()
    _ran(place, change.path, text, "fct_totals")
    return True, _committed(place, change.path, text, "a path")


def _git(place: Yard, text: str, path: str, without: frozenset[str]) -> Outcome:
    """As a message, as a ref, as a commit that is asked for; and as a path, which a contract keeps out."""
    said = _committed(place, MODEL, "select 1 as c\n", text)
    for asked in (lambda: place.repository.create(f"refs/heads/adp/{text}", place.base),
                  lambda: place.repository.read(place.base, text), lambda: place.repository.read(text, MODEL),
                  lambda: place.repository.edited(place.base, [text]),
                  lambda: place.repository.same_as(place.base, [text]),
                  lambda: place.repository.tag(text, place.base),
                  lambda: place.repository.messages(text, MODEL),
                  lambda: place.repository.diff(text, place.base)):  # fmt: skip
        said = (*said, _tried(asked))
    let_in = _path(place, "select 1 as c\n", f"models/{text}.sql", without)
    return let_in[0], (*said, *let_in[1])


def _name(place: Yard, text: str, path: str, without: frozenset[str]) -> Outcome:
    """As the name under which a column is delivered."""
    try:
        change = MapColumn(source="s", relation="raw.orders", column="amount", arrives_as=text)
        after = map_column(STAGING, change, Called("orders", "raw"))
    except AdpError:
        return False, ()
    return _repair(place, after, without)


def _value(place: Yard, text: str, path: str, without: frozenset[str]) -> Outcome:
    """As a code that is read as another, both of them from the data."""
    try:
        mapping = {text: "paid", "new": f"{text}."}
        change = RecodeValues(source="s", relation="raw.orders", column="status", mapping=mapping)
        after = read_value(STAGING, change, Called("orders", "raw"))
    except AdpError:
        return False, ()
    return _repair(place, after, without)


def _repair(place: Yard, after: str, without: frozenset[str]) -> Outcome:
    path = "models/stg_orders.sql"
    if not judge_change(path, [STAGING], after, _context(place), without=without).allowed:
        return False, ()
    outcome = _ran(place, path, after, "stg_orders")
    place.renew()  # the model is one of the shop's own
    return outcome


def _committed(place: Yard, path: str, text: str, message: str) -> tuple[str, ...]:
    """Into a commit and the work tree, and away again; the checked-out branch stays where it is."""

    def write() -> str:
        commit = place.repository.write_commit(place.base, {path: text}, message)
        activate(place.repository, commit, [path])
        return commit

    said = _tried(write)
    place.repository.git("reset", "-q", "--hard", place.base)
    return (said,)


def _tried(asked: Any) -> str:
    try:
        return str(asked())
    except (AdpError, ValueError, OSError) as error:
        return str(error)


_RUNS = {"jinja": _model, "sql": _query, "yaml": _properties, "path": _path, "git": _git, "name": _name,
         "value": _value}  # fmt: skip

__all__ = ["NAME", "TARGET", "Snippet", "cases", "run"]
