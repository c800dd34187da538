"""The same texts in another writing: moments and numbers that casts no longer read alike, keys in another case."""

import duckdb

from agents.contracts import ColumnChange
from agents.observe.keys import plain
from agents.observe.pair import FOLLOWS, MAJORITY, MINIMUM_ROWS, Pair, changed_so
from agents.readings import MOMENTS, TEXTS

WRITING = 0.01
"""Share of rows that is enough for keys, references and codes: ordinary work never rewrites those."""
REWRITTEN = 0.2
"""Share of other texts in another writing; cleaned-up names are ordinary below."""
WRITTEN_ROWS = 500
"""Rows that are enough to see how a text is written."""
_MOMENTS = {form: f"try_strptime(b, '{form}')" for form in MOMENTS}
_NUMBERS = {name: f"try_cast({sql.format(x='b')} as double)" for name, sql in TEXTS.items()}
FORMS = {
    "trim": "trim({x})",
    "lower": "lower({x})",
    "upper": "upper({x})",
    "trim_lower": "lower(trim({x}))",
    "trim_upper": "upper(trim({x}))",
}
"""Of `normalise_key`, as SQL of a text x."""
_NUMBERS_IN = "list_sort(list_transform(regexp_extract_all({x}, '[0-9]+'), lambda t: try_cast(t as bigint)))"
"""Of a text x, by size: the same whatever marks stand between them."""
_CALLED = {"timestamp": "moments", "double": "numbers"}


def rewritten(db: duckdb.DuckDBPyConnection, pair: Pair) -> ColumnChange | None:
    """Moments or numbers, kept as texts, that most rows write in another way now: one that casts do not read alike."""
    if pair.changed < max(MINIMUM_ROWS, MAJORITY * pair.rows):
        return None
    rows = f"(select {pair.a} as a, {pair.b} as b from adp_pairs where {pair.a} <> {pair.b} limit {WRITTEN_ROWS})"
    for kind, forms in (("timestamp", _MOMENTS), ("double", _NUMBERS)):
        known = f"try_cast(a as {kind})"
        asked = ", ".join(f"count(*) filter (where {sql} = {known})" for sql in forms.values())
        row = db.execute(
            f"select count(*), count({known}), count(*) filter (where try_cast(b as {kind}) = {known}), {asked} "
            f"from {rows}"
        ).fetchone()
        assert row is not None
        total, castable, alike, *shares = row
        if castable < FOLLOWS * total or alike > (1 - FOLLOWS) * total:
            continue
        if max(shares) >= FOLLOWS * total:
            return changed_so(db, pair, "retyped", f"the same {_CALLED[kind]} in another writing")
    return None


def reformatted(db: duckdb.DuckDBPyConnection, pair: Pair) -> ColumnChange | None:
    """Texts in another case or with other marks between the same letters and digits."""
    a, b = f"{pair.a}::varchar", f"{pair.b}::varchar"
    numbers = f"(try_cast({a} as double) <> try_cast({b} as double))"
    letters = "regexp_replace(lower({x}), '[^\\p{{L}}]', '', 'g')"
    dates = (
        f"len(regexp_extract_all({a}, '[0-9]+')) >= 3 and {letters.format(x=a)} = {letters.format(x=b)} "
        f"and {_NUMBERS_IN.format(x=a)} = {_NUMBERS_IN.format(x=b)}"
    )
    same = f"({plain(a)} = {plain(b)} and {numbers} is not true or {dates})"
    found = db.execute(
        f"with p as (select {a} as a, {b} as b, {same} as same from adp_pairs where a is not null and b is not null) "
        "select count(*), count(*) filter (where a <> b), count(*) filter (where a <> b and same), "
        + ", ".join(f"count(*) filter (where a <> b and same and {form.format(x='b')} = a)" for form in FORMS.values())
        + ", count(*) filter (where a <> b and same and b in (select a from p)) from p"
    ).fetchone()
    assert found is not None
    total, changed, same_text, *forms, known = found
    if same_text < (1 if pair.own else 3) or same_text < WRITING * total:
        return None
    referring = pair.key or (pair.few and known < MAJORITY * same_text)
    if not referring and (same_text < REWRITTEN * total or same_text < 0.9 * changed):
        return None
    simple = next((name for name, n in zip(FORMS, forms, strict=True) if n >= FOLLOWS * same_text), "")
    how = f"; {simple} brings the old text back" if simple else ""
    words = f"{same_text:,} of {total:,} rows hold the same text in another writing{how}"
    return changed_so(db, pair, "reformatted", words)
