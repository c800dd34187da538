"""Hostile texts, made from families: what is wanted, in every way it may be wrapped. All of them are our own.

`{dir}` is a folder that must stay as it is, with secrets in it; `{url}` a server that must not be asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Snippet:
    """One text and how it would come in."""

    case: str
    kind: str
    """`sql`, `jinja` and `yaml` as `agents.guard.guard.KINDS`; `path`, `git`, `name` and `value` as what they say."""
    text: str
    path: str = ""
    inert: bool = False
    """It may be let in, because it is only text there."""


_FAMILIES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "hostile.yml").read_text())


def snippets() -> tuple[Snippet, ...]:
    """Every hostile text, each with a name of its own."""
    return tuple(_named(s, n) for n, s in enumerate(_all()))


def _named(snippet: Snippet, number: int) -> Snippet:
    return Snippet(f"{number:03}-{snippet.case}", snippet.kind, snippet.text, snippet.path, snippet.inert)


def _all() -> Iterator[Snippet]:
    """Texts with `{dir}` and `{url}` still to be filled in, by `str.format`."""
    for name, read in _FAMILIES["reads"].items():
        for wrap, text in _FAMILIES["wraps"].items():
            yield Snippet(f"sql/{name}/{wrap}", "sql" if wrap != "comment" else "jinja", text.replace("{x}", read))
    for number, scalar in enumerate(_FAMILIES["scalars"]):
        yield Snippet(f"sql/scalar{number}", "jinja", f"select {scalar} as c")
        yield Snippet(f"sql/scalar{number}/where", "sql", f"select 1 as c where {scalar} is not null")
    for name, statement in _FAMILIES["statements"].items():
        yield Snippet(f"statement/{name}", "sql", statement)
        yield Snippet(f"statement/{name}/second", "jinja", f"select 1 as c; {statement}")
    for name, call in _FAMILIES["calls"].items():
        for carrier, text in _FAMILIES["carriers"].items():
            yield Snippet(f"jinja/{name}/{carrier}", "jinja", text.replace("{x}", call))
    for number, config in enumerate(_FAMILIES["configs"]):
        yield Snippet(f"config/{number}", "jinja", f"{{{{{{{{ config({config}) }}}}}}}}select 1 as c")
    for number, text in enumerate(_FAMILIES["blocks"]):
        yield Snippet(f"block/{number}", "jinja", text)
    for number, text in enumerate(_FAMILIES["yamls"]):
        yield Snippet(f"yaml/{number}", "yaml", text)
    for number, path in enumerate(_FAMILIES["paths"]):
        yield Snippet(f"path/{number}", "path", "select 1 as c", path.replace("{{", "{").replace("}}", "}"))
    for number, text in enumerate(_FAMILIES["gits"]):
        yield Snippet(f"git/{number}", "git", text, inert=True)
    for number, text in enumerate(_FAMILIES["words"]):
        yield Snippet(f"name/{number}", "name", text, inert=True)
        yield Snippet(f"value/{number}", "value", text, inert=True)
