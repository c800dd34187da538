"""The change `cast_column`: read a column as the type the models know, however it is written now."""

from collections.abc import Sequence

import duckdb

from agents.contracts import CastColumn, Diagnosis, Risk
from agents.propose.claimed import OLD_DELIVERY, REPAIR
from agents.propose.looked import Looked
from agents.readings import EPOCHS, FALSE, NUMBER_FORMS, TRUE, WORDS
from agents.warehouse import literal

CLAIMS = (*REPAIR, OLD_DELIVERY)
RISK = Risk.low
READABLE = 0.95
"""Share of the sampled values that a form must be able to read to be a candidate."""
DATES = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y",
    "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%b %d %Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y",
)  # fmt: skip
TIMES = (
    "",
    " %H:%M:%S",
    " %H:%M",
    "T%H:%M:%S",
    " %I:%M:%S %p",
    " %I:%M %p",
    "T%H:%M:%SZ",
    " %H:%M:%S.%f",
    "T%H:%M:%S.%f",
)


def cast_column(diagnosis: Diagnosis, looked: Looked) -> tuple[CastColumn, ...]:
    """A candidate for each form that can read what arrives; likeliest first."""
    change, column = looked.change(diagnosis), diagnosis.column or ""
    if change is None or change.before is None or change.after is None or change.before.type == change.after.type:
        return ()
    values = looked.samples(change.after.name)
    kind, declared = change.before.type, not looked.loads
    return tuple(
        CastColumn(
            source=looked.source.unique_id, relation=looked.source.label, column=column, type=kind,
            arrives_as=change.after.type, form=form, declared=declared,
        )
        for form in forms(kind, change.after.type, values)
    )  # fmt: skip


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
    texts = [str(v) for v in values]
    with duckdb.connect() as db:
        db.execute(f"create table t as select unnest([{', '.join(map(literal, texts)) or 'null'}]::varchar[]) as x")
        if moment:
            wanted = {"plain": f"try_cast(x as {known})"}
            wanted |= {d + t: f"try_strptime(x, '{d}{t}')" for d in DATES for t in TIMES}
        elif known.startswith(("VARCHAR", "UUID")):
            wanted = {"plain": f"try_cast(x as {known})"}
        else:
            wanted = {n: f"try_cast({sql.format(x='x')} as {known})" for n, sql in NUMBER_FORMS.items()}
        row = db.execute(f"select {', '.join(f'avg(({sql} is not null)::int)' for sql in wanted.values())} from t")
        shares = row.fetchone() or ()
    found = tuple(n for n, share in zip(wanted, shares, strict=True) if share is not None and share >= READABLE)
    return ("plain",) if moment and "plain" in found else found
