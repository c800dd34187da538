"""Tables that are delivered elsewhere, and what is no fault at all."""

from collections.abc import Iterator
from functools import partial
from random import Random

from _scene import Fault, Scene, Table

from agents.warehouse import quoted
from faults.words import STYLES, joined, parts


def _tables(scene: Scene, rng: Random) -> list[Table]:
    found = [t for t in scene.tables if t.csv is None and t.node.kind == "source" and t.rows > 4]
    rng.shuffle(found)
    return found


def table_renamed(scene: Scene, rng: Random) -> Iterator[Fault]:
    """A table comes under another name in the same schema."""
    for table in _tables(scene, rng):
        name = table.node.identifier
        choices = [f"{name}_v2", STYLES["synonym"](name, "", 0), joined(["raw", *parts(name)], "a_b"), name + "_export"]
        other = rng.choice([c for c in choices if c.lower() != name.lower()])
        here = scene.name(table.node)
        yield _moved(
            scene, table, "table_renamed", f"comes as {other}", f"alter table {here} rename to {quoted(other)}"
        )


def table_moved(scene: Scene, rng: Random) -> Iterator[Fault]:
    """A table comes in another schema under its own name."""
    for table in _tables(scene, rng):
        other = rng.choice([f"{table.node.schema}_new", f"{table.node.source_name}_landing", "ingest"])
        catalog, here = scene.project.catalog, scene.name(table.node)
        there = quoted(catalog, other, table.node.identifier)
        sql = f"create schema if not exists {quoted(catalog, other)}; create table {there} as from {here}; "
        sql += f"drop table {here}"
        yield _moved(scene, table, "table_moved", f"comes in schema {other}", sql)


def _moved(scene: Scene, table: Table, kind: str, words: str, sql: str) -> Fault:
    return Fault(
        kind=kind,
        words=f"{table.label} {words}",
        causes=frozenset({"table_renamed"}),
        decidable=True,
        apply=partial(scene.execute, sql),
        roots=(table.node.unique_id,),
        subject=(table.node.identifier.lower(),),
    )


def _nothing() -> None:
    pass


def none(scene: Scene, rng: Random) -> Iterator[Fault]:
    """Nothing happens; where the case grows, a healthy day comes."""
    yield Fault("control", "no fault", frozenset(), True, _nothing, effects=frozenset({"same"}), control=True)


def locked(scene: Scene, rng: Random) -> Iterator[Fault]:
    """Another process writes the warehouse all the time."""
    yield Fault(
        "lock",
        "another process holds the warehouse",
        frozenset({"lock"}),
        False,
        _nothing,
        effects=frozenset({"same"}),
        lock_seconds=900,
    )


def locked_briefly(scene: Scene, rng: Random) -> Iterator[Fault]:
    """Another process writes the warehouse for two seconds: to be waited for, a control."""
    yield Fault(
        "lock_brief",
        "another process holds the warehouse for 2 s",
        frozenset({"lock"}),
        True,
        _nothing,
        effects=frozenset({"same"}),
        control=True,
        lock_seconds=2,
    )
