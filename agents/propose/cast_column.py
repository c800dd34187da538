"""The change `cast_column`: read a column as the type the models know, however it is written now."""

import re
from collections.abc import Mapping, Sequence
from functools import partial

import duckdb

from agents.contracts import CastColumn, Diagnosis, Risk
from agents.propose.claimed import OLD_DELIVERY, REPAIR
from agents.propose.looked import Looked
from agents.readings import EPOCHS, FALSE, MOMENTS, NUMBER, NUMBER_FORMS, TEXTS, TRUE, UNITS, WORDS
from agents.warehouse import literal

CLAIMS = (*REPAIR, OLD_DELIVERY)
RISK = Risk.low
READABLE = 0.95
"""Share of the sampled values that a form must be able to read to be a candidate."""


def cast_column(diagnosis: Diagnosis, looked: Looked) -> tuple[CastColumn, ...]:
    """A candidate for each form that can read what arrives; likeliest first."""
    change, column = looked.change(diagnosis), diagnosis.column or ""
    if change is None or change.before is None or change.after is None:
        return ()
    if change.before.type == change.after.type:
        return _texts(change.after.name, looked) if change.after.type == "VARCHAR" else ()
    values = looked.samples(change.after.name)
    kind, declared = change.before.type, not looked.loads
    return tuple(
        CastColumn(
            source=looked.source.unique_id, relation=looked.source.label, column=column, type=kind,
            arrives_as=change.after.type, form=form, unit=unit, declared=declared,
        )
        for form in forms(kind, change.after.type, values)
        for unit in _units(form, values)
    )  # fmt: skip


def _units(form: str, values: Sequence[object]) -> tuple[str, ...]:
    """The text beside the numbers in a form that has one, empty in all others; none where it is not the same in all.

    Whoever takes one unit away takes no other for it: 500 g are not 500 kg.
    """
    if form not in UNITS:
        return ("",)
    beside = {re.sub(r"[-+]?[0-9][0-9.,]*", "", str(v), count=1).strip() for v in values}
    return tuple(beside - {""}) if len(beside) == 1 else ()


def _texts(column: str, looked: Looked) -> tuple[CastColumn, ...]:
    """Candidates for a text that was a moment or a number in one writing and is one in another."""
    then, now = (list(map(str, looked.samples(column, then=side))) for side in (True, False))
    made = partial(
        CastColumn, source=looked.source.unique_id, relation=looked.source.label, column=column, type="VARCHAR",
        arrives_as="VARCHAR",
    )  # fmt: skip
    moments = {f: f"strftime(try_strptime(x, {literal(f)}), {literal(f)}) = x" for f in MOMENTS}
    if old := _reading(moments, then, 1.0):
        read = {f: f"try_strptime(x, {literal(f)}) is not null" for f in MOMENTS if f not in old}
        return tuple(made(form=f, written=old[0]) for f in _reading(read, now, READABLE))
    if _reading({NUMBER: "try_cast(x as double) is not null"}, then, 1.0):
        read = {n: f"try_cast({sql.format(x='x')} as double) is not null" for n, sql in TEXTS.items()}
        found = _reading(read, now, READABLE)
        return tuple(made(form=n, unit=unit, written=NUMBER) for n in found for unit in _units(n, now))
    return ()


def _reading(wanted: Mapping[str, str], texts: Sequence[str], share: float) -> tuple[str, ...]:
    """Names of the conditions on `x` that hold of so many of the texts."""
    with duckdb.connect() as db:
        db.execute(f"create table t as select unnest([{', '.join(map(literal, texts)) or 'null'}]::varchar[]) as x")
        asked = ", ".join(f"avg(coalesce({sql}, false)::int) filter (where x is not null)" for sql in wanted.values())
        row = db.execute(f"select {asked} from t").fetchone() or ()
    return tuple(n for n, found in zip(wanted, row, strict=True) if found is not None and found >= share)


def forms(known: str, arrives: str, values: Sequence[object]) -> tuple[str, ...]:
    """Names of forms in which nearly all of `values` can be read as the type `known`.

    >>> forms("DOUBLE", "VARCHAR", ["1,234.50", "12.00"])
    ('thousands_comma', 'unit', 'unit_decimal_comma')
    >>> forms("DATE", "VARCHAR", ["31/12/2025", "01/02/2026"])
    ('%d/%m/%Y',)
    """
    moment = known.startswith(("DATE", "TIMESTAMP"))
    if known == "BOOLEAN":
        allowed = {*TRUE, *FALSE}
        return (WORDS,) if values and all(str(v).strip().lower() in allowed for v in values) else ()
    if moment and not arrives.startswith("VARCHAR"):
        return tuple(EPOCHS) if arrives.startswith(("BIG", "INT", "HUGE", "DOUBLE", "U", "DEC")) else ("plain",)
    if moment:
        wanted = {"plain": f"try_cast(x as {known})", **{f: f"try_strptime(x, {literal(f)})" for f in MOMENTS}}
    elif known.startswith(("VARCHAR", "UUID")):
        wanted = {"plain": f"try_cast(x as {known})"}
    else:
        wanted = {n: f"try_cast({sql.format(x='x')} as {known})" for n, sql in NUMBER_FORMS.items()}
    found = _reading({n: f"{sql} is not null" for n, sql in wanted.items()}, [str(v) for v in values], READABLE)
    return ("plain",) if moment and "plain" in found else found
