"""What dbt's build lets pass or a person has just begun: a slip in new lines, a view that breaks when it is read, a
ratio over nothing."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from random import Random

from _scene import Fault, Injector, Scene, Table

from agents.graph import Node
from agents.names import similarity
from agents.warehouse import quoted
from faults.code import BREAKS, edited, matches, plain, replaced, typo
from faults.continued import LINE, one_more


def slip(scene: Scene, rng: Random) -> Iterator[Fault]:
    """A model selects one of its columns a second time, under a new name and misspelt."""
    models = [n for n in scene.models if n.materialized in ("table", "view")]
    rng.shuffle(models)
    for node in models:
        known = {c for p in node.parents if p in scene.graph.nodes for c in scene.columns_of(p)}
        for source, name, text in one_more(scene.text(node), rng, said=partial(typo, rng=rng)):
            if len(source) > 5 and source in known and not set(re.findall(rf"(\w+) as {name}", text)) & known:
                yield Fault(
                    kind="slip_in_new_lines",
                    words=f"{node.path}: {name} reads a misspelt {source}",
                    causes=frozenset({"unknown_column"}),
                    decidable=True,
                    apply=partial(scene.edit, node.path, text, f"work on {node.name}"),
                    roots=(node.unique_id,),
                    subject=(node.path, node.identifier),
                    effects=BREAKS,
                    keeps=((node.unique_id, name, source),),
                )


def unreadable(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A view casts words to a number: it is built, and breaks when somebody reads it."""
    if node.materialized != "view":
        return
    types = scene.types_of(node.unique_id)
    for m in matches(LINE, text, rng):
        name = m["name"].split(".")[-1]
        if types.get(name) == "VARCHAR":
            cast = f"cast({m['name']} as integer) as {name}"
            yield f"{name} is cast to a number", replaced(text, m.start("name"), m.end("name"), cast)


def broken_views(scene: Scene, rng: Random) -> Iterator[Fault]:
    """The same, where nothing that is built reads the view or its reader breaks."""
    for fault in edited("view_breaks", unreadable, {"column_retyped"})(scene, rng):
        yield replace(fault, effects=frozenset({"broken", "moved"}))


def nothing_to_divide_by(scene: Scene, rng: Random) -> Iterator[Fault]:
    """A number that some model divides by is delivered as 0 in a few rows: DuckDB builds infinity of it."""
    text = "\n".join(plain(scene.text(n)) for n in scene.models)
    divisors = set(re.findall(r"/\s*(?:\w+\.)?([a-z_]\w*)(?!\w|\s*\()", text, re.IGNORECASE))
    found = [(t, c) for t in scene.tables if t.csv is None and t.node.kind == "source" for c in _numbers(t)]
    likely = [(max((similarity(d, c) for d in divisors), default=0.0), t, c) for t, c in found]
    for alike, table, name in sorted(likely, key=lambda it: -it[0]):
        if alike > ALIKE:
            yield Fault(
                kind="division_by_zero",
                words=f"{table.label}: {name} is 0 in a few rows",
                causes=frozenset({"division_by_zero"}),
                decidable=False,
                apply=partial(scene.deliver, table, _some_zero(table, name)),
                roots=(table.node.unique_id,),
                subject=(table.node.identifier.lower(),),
                effects=frozenset({"moved"}),
                says="without bounds",
            )


ALIKE = 0.6
"""How alike the name of a source's column must be to that of a divisor, to be tried."""


def _numbers(table: Table) -> list[str]:
    kinds = ("DOUBLE", "DECIMAL", "INTEGER", "BIGINT")
    return [c for c, kind in table.types.items() if kind.startswith(kinds) and c != table.key]


def _some_zero(table: Table, name: str) -> str:
    column = quoted(name)
    few = f"hash({quoted(table.key)}) % 50 = 7" if table.key else "rowid % 50 = 7"
    return f"select * replace (case when {few} then 0 else {column} end as {column}) from t"


UNFINISHED: dict[str, Injector] = {
    "slip_in_new_lines": slip,
    "view_breaks": broken_views,
    "division_by_zero": nothing_to_divide_by,
}
