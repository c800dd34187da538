"""From everything that was seen to its causes: drifted sources first, because failures below follow from them."""

from collections.abc import Iterable

from agents.contracts import Cause, Diagnosis, Evidence, RuledOut
from agents.diagnose.error_text import OPERATIONAL, cause_of, line_of
from agents.diagnose.source_columns import source_columns
from agents.project import Graph


def diagnose(evidence: Iterable[Evidence], graph: Graph | None) -> tuple[Diagnosis, ...]:
    """Name the causes, each once, roots before what they explain.

    A failure below a drifted source is evidence for that source's diagnosis and gets none of its own.
    Where the project does not parse there is no `graph`, and every failure speaks for itself.
    """
    seen = tuple(evidence)
    roots = [d for e in seen if e.kind == "source_drift" for d in source_columns(e)]
    explained = {d.unique_id: _below(graph, d.unique_id) for d in roots if d.unique_id and graph}
    alone: list[Diagnosis] = []
    for item in seen:
        if item.kind == "source_drift":
            continue
        owners = [d for d in roots if item.node in explained.get(d.unique_id or "", ())]
        cause = cause_of(item.message)
        if cause in OPERATIONAL or not owners:
            alone.append(_from_text(item, cause))
        else:
            roots = [d.model_copy(update=_supported(d, item, cause)) if d in owners else d for d in roots]
    return tuple(_merged([*roots, *alone]))


def _below(graph: Graph, source: str) -> set[str]:
    """Everything that a drift of the source may break, as failures name it.

    dbt speaks of a unit test's fixture as of a model with the source's name.
    """
    return {*graph.downstream(source), f"model.{graph.nodes[source].name}"}


def _supported(diagnosis: Diagnosis, failure: Evidence, cause: Cause) -> dict[str, object]:
    why = f"{failure.node} failed because its source changed, not by its own text"
    return {
        "evidence": (*diagnosis.evidence, failure),
        "confidence": min(0.99, round(diagnosis.confidence + 0.05, 2)),
        "ruled_out": (*diagnosis.ruled_out, RuledOut(cause=cause, why=why)),
    }


def _from_text(failure: Evidence, cause: Cause) -> Diagnosis:
    line = line_of(failure.message)
    subject = f"{failure.path}:{line}" if failure.path and line else failure.path or failure.node
    first = next((text.strip() for text in failure.message.splitlines() if text.strip()), "no message")
    return Diagnosis(
        cause=cause,
        subject=subject,
        confidence=0.3 if cause is Cause.other else 0.85,
        evidence=(failure,),
        explanation=first,
        ruled_out=(RuledOut(cause=Cause.column_renamed, why="no source above it differs from the last good state"),),
        unique_id=failure.node,
    )


def _merged(found: Iterable[Diagnosis]) -> Iterable[Diagnosis]:
    kept: dict[str, Diagnosis] = {}
    for diagnosis in found:
        same = kept.get(diagnosis.fingerprint)
        evidence = (*(same.evidence if same else ()), *diagnosis.evidence)
        unique = tuple({e.model_dump_json(): e for e in evidence}.values())
        kept[diagnosis.fingerprint] = diagnosis.model_copy(update={"evidence": unique})
    return kept.values()
