"""The change `keep_version`: what a model was before its contract broke, beside it as one of dbt's model versions."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from agents.contracts import Cause, Diagnosis, Evidence, FileChange, KeepVersion, Proposal, Risk
from agents.errors import FinalError
from agents.graph import Graph, Node
from agents.project import Project
from agents.propose.model_versions import Numbers, Shape, with_pinned_tests, with_versions
from agents.propose.yaml_values import dumped
from agents.repository import Repository

CLAIMS = (
    "failure_reproduced",
    "contract_kept",
    "contents_kept",
    "newest_unchanged",
    "tests_pass",
    "rollback_rehearsed",
)
SOURCE = "kept_versions"
"""The dbt source that the tables of dated snapshots are declared under."""


@dataclass(frozen=True)
class Broken:
    """A model whose newest version lost what people may read."""

    node: Node
    """As today's commit has it."""
    old: str
    """Semantic version of the last text that kept the contract."""
    new: str
    numbers: Numbers
    commit: str
    """Where that text and its description are."""
    text: str
    lost: tuple[str, ...] = ()
    """Columns that are gone or have another type, in words; empty where no published copy tells."""
    stored: str = "table"
    """`table` or `view`: what it was published as."""

    @property
    def begins(self) -> str:
        """How the explanation of its diagnosis begins, whatever else is known."""
        return f"{self.node.name} {self.new} no longer has "

    @property
    def diagnosis(self) -> Diagnosis:
        """What broke, for a person."""
        node, lost = self.node, ", ".join(self.lost) or "columns"
        words = (
            f"{self.begins}{lost} of {self.old}: queries and dashboards that read it fail, "
            f"and nothing keeps the old contract"
        )
        seen = Evidence(
            kind="check_failure", node=node.unique_id, message=words, path=node.path, seen_at=datetime.now(UTC)
        )
        return Diagnosis(
            cause=Cause.contract_violated,
            subject=f"{node.label}_v{self.numbers.kept}",
            confidence=1.0,
            evidence=(seen,),
            explanation=words,
            unique_id=node.unique_id,
        )


@dataclass(frozen=True)
class Snapshot:
    """Rows that stand for a version whose text no longer gives them."""

    as_of: datetime
    fails: bool
    """Its text no longer builds; else it builds, and gives other rows."""

    @property
    def why(self) -> str:
        """In words of our own: nothing of an error's text comes into a file."""
        return "no longer builds on today's sources" if self.fails else "gives other rows today"


def keep_version(
    broken: Broken, project: Project, graph: Graph, base: str, snapshot: Snapshot | None = None
) -> Proposal:
    """The proposal for one broken contract: the old text as it was, or a dated snapshot where that is given.

    Raises FinalError, in words for a person, where the files cannot be written so.
    """
    node, numbers = broken.node, broken.numbers
    change = KeepVersion(
        model=node.unique_id, number=numbers.kept, newest=numbers.newest, commit=broken.commit,
        as_of=snapshot.as_of if snapshot else None,
    )  # fmt: skip
    shown = f"{node.name} v{numbers.kept}"
    dated = f" as of {snapshot.as_of:%Y-%m-%d}" if snapshot else ""
    return Proposal(
        id=uuid.uuid4().hex[:8],
        title=f"Keep {shown} queryable{dated}",
        diagnoses=(broken.diagnosis,),
        changes=(change,),
        files=_files(broken, change, project, graph, base, snapshot),
        nodes=(node.unique_id,),
        claims=CLAIMS,
        reasons=(
            f"{node.label} stays the newest, and so does `ref('{node.name}')`; {broken.old} is {node.label}_v"
            f"{numbers.kept}" + (f", a snapshot{dated}, because its text {snapshot.why}" if snapshot else ""),
        ),
        risk=Risk.medium,
        risk_reasons=(
            "a relation more is built, and its readers may stay with it",
            *(["its rows never change again"] if snapshot else []),
        ),
        impact=f"below {node.name}: {graph.reach(node.unique_id)}",
    )


def _files(
    broken: Broken, change: KeepVersion, project: Project, graph: Graph, base: str, snapshot: Snapshot | None
) -> tuple[FileChange, ...]:
    node, repository = broken.node, Repository(project.repo)
    folder = PurePosixPath(node.path).parent
    files: dict[str, str | None] = {node.path: repository.read(base, project.in_repo(node.path))}
    for text in (broken.text, files[node.path] or ""):
        if not snapshot and re.search(r"\bconfig\([^)]*\balias\s*=", text):
            raise FinalError(
                f"{node.path} sets its alias in SQL, which its versions would share. Move `alias` to the YAML first"
            )
    path = str(folder / f"{node.name}_v{change.number}.sql")
    files[path] = _selected(broken, change, snapshot) if snapshot else broken.text
    shape = Shape(node.identifier, broken.stored, _described(broken, snapshot), snapshot is not None)

    def edited(file: str, edit: Callable[[str, str | None], str]) -> None:
        then = repository.read(broken.commit, project.in_repo(file))
        text = files.get(file) or repository.read(base, project.in_repo(file)) or ""
        files[file] = edit(text, then)

    where = node.described_in or str(folder / f"_{node.name}__versions.yml")
    edited(where, lambda text, then: with_versions(text, then, node.name, broken.numbers, shape))
    for file in dict.fromkeys(t.path for t in graph.tests(node.unique_id) if t.kind == "unit_test"):
        edited(
            file,
            lambda text, then: with_pinned_tests(text, then, node.name, broken.numbers, copied=snapshot is None),
        )
    if snapshot:
        files[str(folder / f"_{node.name}_v{change.number}__source.yml")] = _declared(broken, change, snapshot)
    before = {p: repository.read(base, project.in_repo(p)) for p in files}
    if before[path] is not None:
        raise FinalError(f"{path} is there already; rename it, or declare it as a version of {node.name}")
    return tuple(FileChange(path=project.in_repo(p), before=before[p], after=text) for p, text in files.items())


def _described(broken: Broken, snapshot: Snapshot | None) -> str:
    if snapshot is None:
        return f"Version {broken.old}, as it was before {broken.new} changed its columns."
    return (
        f"Version {broken.old} as it was published on {snapshot.as_of:%Y-%m-%d %H:%M} UTC: a snapshot, because its "
        f"own text {snapshot.why}. Its rows do not change any more."
    )


def _selected(broken: Broken, change: KeepVersion, snapshot: Snapshot) -> str:
    return (
        f"-- {broken.node.name} {broken.old} as it was published on {snapshot.as_of:%Y-%m-%d %H:%M} UTC;\n"
        f"-- its own text {snapshot.why}, and these rows do not change any more\n"
        "{{ config(materialized='view') }}\n\n"
        f"select * from {{{{ source('{SOURCE}', '{change.table}') }}}}\n"
    )


def _declared(broken: Broken, change: KeepVersion, snapshot: Snapshot) -> str:
    table = {
        "name": change.table,
        "description": f"{broken.node.label} of version {broken.old} as it was published on "
        f"{snapshot.as_of:%Y-%m-%d %H:%M} UTC. No model makes it again: do not drop it.",
    }
    return dumped({"sources": [{"name": SOURCE, "schema": broken.node.schema, "tables": [table]}]})
