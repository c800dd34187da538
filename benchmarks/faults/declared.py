"""What people do to YAML: it no longer parses, names the wrong schema, or declares what the model does not return."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random

from _scene import Fault, Injector, Scene

from agents.graph import Node
from faults.code import BREAKS, edited, matches, replaced, typo

Change = Callable[[str, Random], Iterator[tuple[str, str]]]
"""A file's text -> what happened in words, and the text after it."""


def _files(scene: Scene) -> list[Path]:
    """YAML files of the project's own models."""
    root = scene.project.root
    folders = {(root / n.path).parent for n in scene.models}
    found = {f for folder in folders for f in folder.iterdir() if f.suffix in (".yml", ".yaml")}
    return sorted(found)


def _edited(kind: str, change: Change, causes: set[str]) -> Injector:
    def inject(scene: Scene, rng: Random) -> Iterator[Fault]:
        files = _files(scene)
        rng.shuffle(files)
        for file in files:
            path = file.relative_to(scene.project.root).as_posix()
            for words, after in list(change(file.read_text(), rng))[:2]:
                yield Fault(
                    kind=kind,
                    words=f"{path}: {words}",
                    causes=frozenset(causes),
                    decidable=True,
                    apply=partial(scene.edit, path, after, f"work on {path}"),
                    roots=tuple(t.node.unique_id for t in scene.tables),
                    subject=(path,),
                    effects=BREAKS,
                )

    return inject


def unreadable(text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A line loses its place, a quote stays open, or a bracket does."""
    lines = text.split("\n")
    places = [n for n, line in enumerate(lines) if re.match(r"\s{4,}(- )?\w+: ?", line)]
    rng.shuffle(places)
    for n in places:
        slip = rng.choice(("tab", "quote", "bracket"))
        body = lines[n]
        wrong = {"tab": "\t" + body.lstrip(), "quote": re.sub(r": ?", ': "', body, count=1),
                 "bracket": re.sub(r": ?", ": [", body, count=1)}[slip]  # fmt: skip
        yield f"{slip} in line {n + 1}", "\n".join([*lines[:n], wrong, *lines[n + 1 :]])


def elsewhere(text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """The schema of a source is misspelt."""
    if "sources:" in text:
        found = list(re.finditer(r"(?m)^\s+schema: *(\w{3,})\s*$", text))
        rng.shuffle(found)
        for m in found:
            wrong = typo(m[1], rng)
            yield f"schema {m[1]} became {wrong}", replaced(text, m.start(1), m.end(1), wrong)


def recast(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A column of a model under contract gets another type or another name."""
    if not set(scene.columns_of(node.unique_id)) <= set(node.columns) or not node.columns:
        return  # a contract names every column
    for m in matches(r"(?<=\n)[ \t]+(?:\w+\.)?(?P<name>\w+)(?=,[ \t]*\n)", text, rng):
        name = text[m.start("name") : m.end("name")]
        if name in node.columns:
            expression = text[m.start() : m.end()].strip()
            indent = text[m.start() : m.end()].removesuffix(expression)
            after = rng.choice((f"{expression} as {name}_value", f"cast({expression} as varchar) as {name}"))
            yield f"{expression} became {after}", replaced(text, m.start(), m.end(), indent + after)


def broken_contract(scene: Scene, rng: Random) -> Iterator[Fault]:
    """A contract is violated, where any model has one."""
    files = [*_files(scene), scene.project.root / "dbt_project.yml"]
    if any(re.search(r"\bcontract:", f.read_text()) for f in files):
        yield from edited("contract_violated", recast, {"contract_violated"}, "(?i)contract")(scene, rng)


DECLARED: dict[str, Injector] = {
    "broken_yaml": _edited("broken_yaml", unreadable, {"invalid_yaml"}),
    "wrong_schema": _edited("wrong_schema", elsewhere, {"unknown_relation", "table_renamed"}),
    "contract_violated": broken_contract,
}
