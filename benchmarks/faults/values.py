"""What producers do to the values of a column: another type or format, other codes, another unit."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from _scene import Fault, Injector, Scene, Table

from agents.warehouse import literal, quoted
from faults.columns import shuffled_columns

Rewrite = Callable[[str, str], tuple[str, str] | None]
"""Column (quoted) and type -> how it is delivered now, and how to read that back; None where it does not fit."""

MONEY = re.compile(r"amount|price|value|fee|due|paid|tax|total|cost|gross|net|revenue", re.IGNORECASE)
FLOATS = ("DOUBLE", "FLOAT", "DECIMAL")
INTEGERS = ("BIGINT", "INTEGER", "SMALLINT", "HUGEINT", "UBIGINT")
CODES = (
    lambda value, _n: value[:1].upper() + str(len(value)),
    lambda value, n: f"{n + 1:02d}",
    lambda value, _n: value.upper() if value != value.upper() else value.lower(),
    lambda value, _n: value.replace("_", " ").title() + ".",
)


def _thousands(column: str, kind: str) -> tuple[str, str] | None:
    if not kind.startswith((*FLOATS, *INTEGERS)):
        return None
    shape = "{:,}" if kind.startswith(INTEGERS) else "{:,.2f}"
    source = column if kind.startswith(INTEGERS) else f"{column}::double"
    return f"format('{shape}', {source})", f"replace({column}, ',', '')::{kind}"


def _units(column: str, kind: str) -> tuple[str, str] | None:
    if not kind.startswith(FLOATS):
        return None
    unit = "USD" if MONEY.search(column) else "units"
    return f"format('{{:.2f}} {unit}', {column}::double)", f"replace({column}, ' {unit}', '')::{kind}"


def _comma(column: str, kind: str) -> tuple[str, str] | None:
    if not kind.startswith(FLOATS):
        return None
    return f"replace(format('{{:.2f}}', {column}::double), '.', ',')", f"replace({column}, ',', '.')::{kind}"


def _day_first(column: str, kind: str) -> tuple[str, str] | None:
    if kind == "DATE":
        return f"strftime({column}, '%d/%m/%Y')", f"strptime({column}, '%d/%m/%Y')::date"
    if kind == "TIMESTAMP":
        shape = "%d/%m/%Y %H:%M:%S"
        return f"strftime({column}, '{shape}')", f"strptime({column}, '{shape}')"
    return None


def _epoch(column: str, kind: str) -> tuple[str, str] | None:
    if kind not in ("DATE", "TIMESTAMP"):
        return None
    return f"epoch({column})::bigint", f"make_timestamp({column} * 1000000)::{kind}"


def _millis(column: str, kind: str) -> tuple[str, str] | None:
    if kind not in ("DATE", "TIMESTAMP"):
        return None
    return f"epoch_ms({column}::timestamp)", f"make_timestamp({column} * 1000)::{kind}"


def _words(column: str, kind: str) -> tuple[str, str] | None:
    if kind != "BOOLEAN":
        return None
    return f"case when {column} then 'yes' when not {column} then 'no' end", f"{column} = 'yes'"


def _zone(column: str, kind: str) -> tuple[str, str] | None:
    if kind != "TIMESTAMP":
        return None
    return f"{column} - interval 5 hour", f"{column} + interval 5 hour"


REWRITES: dict[str, Rewrite] = {
    "thousands": _thousands, "units": _units, "decimal_comma": _comma, "day_first": _day_first,
    "epoch_seconds": _epoch, "epoch_millis": _millis, "boolean_words": _words,
    "time_zone": _zone,
}  # fmt: skip


def retyped(style: str) -> Injector:
    """A column comes in another type, from which each of its values can be read back."""

    def inject(scene: Scene, rng: Random) -> Iterator[Fault]:
        for table, column in shuffled_columns(scene, rng):
            found = REWRITES[style](quoted(column), table.types[column])
            if found is None or not _reads_back(scene, table, column, *found):
                continue
            yield Fault(
                kind=f"retyped_{style}",
                words=f"{table.label}.{column} ({table.types[column]}) comes as {found[0]}",
                causes=frozenset({"column_retyped"}),
                decidable=True,
                apply=partial(scene.deliver, table, f"select * replace ({found[0]} as {quoted(column)}) from t"),
                roots=(table.node.unique_id,),
                subject=(f"{table.node.identifier}.{column}".lower(),),
            )

    return inject


def _reads_back(scene: Scene, table: Table, column: str, now: str, back: str) -> bool:
    """Whether nothing is lost, and something is visibly different."""
    name = quoted(column)
    lossless = scene.value(
        table,
        f"select count(*) from (select {name} as before, {now} as {name} from t) as x "
        f"where {back} is distinct from before",
    )
    return lossless == 0


def recoded(scene: Scene, rng: Random) -> Iterator[Fault]:
    """Every code of a low-cardinality text column is another one, one to one."""
    for table, column in shuffled_columns(scene, rng):
        if table.key is None or table.types[column] != "VARCHAR" or not 2 <= table.distinct[column] <= 12:
            continue
        if table.rows < 10 * table.distinct[column]:
            continue
        text = scene.value(
            table, f"select string_agg(distinct {quoted(column)}, chr(31) order by {quoted(column)}) from t"
        )
        values = str(text).split(chr(31))
        code = rng.choice(CODES)
        codes = {value: code(value, n) for n, value in enumerate(values)}
        if len(set(codes.values())) < len(values) or set(codes.values()) & set(values):
            continue
        cases = " ".join(f"when {literal(old)} then {literal(new)}" for old, new in codes.items())
        yield Fault(
            kind="enum_recoded",
            words=f"{table.label}.{column}: {', '.join(f'{old} is {new}' for old, new in codes.items())}",
            causes=frozenset({"enum_recoded"}),
            decidable=True,
            apply=partial(
                scene.deliver, table, f"select * replace (case {quoted(column)} {cases} end as {quoted(column)}) from t"
            ),
            roots=(table.node.unique_id,),
            subject=(f"{table.node.identifier}.{column}".lower(),),
        )


def rescaled(scene: Scene, rng: Random) -> Iterator[Fault]:
    """An amount comes in hundredths."""
    for table, column in shuffled_columns(scene, rng):
        kind = table.types[column]
        if table.key is None or not kind.startswith(FLOATS) or table.distinct[column] < 10:
            continue
        yield Fault(
            kind="unit_changed",
            words=f"{table.label}.{column} comes times 100",
            causes=frozenset({"unit_changed"}),
            decidable=True,
            apply=partial(
                scene.deliver,
                table,
                f"select * replace ({_hundredfold(quoted(column), kind)} as {quoted(column)}) from t",
            ),
            roots=(table.node.unique_id,),
            subject=(f"{table.node.identifier}.{column}".lower(),),
        )


def _hundredfold(column: str, kind: str) -> str:
    """Cents for dollars; a decimal has two more digits before the point."""
    if not kind.startswith("DECIMAL"):
        return f"round({column} * 100, 9)::{kind}"
    digits, scale = (int(n) for n in kind[8:-1].split(","))
    return f"({column} * 100)::DECIMAL({min(38, digits + 2)}, {scale})"
