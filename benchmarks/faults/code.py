"""What people do to a model's text: slips that stop it from building. Jinja and comments are left alone."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from _scene import Effect, Fault, Injector, Scene

from agents.graph import Node

Slip = Callable[[Scene, Node, str, Random], Iterator[tuple[str, str]]]
"""Scene, model, its text -> what happened in words, and the text after it."""

HIDDEN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
BREAKS: frozenset[Effect] = frozenset({"broken"})


def plain(text: str) -> str:
    """The text with Jinja, comments and strings blanked, at the same positions.

    >>> plain("a -- b")
    'a     '
    """
    return HIDDEN.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def replaced(text: str, start: int, end: int, by: str) -> str:
    """The text with one stretch replaced."""
    return text[:start] + by + text[end:]


def matches(pattern: str, text: str, rng: Random) -> list[re.Match[str]]:
    """Matches outside of Jinja, comments and strings, in drawn order."""
    found = list(re.finditer(pattern, plain(text), re.IGNORECASE))
    rng.shuffle(found)
    return found


def typo(word: str, rng: Random) -> str:
    """A word with two letters exchanged or one left out.

    >>> typo("ab", Random(1)) != "ab"
    True
    """
    at = rng.randrange(len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return swapped if swapped.lower() != word.lower() and rng.random() < 0.6 else word[:at] + word[at + 1 :]


def edited(kind: str, slip: Slip, causes: set[str], says: str = "") -> Injector:
    """A person commits one slip in one model."""

    def inject(scene: Scene, rng: Random) -> Iterator[Fault]:
        models = list(scene.models)
        rng.shuffle(models)
        for node in models:
            text = scene.text(node)
            for words, after in list(slip(scene, node, text, rng))[:2]:
                yield Fault(
                    kind=kind,
                    words=f"{node.path}: {words}",
                    causes=frozenset(causes),
                    decidable=True,
                    apply=partial(scene.edit, node.path, after, f"work on {node.name}"),
                    roots=(node.unique_id,),
                    subject=(node.path, node.identifier),
                    effects=BREAKS,
                    says=says,
                )

    return inject


def keyword(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """`select` or `from` is misspelt."""
    for m in matches(r"\b(select|from)\b", text, rng):
        wrong = {"select": "selct", "from": "form"}[m[0].lower()]
        yield f"{m[0]} became {wrong}", replaced(text, m.start(), m.end(), wrong)


def comma(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A comma at the end of a line is left out."""
    for m in matches(r",(?=[ \t]*\n)", text, rng):
        yield f"no comma in line {text.count(chr(10), 0, m.start()) + 1}", replaced(text, m.start(), m.end(), "")


