"""Every layer in its order, and the question whether a text may be let in.

What is judged is what is committed and what runs, byte for byte: nothing is written anew on the way.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Literal, NamedTuple

from agents.contracts import Record
from agents.guard.context import Context
from agents.guard.dialect import is_jinja
from agents.guard.duckdb_tree import duckdb_findings
from agents.guard.finding import Finding
from agents.guard.jinja import jinja_findings
from agents.guard.path import path_findings
from agents.guard.properties import read, yaml_findings
from agents.guard.query import of_model, of_words
from agents.guard.reach import jinja_reach, yaml_reach
from agents.guard.sql import sql_findings

Kind = Literal["sql", "jinja", "path", "yaml"]
KINDS: tuple[Kind, ...] = ("sql", "jinja", "path", "yaml")
"""What may be asked about: a query, a dbt model's text, a path, a property file."""
Judges = Callable[[str, str, Context], tuple[Finding, ...]]


class Layer(NamedTuple):
    """One layer: for each kind of text that it judges, a pure function of text, path and context."""

    name: str
    of: dict[str, Judges]


LAYERS: tuple[Layer, ...] = (
    Layer("path", dict.fromkeys(("path",), path_findings)),
    Layer("yaml", {"yaml": yaml_findings}),
    Layer("jinja", dict.fromkeys(("jinja", "words", "note"), jinja_findings)),
    Layer("reach", {"yaml": yaml_reach, "jinja": jinja_reach}),
    Layer("sql", {"sql": sql_findings, "jinja": of_model(sql_findings), "words": of_words(sql_findings)}),
    Layer("duckdb", {"sql": duckdb_findings, "jinja": of_model(duckdb_findings), "words": of_words(duckdb_findings)}),
)
"""In the order they are asked. Behind them stands the sandbox, which runs what they let in."""
NAMES = tuple(layer.name for layer in LAYERS)


class Ruling(Record):
    """Whether a text may be let in."""

    allowed: bool
    layer: str = ""
    """The layer that stopped it."""
    words: str = ""
    """The offending value, and what is allowed."""


def judge(
    kind: Kind, text: str, path: str = "", context: Context | None = None, *, without: Collection[str] = frozenset()
) -> Ruling:
    """Whether a text may be let in; `path`, where it is to stand, is judged too if it is given.

    `without` are names of layers that are not asked.

    >>> judge("sql", "copy (select 1) to '/tmp/x'").layer
    'sql'
    """
    return _ruling(findings(kind, text, path, context or Context(), without=without))


def judge_change(
    path: str, before: Collection[str], after: str | None, context: Context, *, without: Collection[str] = frozenset()
) -> Ruling:
    """Whether a file may come to say `after`, or go where that is None: only what is new in it counts.

    `before` are the texts that people committed under this path, or that the file is made from.
    """
    kind, now = ("path", path) if after is None else (kind_of(path), after)
    known: Counter[tuple[str, Finding]] = Counter()
    for text in before:
        # Of two committed texts the richer counts, not both together.
        known |= Counter(findings(kind, text, path, context, without=without))
    fresh: list[tuple[str, Finding]] = []
    for layer, finding in findings(kind, now, path, context, without=without):
        if finding.final or not known[layer, finding]:
            fresh.append((layer, finding))
        else:
            known[layer, finding] -= 1
    return _ruling(iter(fresh))


def kind_of(path: str) -> Kind:
    """What a file is judged as."""
    return "yaml" if path.endswith((".yml", ".yaml")) else "jinja"


def findings(
    kind: str, text: str, path: str, context: Context, *, without: Collection[str] = frozenset()
) -> Iterator[tuple[str, Finding]]:
    """What the layers find, in their order, with the layer's name."""
    pieces = [("path", path or text)] if path or kind == "path" else []
    if kind == "yaml":
        pieces += [("yaml", text), *dict.fromkeys(read(text, path, context).pieces)]
    elif kind == "sql" and is_jinja(text):
        # Written into a model it would run; and plain SQL has hardly a use for these braces.
        yield "jinja", Finding("plain SQL that holds braces of Jinja", "SQL, or a model's text with --kind jinja")
        pieces.append(("sql", text))
    elif kind != "path":
        pieces.append((kind, text))
    for layer in LAYERS:
        for sort, piece in pieces if layer.name not in without else ():
            judges = layer.of.get(sort)
            for finding in judges(piece, path, context) if judges else ():
                yield layer.name, finding


def _ruling(found: Iterator[tuple[str, Finding]]) -> Ruling:
    first = next(found, None)
    if first is None:
        return Ruling(allowed=True)
    return Ruling(allowed=False, layer=first[0], words=first[1].words)
