"""What producers do to the rows of a table: twice, too few, without keys, with keys that nobody knows."""

from collections.abc import Iterator
from functools import partial
from random import Random

from _scene import Fault, Injector, Scene, Table

from agents.warehouse import quoted

TEXT = "VARCHAR"


def _keyed(scene: Scene, rng: Random, least: int = 20) -> list[tuple[Table, str]]:
    """Tables with a key that models read, in drawn order."""
    found = [(t, t.key) for t in scene.tables if t.key and t.rows >= least and t.key in scene.read_columns(t)]
    rng.shuffle(found)
    return found


def _fault(scene: Scene, table: Table, kind: str, words: str, cause: str, query: str, decidable: bool = False) -> Fault:
    causes = {"load_truncated", "load_partial"} if cause == "load" else {cause}
    return Fault(
        kind=kind,
        words=f"{table.label}: {words}",
        causes=frozenset(causes),
        decidable=decidable,
        apply=partial(scene.deliver, table, query),
        roots=(table.node.unique_id,),
        subject=(table.node.identifier.lower(),),
    )


def duplicated(scene: Scene, rng: Random) -> Iterator[Fault]:
    """A tenth of the rows of a keyed table comes twice, alike in every column."""
    for table, key in _keyed(scene, rng):
        query = f"select * from t union all select * from t where hash({quoted(key)}) % 10 = {rng.randrange(10)}"
        yield _fault(
            scene, table, "duplicate_identical", f"rows of a tenth of {key} come twice", "duplicate_keys", query, True
        )


def conflicting(scene: Scene, rng: Random) -> Iterator[Fault]:
    """Keys come a second time with another value: nothing says which row holds."""
    for table, key in _keyed(scene, rng):
        others = [
            c for c in scene.read_columns(table) if c != key and table.distinct[c] > 1 and table.filled[c] == table.rows
        ]
        if not others:
            continue
        column = rng.choice(others)
        moved = f"lag({quoted(column)}, 1, {quoted(column)}) over (order by {quoted(key)})"
        query = (
            f"select * from t union all by name select * exclude (moved) from "
            f"(select * replace ({moved} as {quoted(column)}), "
            f"{moved} is distinct from {quoted(column)} as moved from t) where moved and hash({quoted(key)}) % 20 = 3"
        )
        yield _fault(
            scene, table, "duplicate_conflict", f"{key} comes again with another {column}", "duplicate_keys", query
        )


def keyless(scene: Scene, rng: Random) -> Iterator[Fault]:
    """Some keys are null."""
    for table, key in _keyed(scene, rng):
        name = quoted(key)
        query = f"select * replace (case when hash({name}) % 25 = 4 then null else {name} end as {name}) from t"
        yield _fault(scene, table, "null_keys", f"4% of {key} are null", "null_keys", query)


def references(scene: Scene) -> list[tuple[Table, str, Table]]:
    """Columns whose every value is a key of another table: by the values, and for numbers by the name too."""
    found = []
    for child in scene.tables:
        for column in scene.read_columns(child):
            for parent in scene.tables:
                key = parent.key
                if parent is child or not key or parent.types[key] != child.types[column] or parent.distinct[key] < 5:
                    continue
                alike = column.lower().replace("_", "").endswith(key.lower().replace("_", ""))
                if (
                    (alike or child.types[column] == TEXT)
                    and child.distinct[column] > 4
                    and _known(scene, child, column, parent)
                ):
                    found.append((child, column, parent))
    return found


def _known(scene: Scene, child: Table, column: str, parent: Table) -> bool:
    if child.csv is None and parent.csv is None:
        assert parent.key
        known = f"(select {quoted(parent.key)} from {scene.name(parent.node)})"
        return scene.value(child, f"select count(*) from t where {quoted(column)} not in {known}") == 0
    return column == parent.key


def orphaned(scene: Scene, rng: Random) -> Iterator[Fault]:
    """Some rows refer to keys that the other table does not have."""
    found = references(scene)
    rng.shuffle(found)
    for table, column, parent in found:
        if column == table.key:
            continue
        name = quoted(column)
        strange = f"'zz-' || {name}" if table.types[column] == TEXT else f"({name} + 90000000)::{table.types[column]}"
        query = f"select * replace (case when hash({name}, 1) % 20 = 7 then {strange} else {name} end as {name}) from t"
        words = f"5% of {column} are not in {parent.label}"
        yield _fault(scene, table, "orphans", words, "orphans", query)


def drifted_keys(style: str) -> Injector:
    """The keys that two tables share are written otherwise in one of them."""

    def inject(scene: Scene, rng: Random) -> Iterator[Fault]:
        shared = references(scene)
        ends = [(c, column) for c, column, _ in shared] + [(p, p.key) for _, _, p in shared if p.key]
        rng.shuffle(ends)
        for table, column in ends:
            if table.types[column] != TEXT:
                continue
            name = quoted(column)
            lower = scene.value(
                table, f"select bool_and({name} = lower({name})) and bool_or({name} <> upper({name})) from t"
            )
            upper = scene.value(
                table, f"select bool_and({name} = upper({name})) and bool_or({name} <> lower({name})) from t"
            )
            trimmed = scene.value(table, f"select bool_and({name} = trim({name})) from t")
            if style == "case" and (lower or upper):
                other = f"upper({name})" if lower else f"lower({name})"
            elif style == "whitespace" and trimmed:
                other = f"' ' || {name} || '  '" if rng.random() < 0.5 else f"{name} || ' '"
            else:
                continue
            some = f"case when hash({name}) % 10 < {rng.choice((3, 10))} then {other} else {name} end"
            query = f"select * replace ({some} as {name}) from t"
            yield _fault(scene, table, f"key_{style}", f"{column} comes as {other}", "key_format_drift", query, True)

    return inject


def truncated(scene: Scene, rng: Random) -> Iterator[Fault]:
    """Most rows are missing."""
    for table, key in _keyed(scene, rng, 100):
        kept = rng.choice((10, 30, 60))
        query = f"select * from t where hash({quoted(key)}, 5) % 100 < {kept}"
        yield _fault(scene, table, "load_truncated", f"only {kept}% of the rows", "load", query)


def emptied(scene: Scene, rng: Random) -> Iterator[Fault]:
    """No row at all."""
    tables = list(scene.tables)
    rng.shuffle(tables)
    for table in tables:
        yield _fault(scene, table, "load_empty", "no rows", "load", "select * from t where false")


def partial_load(scene: Scene, rng: Random) -> Iterator[Fault]:
    """One slice of what was there is missing: the latest days, or one part of the business."""
    tables = [t for t in scene.tables if t.rows >= 100]
    rng.shuffle(tables)
    for table in tables:
        dates = [c for c, kind in table.types.items() if kind in ("DATE", "TIMESTAMP") and table.distinct[c] > 20]
        parts = [c for c in scene.read_columns(table) if table.types[c] == TEXT and 2 <= table.distinct[c] <= 8]
        if dates and (not parts or rng.random() < 0.5):
            name = quoted(rng.choice(dates))
            query = f"select * from t where {name} < (select quantile_disc({name}, 0.85) from t) or {name} is null"
            yield _fault(scene, table, "load_partial", f"the latest 15% by {name} are missing", "load", query)
        elif parts:
            name = quoted(rng.choice(parts))
            query = f"select * from t where {name} <> (select mode({name}) from t)"
            yield _fault(scene, table, "load_partial", f"one {name} is missing", "load", query)