def parenthesis(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A closing parenthesis is left out."""
    for m in matches(r"\)", text, rng):
        line = text.count("\n", 0, m.start()) + 1
        yield f"no closing parenthesis in line {line}", replaced(text, m.start(), m.end(), "")


def column(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A column of a parent is misspelt."""
    names = {c for p in node.parents if p in scene.graph.nodes for c in scene.columns_of(p) if len(c) > 3}
    for m in matches(r"(?<![\w\"])[A-Za-z_]\w*(?![\w\"(])", text, rng):
        if m[0] in names and not re.search(r"\bas\s+$", text[: m.start()], re.IGNORECASE):
            wrong = typo(m[0], rng)
            if wrong not in names:
                yield f"{m[0]} became {wrong}", replaced(text, m.start(), m.end(), wrong)


def column_lost(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A whole line of a select list is deleted, though somebody below reads the column."""
    below = " ".join(r.raw for r in scene.graph.readers(node.unique_id)) + text
    for m in matches(r"\n[ \t]+(?:[\w.]+|[^\n]* as (?P<name>\w+)),(?=[ \t]*\n)", text, rng):
        name = (m["name"] or m[0].strip(" \t\n,")).split(".")[-1]
        if len(re.findall(rf"\b{re.escape(name)}\b", below)) > 1:
            yield f"{name} is no longer selected", replaced(text, m.start(), m.end(), "")


def qualifier(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """The table's alias before a column is left out, and two tables have the column."""
    if not re.search(r"\bjoin\b", plain(text), re.IGNORECASE):
        return
    found = matches(r"\b(\w+)\.(\w+)\b", text, rng)
    owners: dict[str, set[str]] = {}
    for m in found:
        owners.setdefault(m[2], set()).add(m[1])
    for m in (m for m in found if len(owners[m[2]]) > 1):
        yield f"{m[0]} became {m[2]}", replaced(text, m.start(), m.start(2), "")


def grouping(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """The whole `group by` is gone."""
    for m in matches(r"\n[ \t]*group by\s+[\w., \n]+?(?=\s*(?:\)|$|\n\s*(?:having|order|limit|union)))", text, rng):
        yield "no group by", replaced(text, m.start(), m.end(), "")


def relation(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A plain table name that does not exist stands where a `ref` was."""
    found = list(re.finditer(r"\{\{\s*ref\(\s*['\"](\w+)['\"]\s*\)\s*\}\}", text))
    rng.shuffle(found)
    for m in found:
        wrong = f"{node.schema}.{m[1]}_backup"
        yield f"{m[0]} became {wrong}", replaced(text, m.start(), m.end(), wrong)


def reference(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """The name in a `ref` is misspelt."""
    found = list(re.finditer(r"ref\(\s*['\"](\w+)['\"]\s*\)", text))
    rng.shuffle(found)
    names = {n.name for n in scene.graph.nodes.values()}
    for m in found:
        wrong = typo(m[1], rng)
        if wrong not in names:
            yield f"ref {m[1]} became {wrong}", replaced(text, m.start(1), m.end(1), wrong)


def source(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """One of the names in a `source` is misspelt."""
    found = list(re.finditer(r"source\(\s*['\"](\w+)['\"]\s*,\s*['\"](\w+)['\"]\s*\)", text))
    rng.shuffle(found)
    for m in found:
        part = rng.choice((1, 2))
        wrong = typo(m[part], rng)
        yield f"source {m[part]} became {wrong}", replaced(text, m.start(part), m.end(part), wrong)


def cycle(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A model reads one that is built from it."""
    below = [r for r in scene.graph.readers(node.unique_id) if r.package == node.package and r.kind == "model"]
    found = list(re.finditer(r"\{\{\s*(?:ref|source)\([^)]*\)\s*\}\}", text))
    if below and found:
        m, child = rng.choice(found), rng.choice(below)
        yield (
            f"reads {child.name}, which reads it",
            replaced(text, m.start(), m.end(), f"{{{{ ref('{child.name}') }}}}"),
        )


def macro(scene: Scene, node: Node, text: str, rng: Random) -> Iterator[tuple[str, str]]:
    """A column goes through a macro that nobody wrote."""
    for m in matches(r"(?<=\n)(?P<indent>[ \t]+)(?P<name>\w+)(?=,[ \t]*\n)", text, rng):
        name = text[m.start("name") : m.end("name")]
        call = f"{{{{ {rng.choice(('clean_value', 'to_standard', 'safe_cast_col'))}('{name}') }}}} as {name}"
        yield f"{name} goes through an unknown macro", replaced(text, m.start("name"), m.end("name"), call)


CODE: dict[str, Injector] = {
    "syntax_error": edited("syntax_error", keyword, {"syntax_error"}),
    "missing_comma": edited("missing_comma", comma, {"syntax_error", "unknown_column"}),
    "parenthesis": edited("parenthesis", parenthesis, {"syntax_error"}),
    "misspelt_column": edited("misspelt_column", column, {"unknown_column"}),
    "column_lost": edited("column_lost", column_lost, {"unknown_column", "contract_violated"}),
    "ambiguous_column": edited("ambiguous_column", qualifier, {"ambiguous_column"}, "(?i)ambiguous"),
    "missing_group_by": edited("missing_group_by", grouping, {"missing_group_by"}, "(?i)group by"),
    "unknown_relation": edited("unknown_relation", relation, {"unknown_relation"}),
    "wrong_ref": edited("wrong_ref", reference, {"unknown_relation"}),
    "wrong_source": edited("wrong_source", source, {"unknown_relation"}),
    "cyclic_refs": edited("cyclic_refs", cycle, {"cyclic_refs"}),
    "missing_macro": edited("missing_macro", macro, {"unknown_macro"}),
}
