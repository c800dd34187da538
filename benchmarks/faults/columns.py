"""What producers do to the columns of a table: rename, drop, add, swap."""

from collections.abc import Iterator
from functools import partial
from random import Random

from _scene import Fault, Injector, Scene, Table

from agents.warehouse import quoted
from faults.words import STYLES


def shuffled_columns(scene: Scene, rng: Random) -> list[tuple[Table, str]]:
    """Every column that a model reads, in drawn order; not constant ones, nor a loader's own, which begin with `_`."""
    pairs = [(t, c) for t in scene.tables for c in scene.read_columns(t) if t.distinct[c] > 1 and c[0] != "_"]
    rng.shuffle(pairs)
    return pairs


def renamed(style: str) -> Injector:
    """Rename in one style."""

    def inject(scene: Scene, rng: Random) -> Iterator[Fault]:
        for table, column in shuffled_columns(scene, rng):
            name = STYLES[style](column, table.node.identifier, rng.randrange(100))
            if name.lower() not in {c.lower() for c in table.types}:
                yield _rename(scene, table, column, name, f"rename_{style}")

    return inject


def _rename(scene: Scene, table: Table, column: str, name: str, kind: str, undone_later: bool = False) -> Fault:
    query = f"select * rename ({quoted(column)} as {quoted(name)}) from t"
    return Fault(
        kind=kind,
        words=f"{table.label}.{column} is now {name}",
        causes=frozenset({"column_renamed"}),
        decidable=True,
        apply=partial(scene.deliver, table, query),
        roots=(table.node.unique_id,),
        subject=(f"{table.node.identifier}.{column}".lower(),),
        undone_later=undone_later,
    )


def renamed_back(scene: Scene, rng: Random) -> Iterator[Fault]:
    """Renamed, healed, and then the old name comes back."""
    for table, column in shuffled_columns(scene, rng):
        if table.csv is None:
            name = STYLES["prefix"](column, table.node.identifier, 0)
            if name.lower() not in {c.lower() for c in table.types}:
                yield _rename(scene, table, column, name, "rename_back", undone_later=True)


def dropped(scene: Scene, rng: Random) -> Iterator[Fault]:
    """A column that is read comes no more."""
    for table, column in shuffled_columns(scene, rng):
        if len(table.types) > 1 and table.distinct[column] > 2:
            yield Fault(
                kind="column_dropped",
                words=f"{table.label}.{column} comes no more",
                causes=frozenset({"column_dropped"}),
                decidable=False,
                apply=partial(scene.deliver, table, f"select * exclude ({quoted(column)}) from t"),
                roots=(table.node.unique_id,),
                subject=(f"{table.node.identifier}.{column}".lower(),),
            )


def added(scene: Scene, rng: Random) -> Iterator[Fault]:
    """A new column that changes nothing: a control."""
    tables = list(scene.tables)
    rng.shuffle(tables)
    for table in tables:
        name, value = rng.choice(
            [("batch_ref", "'b' || hash(t)::varchar"), ("row_version", "1"), ("note", "null::varchar")]
        )
        query = f"select *, {value} as {name} from t"
        yield Fault(
            kind="column_added",
            words=f"{table.label} also has {name}",
            causes=frozenset({"column_added"}),
            decidable=True,
            apply=partial(scene.deliver, table, query),
            roots=(table.node.unique_id,),
            effects=frozenset({"same"}),
            control=True,
        )


def swapped(scene: Scene, rng: Random) -> Iterator[Fault]:
    """Two columns of one type have each other's values; by the key it can be seen which."""
    for table, one in shuffled_columns(scene, rng):
        read = scene.read_columns(table)
        others = [c for c in read if c != one and table.types[c] == table.types[one] and table.distinct[c] > 1]
        if table.key is None or one == table.key:
            continue
        for other in others:
            if other != table.key:
                a, b = quoted(one), quoted(other)
                query = f"select * replace ({b} as {a}, {a} as {b}) from t"
                yield Fault(
                    kind="columns_swapped",
                    words=f"{table.label}: {one} and {other} have each other's values",
                    causes=frozenset({"columns_swapped"}),
                    decidable=True,
                    apply=partial(scene.deliver, table, query),
                    roots=(table.node.unique_id,),
                    subject=(f"{table.node.identifier}.{one}".lower(), f"{table.node.identifier}.{other}".lower()),
                )
                break


def ambiguous(scene: Scene, rng: Random) -> Iterator[Fault]:
    """A column goes and two with equal content come: nothing says which of them will be the one tomorrow."""
    for table, column in shuffled_columns(scene, rng):
        names = [
            STYLES[s](column, table.node.identifier, 0) for s in ("prefix", "synonym", "abbreviation", "convention")
        ]
        fresh = list(dict.fromkeys(n for n in names if n.lower() not in {c.lower() for c in table.types}))[:2]
        if len(fresh) == 2:
            both = ", ".join(f"{quoted(column)} as {quoted(n)}" for n in fresh)
            query = f"select * exclude ({quoted(column)}), {both} from t"
            yield Fault(
                kind="rename_ambiguous",
                words=f"{table.label}.{column} is gone, {fresh[0]} and {fresh[1]} hold the same",
                causes=frozenset({"column_renamed"}),
                decidable=False,
                apply=partial(scene.deliver, table, query),
                roots=(table.node.unique_id,),
                subject=(f"{table.node.identifier}.{column}".lower(),),
            )
