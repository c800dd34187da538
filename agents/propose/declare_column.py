"""The change `declare_column`: a new column of a model under contract is declared in the YAML that describes the model.

A person who adds a column to such a model and not to its contract has done half of one piece of work.
"""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence

import yaml

from agents.contracts import Cause, DeclareColumn, Diagnosis, FileChange, Proposal, Risk
from agents.edits import Edit, touched
from agents.errors import FinalError
from agents.graph import Graph, Node
from agents.project import Project
from agents.propose.claimed import EDIT
from agents.propose.yaml_text import items, named, value_of
from agents.propose.yaml_values import end_of
from agents.repository import Repository

CLAIMS = EDIT
MISSING = "missing in contract"
"""dbt's words for a column that a model gives and its contract does not have."""
_ROW = re.compile(r"^[ \t]*\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|\s*$", re.MULTILINE)


def declare_column(text: str, model: str, column: str, kind: str) -> str:
    """The YAML text with a column of DuckDB type `kind` after the last one of `model`, in the style of that one.

    Raises FinalError where the text lists no columns of the model, or the names are not plain.

    >>> print(declare_column("models: [{name: a, columns: [{name: x}]}]", "a", "y", "DECIMAL(9,2)"))
    models: [{name: a, columns: [{name: x}, {name: y, data_type: "decimal(9,2)"}]}]
    """
    columns = value_of(named(items(yaml.compose(text), "models"), model), "columns")
    if not isinstance(columns, yaml.SequenceNode) or not columns.value:
        raise FinalError(f"the YAML that describes {model} lists no columns of it")
    if not re.fullmatch(r"\w+", column) or not re.fullmatch(r"[\w (),]+", kind):
        raise FinalError(f"{column} as {kind} is no plain name and type")
    last = columns.value[-1]
    spoken = getattr(value_of(last, "data_type"), "value", "")
    kind = kind if spoken.isupper() else kind.lower()
    kind = kind if re.fullmatch(r"\w+", kind) else f'"{kind}"'
    if columns.flow_style:
        at = last.end_mark.index
        return f"{text[:at]}, {{name: {column}, data_type: {kind}}}{text[at:]}"
    indent = " " * columns.start_mark.column
    item = (
        f"{{name: {column}, data_type: {kind}}}" if last.flow_style else f"name: {column}\n{indent}  data_type: {kind}"
    )
    end = end_of(text, last)
    return f"{text[:end]}\n{indent}- {item}{text[end:]}"


def lacking(message: str) -> dict[str, str] | None:
    """Column -> type of those that dbt misses in a contract; None where the contract fails in anything else too."""
    rows = [[cell.strip() for cell in row] for row in _ROW.findall(message)]
    told = [row for row in rows if row[0] != "column_name" and set(row[0]) != {"-"}]
    return {row[0]: row[1] for row in told} if told and all(row[3] == MISSING for row in told) else None


def declare(project: Project, node: Node, columns: Mapping[str, str]) -> tuple[FileChange, list[DeclareColumn]]:
    """The file that describes a model with more columns. Raises FinalError as `declare_column` does."""
    path = project.in_repo(node.described_in)
    repository = Repository(project.repo)
    before = repository.read(repository.head(), path) if node.described_in and not node.version else None
    if before is None:
        raise FinalError(f"no YAML of the project describes {node.name}")
    after = before
    for column, kind in columns.items():
        after = declare_column(after, node.name, column, kind)
    made = [DeclareColumn(path=path, model=node.unique_id, column=c, type=k) for c, k in columns.items()]
    return FileChange(path=path, before=before, after=after), made


def declared_columns(
    diagnoses: Iterable[Diagnosis], edits: Sequence[Edit], project: Project, graph: Graph
) -> list[Proposal]:
    """A candidate for each contract that fails because committed edits gave its model more columns."""
    edited = {uid for edit in edits if edit.now is not None for uid in touched(edit, graph)}
    found = []
    for diagnosis in (d for d in diagnoses if d.cause is Cause.contract_violated):
        for evidence in diagnosis.evidence:
            node, columns = graph.nodes.get(evidence.node), lacking(evidence.message)
            if node is None or not columns or node.unique_id not in edited or node.package != project.name:
                continue
            try:
                file, changes = declare(project, node, columns)
            except FinalError:
                continue
            found.append(_proposal(diagnosis, node, file, changes, graph))
    return found


def _proposal(
    diagnosis: Diagnosis, node: Node, file: FileChange, changes: Sequence[DeclareColumn], graph: Graph
) -> Proposal:
    names = ", ".join(c.column for c in changes)
    return Proposal(
        id=uuid.uuid4().hex[:8],
        title=f"Declare {names} in the contract of {node.name}",
        diagnoses=(diagnosis,),
        changes=tuple(changes),
        files=(file,),
        nodes=(node.unique_id,),
        claims=CLAIMS,
        reasons=(diagnosis.explanation, f"{node.name} gives {names} since it was edited, and nothing else differs"),
        risk=Risk.medium,
        risk_reasons=("whether the contract is to promise it, its author says",),
        impact=f"below {node.name}: {graph.reach(node.unique_id)}",
    )
