"""What each change to how a source is read makes of a column, as SQL: one meaning for the text and for its proof."""

from agents.contracts import (
    CastColumn,
    DeduplicateRows,
    MapColumn,
    NormaliseKey,
    QuarantineRows,
    RecodeValues,
    RepointSource,
    ScaleColumn,
    ShiftMoment,
    SourceChange,
    SwapColumns,
)
from agents.warehouse import literal, plain_or_quoted


def _ungrouped(text: str, mark: str) -> str:
    """Without the marks before three digits; any other stays and stops the build: it is no mark of thousands."""
    return rf"regexp_replace({text}, '[{mark}]([0-9]{{{{3}}}})\b', '\1', 'g')"


_POINTED = "regexp_extract({x}, '[-+]?[0-9][0-9,]*([.][0-9]+)?')"
_COMMAED = "regexp_extract({x}, '[-+]?[0-9][0-9.]*(,[0-9]+)?')"
NUMBER_FORMS = {
    "plain": "trim({x})",
    "thousands_comma": _ungrouped("{x}", ","),
    "decimal_comma": f"replace({_ungrouped('{x}', '.')}, ',', '.')",
    "space_thousands": "replace(replace(regexp_replace({x}, '\\s', '', 'g'), '''', ''), ',', '.')",
    "unit": _ungrouped(_POINTED, ","),
    "unit_decimal_comma": f"replace({_ungrouped(_COMMAED, '.')}, ',', '.')",
}
"""How a number may be written; `{x}` is the text."""
UNITS = {"unit": "thousands_comma", "unit_decimal_comma": "decimal_comma"}
"""Forms with a text beside the number -> the form of what is left without it."""
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

