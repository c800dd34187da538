"""From everything that was seen to its causes: drifted sources first, because failures below follow from them."""

from collections.abc import Iterable, Sequence

from agents.contracts import FROM_VALUES, NOT_PLAUSIBLE, OPERATIONAL, Cause, Diagnosis, Evidence, RuledOut
from agents.diagnose.error_text import cause_of, cut_off, line_of, operational
from agents.diagnose.source_columns import source_columns
from agents.edits import NOT_THE_TEXT, Edit, Suspects, first_words, mentions, suspects, words_of
from agents.graph import Graph
from agents.minds.error_rules import ran


def diagnose(evidence: Iterable[Evidence], graph: Graph | None, edits: Sequence[Edit] = ()) -> tuple[Diagnosis, ...]:
    """Name the causes, each once, roots before what they explain.

    A failure below a drifted source is evidence for that source's diagnosis and gets none of its own,
    unless it names what one of the committed `edits` changed. Where the project does not parse there
    is no `graph`, and every failure speaks for itself.
    """
    seen = tuple(evidence)
    roots = [d for e in seen if e.kind == "source_drift" for d in source_columns(e)]
    explained = {d.unique_id: _below(graph, d.unique_id) for d in roots if d.unique_id and graph}
    alone: list[Diagnosis] = []
    for item in seen:
        if item.kind == "source_drift":
            continue
        owners = [d for d in roots if item.node in explained.get(d.unique_id or "", ())]
        cause = _cause(item)
        blamed = _blamed(item, graph, edits)
        if cause in OPERATIONAL or not owners or _by_edit(item, blamed, owners):
            followed = _followed(item, cause, graph, edits)
            alone.append(
                _from_text(item, Cause.incremental_schema_change, graph, followed)
                if followed
                else _from_text(item, cause, graph, blamed)
            )
        else:
            roots = [d.model_copy(update=_supported(d, item, cause)) if d in owners else d for d in roots]
    return tuple(_merged([*roots, *_by_values(alone)]))


def _below(graph: Graph, source: str) -> set[str]:
    """Everything that a drift of the source may break, as failures name it.

    dbt speaks of a unit test's fixture as of a model with the source's name.
    """
    return {*graph.downstream(source), f"model.{graph.nodes[source].name}"}


def _cause(failure: Evidence) -> Cause:
    """The cause that the words alone name: of a test that ran and failed its name, of one that broke its error."""
    if failure.kind == "result_change":
        return Cause.logic_changed
    return cause_of(failure.message if ran(failure.message) else failure.message.removeprefix(f"{failure.node}: "))


def _blamed(failure: Evidence, graph: Graph | None, edits: Sequence[Edit]) -> Suspects:
    if NOT_THE_TEXT in failure.message or operational(failure.message):
        return Suspects()
    node = graph.nodes.get(failure.node) if graph else None
    if failure.kind == "result_change":
        own = suspects(edits, "", node, graph).edits
        return Suspects(own[:1], True)
    return suspects(edits, failure.message, node, graph)


def _followed(failure: Evidence, cause: Cause, graph: Graph | None, edits: Sequence[Edit]) -> Suspects | None:
    """The edit of an incremental model above that added the column which a reader misses: its table has not got it."""
    if graph is None or cause is not Cause.unknown_column or failure.node not in graph.nodes:
        return None
    names = words_of(failure.message).names
    above = {n.path for n in map(graph.nodes.__getitem__, graph.above(failure.node)) if n.materialized == "incremental"}
    found = [e for e in edits if e.path in above and any(mentions(h.added, n) for h in e.hunks for n in names)]
    return Suspects(tuple(found[:1]), True) if found else None


def _by_edit(failure: Evidence, blamed: Suspects, owners: Sequence[Diagnosis]) -> bool:
    """Whether a failure below a drifted source is an edit's and not the drift's."""
    moved = {n.lower() for d in owners for n in (d.column or "", *d.moved_to)}
    return blamed.named and not moved & {n.lower() for n in words_of(failure.message).names}


def _supported(diagnosis: Diagnosis, failure: Evidence, cause: Cause) -> dict[str, object]:
    why = f"{failure.node} failed because its source changed, not by its own text"
    return {
        "evidence": (*diagnosis.evidence, failure),
        "confidence": min(0.99, round(diagnosis.confidence + 0.05, 2)),
        "ruled_out": (*diagnosis.ruled_out, RuledOut(cause=cause, why=why)),
    }


