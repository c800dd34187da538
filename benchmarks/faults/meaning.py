"""Edits that build and change the numbers: to be questioned, never undone."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from _scene import Fault, Injector, Scene

from agents.graph import Node
from faults.code import Slip, edited, matches, replaced


def inner(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A left join becomes an inner one."""
    for m in matches(r"\bleft\s+(?:outer\s+)?join\b", text, rng):
        yield "a left join became an inner join", replaced(text, m.start(), m.end(), "join")


def unfiltered(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A filter is gone."""
    for m in matches(r"\n[ \t]*where\b[^()]*?(?=\n[ \t]*(?:group|order|having|limit|union|\))|\s*$)", text, rng):
        if "{%" not in text[m.start() : m.end()]:
            yield "the where is gone", replaced(text, m.start(), m.end(), "")


def averaged(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A sum becomes an average."""
    for m in matches(r"\bsum(?=\s*\()", text, rng):
        yield "a sum became an average", replaced(text, m.start(), m.end(), "avg")


def questioned(kind: str, slip: Slip) -> Injector:
    """A person's edit that must change what the models hold; it is not decidable who is right."""

    def inject(scene: Scene, rng: Random) -> Iterator[Fault]:
        for fault in edited(kind, slip, {"logic_changed"})(scene, rng):
            yield replace(fault, decidable=False, effects=frozenset({"moved"}))

    return inject


MEANING: dict[str, Injector] = {
    "logic_join": questioned("logic_join", inner),
    "logic_filter": questioned("logic_filter", unfiltered),
    "logic_aggregate": questioned("logic_aggregate", averaged),
}
