"""What each change to how a source is read makes of a column, as SQL: one meaning for the text and for its proof."""

from agents.contracts import (
    CastColumn,
    DeduplicateRows,
    MapColumn,
    NormaliseKey,
    RecodeValues,
    RepointSource,
    ScaleColumn,
    SourceChange,
    SwapColumns,
)
from agents.warehouse import literal, plain_or_quoted

NUMBER_FORMS = {
    "plain": "trim({x})",
    "thousands_comma": "replace({x}, ',', '')",
    "decimal_comma": "replace(replace({x}, '.', ''), ',', '.')",
    "space_thousands": "replace(replace(regexp_replace({x}, '\\s', '', 'g'), '''', ''), ',', '.')",
    "unit": "replace(regexp_extract({x}, '[-+]?[0-9][0-9,]*([.][0-9]+)?'), ',', '')",
    "unit_decimal_comma": "replace(replace(regexp_extract({x}, '[-+]?[0-9][0-9.]*(,[0-9]+)?'), '.', ''), ',', '.')",
}
"""How a number may be written; `{x}` is the text."""
EPOCHS = {"epoch_s": "1000000", "epoch_ms": "1000", "epoch_us": "1"}
"""Numbers of moments -> microseconds of one unit."""
TRUE = ("yes", "y", "true", "t", "on", "1", "ja", "oui", "si")
FALSE = ("no", "n", "false", "f", "off", "0", "nein", "non")
WORDS = "boolean_words"


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
        case CastColumn() | ScaleColumn() | RecodeValues() | NormaliseKey():
            return {change.column: value_of(change, plain_or_quoted(change.column))}
        case _:
            return {}


def label_of(change: SourceChange) -> str:
    """What tells a candidate for a column from the others: a column, a form, a factor."""
    match change:
        case MapColumn():
            return change.arrives_as
        case CastColumn():
            return f"as {change.form}"
        case ScaleColumn():
            return f"divided by {change.factor:g}"
        case RecodeValues():
            return "codes " + ", ".join(f"{new} = {old}" for new, old in sorted(change.mapping.items()))
        case NormaliseKey():
            return change.form
        case SwapColumns():
            return f"swapped with {change.other}"
        case RepointSource():
            return f"{change.schema_name}.{change.identifier}"
        case _:
            return change.kind


def value_of(change: CastColumn | ScaleColumn | RecodeValues | NormaliseKey, x: str) -> str:
    """SQL for what a column meant; `x` is how the text names it."""
    match change:
        case CastColumn():
            return _cast(x, change)
        case ScaleColumn():
            by = f"{x} / {change.factor:g}" if change.factor >= 1 else f"{x} * {1 / change.factor:g}"
            return f"({by}){_typed(change.type)}"
        case RecodeValues():
            pairs = " ".join(f"when {literal(new)} then {literal(old)}" for new, old in sorted(change.mapping.items()))
            return f"case {x}::varchar {pairs} else {x}::varchar end" + _typed(change.type)
        case NormaliseKey():
            for word in reversed(change.form.split("_")):
                x = f"{word}({x})"
            return x


def undone(change: SourceChange, relation: str) -> str:
    """A relation as it would be delivered without the fault; renames and moves are not of this kind."""
    if isinstance(change, DeduplicateRows):
        return f"(select distinct * from {relation})"
    replaced = ", ".join(f"{sql} as {plain_or_quoted(column)}" for column, sql in readings(change).items())
    return f"(select * replace ({replaced}) from {relation})"


def _typed(kind: str) -> str:
    return f"::{kind}" if kind and not kind.startswith("VARCHAR") else ""


def _cast(x: str, change: CastColumn) -> str:
    """Both deliveries: the new one by its form, the known one as it always was."""
    text, kind = f"{x}::varchar", change.type
    if change.form in NUMBER_FORMS:
        new = f"try_cast({NUMBER_FORMS[change.form].format(x=text)} as {kind})"
    elif change.form in EPOCHS:
        new = f"make_timestamp((try_cast({text} as double) * {EPOCHS[change.form]})::bigint)::{kind}"
    elif change.form == WORDS:
        yes, no = (", ".join(literal(w) for w in words) for words in (TRUE, FALSE))
        new = f"case when lower(trim({text})) in ({yes}) then true when lower(trim({text})) in ({no}) then false end"
    else:
        new = f"try_strptime({text}, {literal(change.form)})::{kind}"
    return f"case typeof({x}) when {literal(change.arrives_as)} then {new} else try_cast({text} as {kind}) end"