def _from_text(failure: Evidence, cause: Cause, graph: Graph | None, blamed: Suspects) -> Diagnosis:
    ruled_out = [RuledOut(cause=Cause.column_renamed, why="no source above it differs from the last good state")]
    refined = _refined(failure, cause, graph, blamed)
    if refined is not cause:
        ruled_out.append(RuledOut(cause=cause, why="the text changed since the last good state, and that explains it"))
    return Diagnosis(
        cause=refined,
        subject=_subject(failure, cause, graph, blamed),
        confidence=0.3 if refined is Cause.other else 0.95 if blamed.named else 0.85,
        evidence=(failure,),
        explanation=_explained(failure, blamed),
        ruled_out=tuple(ruled_out),
        unique_id=failure.node,
    )


def _refined(failure: Evidence, cause: Cause, graph: Graph | None, blamed: Suspects) -> Cause:
    """The cause in the light of what was edited."""
    node = graph.nodes.get(failure.node) if graph else None
    if not blamed.edits:
        return cause
    if failure.kind == "check_failure" and ran(failure.message):
        return Cause.logic_changed
    snippet = words_of(failure.message).snippet
    inserted = node is not None and node.materialized == "incremental" and snippet not in node.raw
    if cause is Cause.unknown_column and inserted and snippet.startswith('select "'):
        return Cause.incremental_schema_change
    return cause


def _subject(failure: Evidence, cause: Cause, graph: Graph | None, blamed: Suspects) -> str:
    """`path:line`, in the file whose edit is blamed; else where dbt points, or the relation that holds the numbers."""
    words = words_of(failure.message)
    edit = next(iter(blamed.edits), None)
    pointed = line_of(failure.message)
    shown = cause is Cause.division_by_zero or NOT_PLAUSIBLE in failure.message
    if edit is None and shown and graph and failure.node in graph.nodes:
        return graph.nodes[failure.node].label
    if edit is None:
        return f"{failure.path}:{pointed}" if failure.path and pointed else failure.path or failure.node
    if pointed and not words.snippet and any(edit.path.endswith(p) for p in words.paths):
        return f"{edit.path}:{pointed}"
    return f"{edit.path}:{edit.line_of(words.names, words.snippet)}"


def _explained(failure: Evidence, blamed: Suspects) -> str:
    test = failure.node.split(".")[2:3] if ran(failure.message) else ()
    first = ". ".join((": ".join((*test, first_words(failure.message))), *_values(failure.message)))
    changed = ", ".join(e.path for e in blamed.edits[:3])
    if cut_off(failure.message):
        return f"The process of the run was ended from outside before it was done ({first}); it is run again."
    if failure.kind == "result_change":
        return f"{first} Changed in {changed}; if it is meant, `adp build` publishes it."
    return f"{first} Changed since the last good state: {changed}." if changed else first


def _values(message: str) -> list[str]:
    """The line that names values of sources, where there is one."""
    return [line for line in message.splitlines() if line.startswith(FROM_VALUES)]


def _by_values(found: Sequence[Diagnosis]) -> Iterable[Diagnosis]:
    """Where somebody divides by the values that fail a test, the test's failure is evidence of that."""
    divided = {line: d for d in found if d.cause is Cause.division_by_zero for line in _lines(d)}
    for diagnosis in found:
        same = next((divided[line] for line in _lines(diagnosis) if line in divided), diagnosis)
        if same is diagnosis:
            yield diagnosis
        else:
            yield same.model_copy(update={"evidence": diagnosis.evidence})  # merged with it: one cause, one subject


def _lines(diagnosis: Diagnosis) -> list[str]:
    return [line for e in diagnosis.evidence for line in _values(e.message)]


def _merged(found: Iterable[Diagnosis]) -> Iterable[Diagnosis]:
    kept: dict[str, Diagnosis] = {}
    for diagnosis in found:
        same = kept.get(diagnosis.fingerprint)
        evidence = (*(same.evidence if same else ()), *diagnosis.evidence)
        unique = tuple({e.model_dump_json(): e for e in evidence}.values())
        kept[diagnosis.fingerprint] = diagnosis.model_copy(update={"evidence": unique})
    return kept.values()
