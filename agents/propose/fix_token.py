"""The change `fix_token`: write a misspelt name in a person's new lines as the name that is there.

Their work stays, where restoring the text would take it back with the slip.
"""

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from rapidfuzz.distance import DamerauLevenshtein

from agents import published
from agents.contracts import Cause, DeclareColumn, Diagnosis, FileChange, FixToken, Proposal, Risk
from agents.edits import Edit, lines, touched, words_of
from agents.errors import FinalError
from agents.graph import Graph, Node
from agents.project import Project
from agents.propose.claimed import EDIT
from agents.propose.declare_column import declare
from agents.propose.override_model import macro_names
from agents.propose.sql_text import masked
from agents.warehouse import reading

CLAIMS = EDIT
LETTERS = 2
"""Letters that may be wrong, left out, too many or changed about, in a name of more than five; else one."""
SHORT = 5
_CALL = r"\b(?:ref|source)\s*\([^)]*\)"
_BARE = re.compile(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", re.DOTALL)


def fix_token(text: str, rows: Iterable[int], token: str, becomes: str, *, named: str = "") -> str:
    """The text with a name written otherwise in some lines (from 1); comments, strings and longer words stay.

    `named` is a pattern of the stretches to look in, where the name stands in Jinja.

    >>> fix_token("select amout -- amout\\nfrom t", [1], "amout", "amount")
    'select amount -- amout\\nfrom t'
    """
    wanted = set(rows)
    plain = _BARE.sub(_blank, text) if named else masked(text)
    looked = [(m.start(), m.end()) for m in re.finditer(named, plain)] if named else [(0, len(plain))]
    word = re.compile(rf"(?<![\w$]){re.escape(token)}(?![\w$])", re.IGNORECASE)
    found = [m for a, b in looked for m in word.finditer(plain, a, b)]
    for match in reversed([m for m in found if plain.count("\n", 0, m.start()) + 1 in wanted]):
        text = text[: match.start()] + becomes + text[match.end() :]
    return text


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def near(token: str, names: Iterable[str]) -> list[str]:
    """The names that a slip of the keyboard may have made this of, nearest first; never one with other digits.

    >>> near("custmer_id", ["customer_id", "order_id"]), near("amount_1", ["amount_2"]), near("h", ["x"])
    (['customer_id'], [], [])
    """
    allowed = LETTERS if len(token) > SHORT else 1 if len(token) > 1 else 0
    found = {
        name: steps
        for name in names
        if 0 < (steps := DamerauLevenshtein.distance(token.lower(), name.lower())) <= allowed
        and re.sub(r"\D", "", name) == re.sub(r"\D", "", token)
    }
    return sorted(found, key=lambda name: (found[name], name))


def letters(change: FixToken) -> int:
    """How many slips lie between what is written and what it becomes."""
    return DamerauLevenshtein.distance(change.token.lower(), change.becomes.lower())


def fixed_tokens(
    diagnoses: Iterable[Diagnosis], edits: Iterable[Edit], project: Project, graph: Graph
) -> list[Proposal]:
    """Candidates for names that committed edits wrote and that nothing has, nearest name first."""
    found: list[Proposal] = []
    for diagnosis in diagnoses:
        asked = _ASKED.get(diagnosis.cause)
        if asked is None:
            continue
        known, pattern = asked[0](diagnosis, project, graph), asked[1]
        token, names = _slip(diagnosis, known)
        for edit in (e for e in edits if e.now is not None):
            nodes = tuple(uid for uid in touched(edit, graph) if graph.nodes[uid].kind in ("model", "snapshot"))
            found += [
                _proposal(diagnosis, edit, nodes, token, name, text, project, graph)
                for name in names if nodes
                if (text := fix_token(edit.now or "", _added(edit), token, name, named=pattern)) != edit.now
            ]  # fmt: skip
    return found


def _slip(diagnosis: Diagnosis, known: Collection[str]) -> tuple[str, list[str]]:
    """The first name of an error that is like something known, and what that is; an error may name an alias before it.

    >>> words_of('Values list "h" does not have a column named "amout"').names
    ('h', 'amout')
    """
    said = dict.fromkeys(n for e in diagnosis.evidence for n in words_of(e.message).names if re.fullmatch(r"\w+", n))
    taken = {name.lower() for name in known}
    found = ((n, near(n, known)) for n in said if n.lower() not in taken)
    return next(((token, names) for token, names in found if names), ("", []))


def _promised(edit: Edit, text: str, becomes: str, node: Node, project: Project, graph: Graph) -> dict[str, str]:
    """Column -> type of those that corrected lines give a model under contract, and that its YAML does not list.

    Only columns that are `becomes` itself, under any name, as that has a type that is known.
    """
    if not node.contracted or node.path != edit.path:
        return {}
    rows = lines(masked(text))
    new = "".join(rows[n - 1] for n in _added(edit) if n <= len(rows))
    item = rf"^[\s,]*(?:\w+\.)?{re.escape(becomes)}(?:\s+as\s+(\w+))?\s*,?\s*$"
    given = re.findall(item, new, re.MULTILINE | re.IGNORECASE)
    names = [n for n in (alias or becomes for alias in given) if n.lower() not in {c.lower() for c in node.columns}]
    if not names:
        return {}
    types = {label: kind for label, column, kind in _stored(project) if column.lower() == becomes.lower()}
    above = (graph.nodes[uid].label for uid in graph.above(node.unique_id))
    kind = next((types[label] for label in above if label in types), "")
    return dict.fromkeys(names, kind) if kind else {}


def _stored(project: Project) -> list[tuple[str, str, str]]:
    """Label, column and type of everything in the published copy."""
    with reading(Path(published.required(project).file)) as db:
        return db.execute(
            "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()"
        ).fetchall()


def _added(edit: Edit) -> Iterator[int]:
    for hunk in edit.hunks:
        yield from range(hunk.line, hunk.line + len(lines(hunk.added)))


def _columns(diagnosis: Diagnosis, project: Project, graph: Graph) -> set[str]:
    """Columns of what the failing nodes read, as published, and those that DuckDB names itself."""
    nodes = [graph.nodes[e.node] for e in diagnosis.evidence if e.node in graph.nodes]
    above = {n.label for node in nodes for n in map(graph.nodes.__getitem__, graph.above(node.unique_id))}
    bound = [m for e in diagnosis.evidence for m in re.findall(r"Candidate bindings: (.*)", e.message)]
    said = {name for words in bound for name in re.findall(r'"(?:\w+\.)?(\w+)"', words)}
    return {name for label, name, _ in _stored(project) if label in above} | said


def _relations(diagnosis: Diagnosis, project: Project, graph: Graph) -> set[str]:
    nodes = [n for n in graph.nodes.values() if n.kind in ("model", "seed", "snapshot", "source")]
    return {n.name for n in nodes} | {n.source_name for n in nodes if n.source_name}


def _macros(diagnosis: Diagnosis, project: Project, graph: Graph) -> set[str]:
    return macro_names(project.root)


_Names = Callable[[Diagnosis, Project, Graph], set[str]]
_ASKED: dict[Cause, tuple[_Names, str]] = {
    Cause.unknown_column: (_columns, ""),
    Cause.unknown_relation: (_relations, _CALL),
    Cause.unknown_macro: (_macros, r"\{\{.*?\}\}|\{%.*?%\}"),
}
"""The names that there are, and where in a text they stand."""


def _proposal(
    diagnosis: Diagnosis,
    edit: Edit,
    nodes: Sequence[str],
    token: str,
    becomes: str,
    text: str,
    project: Project,
    graph: Graph,
) -> Proposal:
    path = project.in_repo(edit.path)
    change = FixToken(path=path, token=token, becomes=becomes)
    files, declared = [FileChange(path=path, before=edit.now, after=text)], list[DeclareColumn]()
    for node in map(graph.nodes.__getitem__, nodes):
        if promised := _promised(edit, text, becomes, node, project, graph):
            with suppress(FinalError):  # dbt then says what the contract lacks
                file, declared = declare(project, node, promised)
                files.append(file)
    steps = letters(change)
    names = ", ".join(graph.nodes[uid].name for uid in nodes)
    return Proposal(
        id=uuid.uuid4().hex[:8],
        title=f"Write {becomes} for {token} in {edit.path}",
        diagnoses=(diagnosis,),
        changes=(change, *declared),
        files=tuple(files),
        nodes=tuple(nodes),
        claims=CLAIMS,
        reasons=(
            diagnosis.explanation,
            f"nothing is called {token}; {becomes} is {steps} letter{'s' * (steps > 1)} away",
            *(f"the contract does not list {c.column}, which the new lines add" for c in declared),
        ),
        risk=Risk.medium,
        risk_reasons=("no history says what new lines mean, so their author reads the correction",),
        impact=f"below {names}: {graph.reach(*nodes)}",
    )