MOMENTS = tuple(d + t for d in DATES for t in TIMES)
"""How a moment may be written, as strptime formats."""
TEXTS = {name: NUMBER_FORMS[name] for name in ("thousands_comma", "unit", "unit_decimal_comma")} | {
    "comma": "replace({x}, ',', '.')"
}
"""How a number may be written that is known as a text with a point: forms that no such text has."""
WHOLE = {f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")}
EPOCHS = {"epoch_s": "1000000", "epoch_ms": "1000", "epoch_us": "1"}
"""Numbers of moments -> microseconds of one unit."""
TRUE = ("yes", "y", "true", "t", "on", "1", "ja", "oui", "si")
FALSE = ("no", "n", "false", "f", "off", "0", "nein", "non")
WORDS = "boolean_words"
NUMBER = "number"
"""How a text was written that was a number with a point."""
_REASONS = {"null_key": "is null", "repeated_key": "repeats"}


def readings(change: SourceChange) -> dict[str, str]:
    """Column -> SQL for what it meant, over a row as it is delivered now; empty for changes to whole tables.

    >>> from agents.contracts import ScaleColumn
    >>> readings(ScaleColumn(source="s", relation="r", column="price", type="DOUBLE", factor=100))
    {'price': '(price / 100)::DOUBLE'}
    """
    match change:
        case SwapColumns():
            one, other = plain_or_quoted(change.column), plain_or_quoted(change.other)
            return {
                change.column: other + _typed(change.type if change.type != change.other_type else ""),
                change.other: one + _typed(change.other_type if change.type != change.other_type else ""),
            }
        case MapColumn():
            return {change.column: plain_or_quoted(change.arrives_as)}
        case CastColumn() | ScaleColumn() | ShiftMoment() | RecodeValues() | NormaliseKey():
            return {change.column: value_of(change, plain_or_quoted(change.column))}
        case _:
            return {}


def label_of(change: SourceChange) -> str:
    """What tells a candidate for a column from the others: a column, a form, a factor."""
    match change:
        case MapColumn():
            return change.arrives_as
        case CastColumn():
            return f"as {change.form}" + (f" {change.unit}" if change.unit else "")
        case ScaleColumn():
            return f"divided by {change.factor:g}" + (f" after {-change.zero:+g}" if change.zero else "")
        case ShiftMoment():
            return f"in {change.zone}" if change.zone else f"{-change.seconds / 3600:+g} h"
        case RecodeValues():
            return "codes " + ", ".join(f"{new} = {old}" for new, old in sorted(change.mapping.items()))
        case NormaliseKey():
            return change.form
        case SwapColumns():
            return f"swapped with {change.other}"
        case RepointSource():
            return f"{change.schema_name}.{change.identifier}"
        case QuarantineRows():
            return f"without rows whose {change.column} {_REASONS[change.reason]}"
        case _:
            return change.kind


def value_of(change: CastColumn | ScaleColumn | ShiftMoment | RecodeValues | NormaliseKey, x: str) -> str:
    """SQL for what a column meant; `x` is how the text names it."""
    match change:
        case CastColumn():
            return _cast(x, change)
        case ScaleColumn():
            if change.zero:
                x = f"({x} {'-' if change.zero > 0 else '+'} {abs(change.zero):.10g})"
            by = f"{x} / {change.factor:.10g}" if abs(change.factor) >= 1 else f"{x} * {1 / change.factor:.10g}"
            return f"({f'-{x}' if change.factor == -1 else by}){_typed(change.type)}"
        case ShiftMoment():
            if not change.zone:
                minutes, sign = abs(change.seconds) // 60, "-" if change.seconds > 0 else "+"
                many = f"{minutes // 60} hours" if minutes % 60 == 0 else f"{minutes} minutes"
                return f"({x} {sign} interval '{many}'){_typed(change.type)}"
            return f"({x}::timestamp at time zone 'UTC' at time zone {literal(change.zone)}){_typed(change.type)}"
        case RecodeValues():
            pairs = " ".join(f"when {literal(new)} then {literal(old)}" for new, old in sorted(change.mapping.items()))
            return f"case {x}::varchar {pairs} else {x}::varchar end" + _typed(change.type)
        case NormaliseKey():
            for word in reversed(change.form.split("_")):
                x = f"{word}({x})"
            return x


def kept(change: QuarantineRows, *, inverted: bool = False) -> str:
    """The clause that keeps the rows that the models read; `inverted`, those that wait in quarantine.

    >>> kept(QuarantineRows(source="s", relation="r", column="id", reason="null_key"))
    'where id is not null'
    """
    column = plain_or_quoted(change.column)
    if change.reason == "null_key":
        return f"where {column} is {'' if inverted else 'not '}null"
    one = f"count(*) over (partition by {column}) {'>' if inverted else '='} 1"
    return f"qualify {one} and {column} is not null" if inverted else f"qualify {one} or {column} is null"


def sent(change: SourceChange, column: str, x: str) -> tuple[str, str]:
    """Under which name and as what a producer sends today what was `x` of `column`; what `readings` takes back.

    >>> sent(ScaleColumn(source="s", relation="r", column="price", factor=100), "price", "2.5::DOUBLE")
    ('price', '(2.5::DOUBLE * 100)')
    """
    match change:
        case ScaleColumn(column=own) if own == column:
            return column, f"({x} * {change.factor:.10g}" + (f" + {change.zero:.10g})" if change.zero else ")")
        case ShiftMoment(column=own) if own == column:
            if change.zone:
                return column, f"({x} at time zone {literal(change.zone)} at time zone 'UTC')"
            return column, f"({x} + interval '{change.seconds} seconds')"
        case SwapColumns():
            return {change.column: change.other, change.other: change.column}.get(column, column), x
        case _:
            return column, x


def undone(change: SourceChange, relation: str) -> str:
    """A relation as it would be delivered without the fault; renames and moves are not of this kind."""
    if isinstance(change, DeduplicateRows):
        return f"(select distinct * from {relation})"
    if isinstance(change, QuarantineRows):
        return f"(select * from {relation} {kept(change)})"
    replaced = ", ".join(f"{sql} as {plain_or_quoted(column)}" for column, sql in readings(change).items())
    return f"(select * replace ({replaced}) from {relation})"


def _typed(kind: str) -> str:
    return f"::{kind}" if kind and not kind.startswith("VARCHAR") else ""


def number(form: str, x: str, unit: str = "") -> str:
    """SQL for the digits of a number that is written in a form, with that `unit` beside it and no other.

    Where the unit is not known, as in what was frozen before units were kept, any text beside the number goes.
    """
    if unit and form in UNITS:
        return NUMBER_FORMS[UNITS[form]].format(x=f"trim(replace({x}, {literal(unit)}, ''))")
    return (NUMBER_FORMS | TEXTS)[form].format(x=x)


def _as_written(x: str, change: CastColumn) -> str:
    """A text as it was written, however it is written now; what is written neither way is left to its readers."""
    if change.written == NUMBER:
        return f"if(try_cast({x} as double) is null, {number(change.form, x, change.unit)}, {x})"
    new, old = literal(change.form), literal(change.written)
    return f"coalesce(strftime(try_strptime({x}, {new}), {old}), {x})"


def _whole(digits: str) -> str:
    """With a point behind what is left without a fraction of zeros: DuckDB rounds '12.5' to a whole number without a
    word (measured on 1.5), and cannot read '12.5.'."""
    return f"(regexp_replace({digits}, '[.]0*$', '') || '.')"


def _cast(x: str, change: CastColumn) -> str:
    """Both deliveries: the new one by its form, the known one as it always was.

    A value that cannot be read so stops the build: it must not become a null that nobody notices.
    """
    text, kind = f"{x}::varchar", change.type
    if change.written:
        return _as_written(x, change)
    if change.form in NUMBER_FORMS:
        digits = f"nullif({number(change.form, text, change.unit)}, '')"
        new = f"{_whole(digits) if kind in WHOLE else digits}::{kind}"
    elif change.form in EPOCHS:
        new = f"make_timestamp(({text}::double * {EPOCHS[change.form]})::bigint)::{kind}"
    elif change.form == WORDS:
        yes, no = (", ".join(literal(w) for w in words) for words in (TRUE, FALSE))
        word = f"lower(trim({text}))"
        new = f"(case when {word} in ({yes}) then 'true' when {word} in ({no}) then 'false' else {text} end)::boolean"
    else:
        new = f"strptime({text}, {literal(change.form)})::{kind}"
    return f"case typeof({x}) when {literal(change.arrives_as)} then {new} else {text}::{kind} end"
