"""The change `full_refresh`: build an incremental model anew, so that its table follows an edit of its columns."""

import re
import uuid
from collections.abc import Iterable

from agents.contracts import Cause, Diagnosis, FileChange, FullRefresh, Proposal, Risk
from agents.edits import Edit
from agents.graph import Graph, Node
from agents.project import Project
from agents.propose.claimed import EDIT

CLAIMS = EDIT


def full_refreshes(
    diagnoses: Iterable[Diagnosis], edits: Iterable[Edit], project: Project, graph: Graph
) -> list[Proposal]:
    """A candidate for each incremental model that an edit gave columns which its table lacks.

    None where a column was lost or got another type: whether that was meant, the data do not say.
    """
    found: dict[str, list[Diagnosis]] = {}
    for diagnosis in diagnoses:
        node = _model(diagnosis, graph)
        if node and node.refreshable and _only_added(diagnosis, node):
            found.setdefault(node.unique_id, []).append(diagnosis)
    texts = {e.path: e.now for e in edits}
    nodes = ((graph.nodes[uid], concerned) for uid, concerned in found.items())
    return [_proposal(n, concerned, project, graph, texts[n.path]) for n, concerned in nodes if texts.get(n.path)]


def _model(diagnosis: Diagnosis, graph: Graph) -> Node | None:
    if diagnosis.cause is not Cause.incremental_schema_change:
        return None
    path = diagnosis.subject.rsplit(":", 1)[0]
    models = (n for n in graph.nodes.values() if n.materialized == "incremental")
    return next((n for n in models if n.path == path), None)


def _only_added(diagnosis: Diagnosis, node: Node) -> bool:
    """By dbt's words where the model itself stops; where one below it misses the column, it was added."""
    own = [e.message for e in diagnosis.evidence if e.node == node.unique_id]
    return all(
        re.search(r"Target columns not in source:\s*\[\]", m) and re.search(r"New column types:\s*\[\]", m) for m in own
    )


def _proposal(node: Node, diagnoses: list[Diagnosis], project: Project, graph: Graph, text: str | None) -> Proposal:
    path = project.in_repo(node.path)
    return Proposal(
        id=uuid.uuid4().hex[:8],
        title=f"Build {node.name} anew from all rows",
        diagnoses=tuple(diagnoses),
        changes=(FullRefresh(model=node.unique_id),),
        # Its text stays; naming it makes sure that it is still the text that was proved.
        files=(FileChange(path=path, before=text, after=text),),
        nodes=(node.unique_id,),
        claims=CLAIMS,
        reasons=tuple(dict.fromkeys(d.explanation for d in diagnoses)),
        risk=Risk.medium,
        risk_reasons=("a table that grew build by build is made again from what its sources hold today",),
        impact=f"below {node.name}: {graph.reach(node.unique_id)}",
    )
