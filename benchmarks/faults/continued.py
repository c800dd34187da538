"""What people do to incremental models: text that their tables do not follow by themselves."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from _scene import Fault, Injector, Scene

from agents.graph import Node
from faults.code import matches, replaced

TABLE_STOPS = re.compile(r"on_schema_change\s*=\s*['\"]fail['\"]")
LINE = r"\n(?P<indent>[ \t]+)(?P<name>(?:\w+\.)?\w+),(?=[ \t]*\n)"
"""A plain column in a select list, on a line of its own."""


def column_added(scene: Scene, rng: Random) -> Iterator[Fault]:
    """An incremental model selects one column more, and where its table would just ignore that, a reader wants it."""
    for node in (n for n in scene.models if n.materialized == "incremental"):
        for source, name, text in one_more(scene.text(node), rng):
            readers = [n for n in scene.models if node.unique_id in n.parents]
            if TABLE_STOPS.search(scene.text(node)):
                yield _fault(scene, node, (name, source), {node.path: text})
            for reader in readers:
                for wanting in _wants(scene.text(reader), name):
                    yield _fault(scene, node, (name, source), {node.path: text, reader.path: wanting})


def one_more(text: str, rng: Random, said: Callable[[str], str] = str) -> Iterator[tuple[str, str, str]]:
    """A plain column of the last list, its name the second time, and the text that selects it again as `said`."""
    for m in (m for m in matches(LINE, text, rng) if m.start() > _last_list(text)):
        source = m["name"].split(".")[-1]
        name, qualifier = f"{source}_as_booked", m["name"].removesuffix(source)
        line = f"\n{m['indent']}{qualifier}{said(source)} as {name},"
        yield source, name, replaced(text, m.end(), m.end(), line)


def _last_list(text: str) -> int:
    """Where the last `select` on a line of its own stands; the end of the text where there is none."""
    return max((m.end() - 1 for m in re.finditer(r"(?m)^select\b", text, re.IGNORECASE)), default=len(text))


def _wants(text: str, name: str) -> Iterator[str]:
    """Readers that neither group nor unite take one more column anywhere in their last list."""
    if re.search(r"\b(group\s+by|union|distinct)\b", text, re.IGNORECASE):
        return
    for m in (m for m in re.finditer(LINE, text) if m.start() > _last_list(text)):
        yield replaced(text, m.end(), m.end(), f"\n{m['indent']}{name},")


def _fault(scene: Scene, node: Node, added: tuple[str, str], texts: dict[str, str]) -> Fault:
    return Fault(
        kind="incremental_column",
        words=f"{' and '.join(texts)}: {added[0]} is new",
        causes=frozenset({"incremental_schema_change"}),
        decidable=True,
        apply=partial(_edit, scene, texts),
        roots=(node.unique_id,),
        subject=(node.path, node.identifier),
        effects=frozenset({"same"}),
        keeps=((node.unique_id, *added),),
    )


def _edit(scene: Scene, texts: dict[str, str]) -> None:
    for path, text in texts.items():
        scene.edit(path, text, f"work on {path}")


CONTINUED: dict[str, Injector] = {"incremental_column": column_added}
