"""Candidates for each drifted source, best name first; verification decides between them."""

import itertools
import re
import uuid
from collections.abc import Iterable, Sequence

from agents import published
from agents.contracts import Cause, Diagnosis, FileChange, MapColumn, Options, Proposal, Risk
from agents.errors import FinalError
from agents.model import LanguageModel, RulesOnly
from agents.names import similarity
from agents.project import Graph, Node, Project
from agents.propose.map_column import CLAIMS, map_column
from agents.propose.unit_test_fixture import widen_fixtures
from agents.repository import Repository
from agents.warehouse import plain_or_quoted

MAXIMUM_CANDIDATES = 6
MAXIMUM_RIVALS = 3


def propose(
    diagnoses: Iterable[Diagnosis],
    project: Project,
    graph: Graph,
    base: str,
    model: LanguageModel | None = None,
) -> tuple[Options, ...]:
    """Candidates for every diagnosis that a change of code may answer; text is taken from commit `base`.

    Lost columns of one source are mapped together, as one transaction.
    """
    by_source: dict[str, list[Diagnosis]] = {}
    refused: list[Options] = []
    for diagnosis in diagnoses:
        if diagnosis.cause is Cause.column_renamed and diagnosis.unique_id:
            by_source.setdefault(diagnosis.unique_id, []).append(diagnosis)
        else:
            text = f"no kind of repair answers {diagnosis.cause.value}"
            refused.append(Options(diagnoses=(diagnosis,), refusal=text))
    ranker = model or RulesOnly()
    return tuple(_for_source(found, project, graph, base, ranker) for found in by_source.values()) + tuple(refused)


def _for_source(
    diagnoses: Sequence[Diagnosis], project: Project, graph: Graph, base: str, model: LanguageModel
) -> Options:
    source = graph.nodes[diagnoses[0].unique_id or ""]
    lost = [d.column or "" for d in diagnoses]
    arrived = diagnoses[0].moved_to
    if len(arrived) < len(lost):
        text = f"{', '.join(lost)} went, but only {', '.join(arrived)} arrived: at least one column is lost"
        return Options(diagnoses=tuple(diagnoses), refusal=text)
    ranking = {column: dict(model.rank(column, arrived)) for column in lost}
    orders = sorted(
        itertools.permutations(arrived, len(lost)),
        key=lambda names: -sum(ranking[c].get(n, 0.0) for c, n in zip(lost, names, strict=True)),
    )[:MAXIMUM_CANDIDATES]
    repository = Repository(project.repo)
    try:
        candidates = [
            _proposal(diagnoses, dict(zip(lost, names, strict=True)), source, project, graph, repository, base)
            for names in orders
        ]
        rivals = [
            _proposal(diagnoses, names, source, project, graph, repository, base)
            for names in _rivals(diagnoses, dict(zip(lost, orders[0], strict=True)))
        ]
    except FinalError as error:
        return Options(diagnoses=tuple(diagnoses), refusal=str(error))
    return Options(diagnoses=tuple(diagnoses), candidates=tuple(candidates), rivals=tuple(rivals))


def _rivals(diagnoses: Sequence[Diagnosis], best: dict[str, str]) -> list[dict[str, str]]:
    """The best mapping with one column sent to a column that was there before, nearest names first."""
    found: list[dict[str, str]] = []
    for diagnosis in diagnoses:
        column = diagnosis.column or ""
        kind = _type(diagnosis, column)
        stayed = [n for n, t in _stayed(diagnosis).items() if _comparable(kind, t)]
        nearest = sorted(stayed, key=lambda n: -similarity(column, n))[:MAXIMUM_RIVALS]
        found += [{**best, column: name} for name in nearest]
    return found


def _stayed(diagnosis: Diagnosis) -> dict[str, str]:
    return {n: t for e in diagnosis.evidence if e.drift for n, t in e.drift.stayed.items()}


def _type(diagnosis: Diagnosis, column: str) -> str:
    drifts = [e.drift for e in diagnosis.evidence if e.drift]
    changes = [c for d in drifts for c in d.columns if c.name == column and c.before]
    return changes[0].before.type if changes and changes[0].before else ""


def _comparable(one: str, other: str) -> bool:
    text = ("VARCHAR", "UUID")
    return one.startswith(text) == other.startswith(text)


def _proposal(
    diagnoses: Sequence[Diagnosis],
    names: dict[str, str],
    source: Node,
    project: Project,
    graph: Graph,
    repository: Repository,
    base: str,
) -> Proposal:
    changes = tuple(
        MapColumn(source=source.unique_id, relation=source.label, column=c, arrives_as=n) for c, n in names.items()
    )
    files: dict[str, FileChange] = {}
    touched: list[str] = []
    for reader in graph.readers(source.unique_id):
        path = project.in_repo(reader.path)
        before = repository.read(base, path)
        if before is None or reader.package != project.name:
            raise FinalError(f"{reader.path} of package {reader.package} reads {source.label} and is not ours to edit")
        after = before
        for change in changes:
            if _reads(before, change.column):
                after = map_column(after, change, source.source_name, source.name)
        if after != before:
            files[path] = FileChange(path=path, before=before, after=after)
            touched.append(reader.unique_id)
    lost = {name for d in diagnoses for name in _missing(d)}
    for path, fixed in _fixtures(touched, source, lost, project, graph, repository, base).items():
        files[path] = fixed
    if not touched:
        raise FinalError(f"no model of this project names {', '.join(names)}")
    risk, why = _risk(project)
    mapped = ", ".join(f"{c} -> {n}" for c, n in names.items())
    score = sum(similarity(c, n) for c, n in names.items()) / len(names)
    return Proposal(
        id=uuid.uuid4().hex[:8],
        title=f"Read {source.label} {mapped}",
        diagnoses=tuple(diagnoses),
        changes=changes,
        files=tuple(files.values()),
        nodes=tuple(touched),
        claims=CLAIMS,
        reasons=tuple(f"{c} went when {n} arrived; names {similarity(c, n):.0%} alike" for c, n in names.items()),
        risk=risk,
        risk_reasons=why,
        impact=f"{len(graph.downstream(*touched)) - len(touched)} nodes below {', '.join(touched)}",
        rank=round(score, 4),
    )


def _missing(diagnosis: Diagnosis) -> tuple[str, ...]:
    return tuple(c.name for e in diagnosis.evidence if e.drift for c in e.drift.changed("missing"))


def _fixtures(
    touched: Sequence[str],
    source: Node,
    lost: set[str],
    project: Project,
    graph: Graph,
    repository: Repository,
    base: str,
) -> dict[str, FileChange]:
    """YAML files whose unit tests of the changed models name a column that the source lost."""
    if not lost:
        return {}
    models = {graph.nodes[uid].name for uid in touched}
    tests = [graph.nodes[c] for uid in touched for c in graph.children.get(uid, ()) if c.startswith("unit_test.")]
    profile = published.required(project).state.table(source.unique_id)
    types = {c.name: c.type for c in profile.columns} if profile else {}
    changed: dict[str, FileChange] = {}
    for path in dict.fromkeys(project.in_repo(t.path) for t in tests):
        before = repository.read(base, path)
        if before is None:
            continue
        called = (source.source_name, source.name)
        relation = f"{plain_or_quoted(source.schema)}.{plain_or_quoted(source.identifier)}"
        after = widen_fixtures(before, models, called, relation, lost, types)
        if after != before:
            changed[path] = FileChange(path=path, before=before, after=after)
    return changed


def _reads(text: str, column: str) -> bool:
    named = rf"(?<!\w){re.escape(column)}(?!\w)"
    return bool(re.search(rf"{named}|(?:select|,)\s*(?:\w+\.)?\*", text, re.IGNORECASE))


def _risk(project: Project) -> tuple[Risk, tuple[str, ...]]:
    if project.other_targets:
        return Risk.medium, (f"proved on DuckDB only; the profile also has {', '.join(project.other_targets)}",)
    return Risk.low, ("a source column renamed, mapped once where it enters",)
