"""Candidates for one drifted source: what each kind of change offers, combined and written as one transaction."""

import itertools
import re
import uuid
from collections.abc import Callable, Iterable, Sequence

from agents import published
from agents.contracts import (
    Cause,
    DeduplicateRows,
    Diagnosis,
    FileChange,
    MapColumn,
    Options,
    Proposal,
    QuarantineRows,
    RepointSource,
    Risk,
    SourceChange,
    TableDrift,
)
from agents.errors import FinalError
from agents.graph import Graph, Node
from agents.memory import Memory
from agents.model import LanguageModel
from agents.names import similarity
from agents.project import Project
from agents.propose import (
    cast_column,
    deduplicate_rows,
    map_column,
    normalise_key,
    override_model,
    quarantine_rows,
    recode_values,
    repoint_source,
    scale_column,
    shift_moment,
    swap_columns,
)
from agents.propose.claimed import NEW_DELIVERY, OLD_DELIVERY
from agents.propose.looked import Looked
from agents.propose.read_value import read_value
from agents.propose.renames import MAXIMUM_CANDIDATES, renames, rivals
from agents.propose.source_tests import follow_tests
from agents.propose.unit_test_fixture import widen_fixtures
from agents.readings import label_of, readings
from agents.repository import Repository
from agents.warehouse import plain_or_quoted

Search = Callable[[Diagnosis, Looked], Sequence[SourceChange]]
SEARCHES: dict[Cause, Search] = {
    Cause.column_retyped: lambda d, looked: cast_column.cast_column(d, looked) or shift_moment.shift_moment(d, looked),
    Cause.unit_changed: scale_column.scale_column,
    Cause.enum_recoded: recode_values.recode_values,
    Cause.key_format_drift: normalise_key.normalise_key,
    Cause.columns_swapped: swap_columns.swap_columns,
    Cause.duplicate_keys: lambda d, looked: (
        deduplicate_rows.deduplicate_rows(d, looked) or quarantine_rows.quarantine_rows(d, looked)
    ),
    Cause.null_keys: quarantine_rows.quarantine_rows,
    Cause.table_renamed: repoint_source.repoint_source,
}
"""What each cause may be answered by; renamed columns are searched together (`renames`)."""
KINDS = {
    "map_column": (map_column.CLAIMS, map_column.RISK),
    "cast_column": (cast_column.CLAIMS, cast_column.RISK),
    "scale_column": (scale_column.CLAIMS, scale_column.RISK),
    "shift_moment": (shift_moment.CLAIMS, shift_moment.RISK),
    "recode_values": (recode_values.CLAIMS, recode_values.RISK),
    "normalise_key": (normalise_key.CLAIMS, normalise_key.RISK),
    "swap_columns": (swap_columns.CLAIMS, swap_columns.RISK),
    "deduplicate_rows": (deduplicate_rows.CLAIMS, deduplicate_rows.RISK),
    "quarantine_rows": (quarantine_rows.CLAIMS, quarantine_rows.RISK),
    "repoint_source": (repoint_source.CLAIMS, repoint_source.RISK),
}
_RISKS = (Risk.low, Risk.medium, Risk.high)
_REFUSED = {
    Cause.column_dropped: "values are never invented",
    Cause.duplicate_keys: "rows with the same key differ, and nothing says which is right",
    Cause.null_keys: "values are never invented, and rows are never dropped silently",
    Cause.orphans: "nothing says where the missing rows are, and rows are never dropped silently",
    Cause.load_truncated: "rows are missing: load the source again",
    Cause.load_partial: "rows are missing: load the source again",
    Cause.unit_changed: "no known factor explains the values by key, so nothing says which row is in which unit",
    Cause.enum_recoded: "no one-to-one mapping from rows with the same key",
    Cause.column_retyped: "no known form reads the values",
}


def source_options(
    diagnoses: Sequence[Diagnosis],
    drift: TableDrift,
    project: Project,
    graph: Graph,
    base: str,
    model: LanguageModel,
    memory: Memory,
) -> tuple[Options, ...]:
    """One set of options for what can be answered in this source, and a refusal for each of the rest."""
    looked = Looked(project, graph, graph.nodes[drift.unique_id], drift)
    renamed = [d for d in diagnoses if d.cause is Cause.column_renamed]
    found: dict[str, tuple[Diagnosis, Sequence[SourceChange]]] = {}
    refused: list[Options] = []
    for diagnosis in (d for d in diagnoses if d not in renamed):
        search = SEARCHES.get(diagnosis.cause)
        changes = sorted(
            search(diagnosis, looked) if search else (), key=lambda c: (-memory.times(c), -memory.rate(c.kind))
        )
        if changes:
            found[diagnosis.fingerprint] = (diagnosis, changes)
        else:
            text = _REFUSED.get(diagnosis.cause, f"no kind of repair answers {diagnosis.cause.value}")
            refused.append(Options(diagnoses=(diagnosis,), refusal=text))
    alternatives: list[tuple[tuple[SourceChange, ...], ...]] = [
        tuple((c,) for c in changes) for _, changes in found.values()
    ]
    if renamed:
        mapped, why = renames(renamed, looked, model, memory)
        if why:
            refused.append(Options(diagnoses=tuple(renamed), refusal=why))
            renamed = []
        else:
            alternatives.insert(0, mapped)
    answered = (*renamed, *(d for d, _ in found.values()))
    if not answered:
        return tuple(refused)
    orders = [tuple(itertools.chain(*parts)) for parts in itertools.product(*alternatives)]
    return (_written(answered, orders[:MAXIMUM_CANDIDATES], looked, base), *refused)


def _written(
    diagnoses: Sequence[Diagnosis], orders: Sequence[tuple[SourceChange, ...]], looked: Looked, base: str
) -> Options:
    """The candidates and rivals as text; candidates that the text gives no place for are left out."""
    candidates, refusal = [], "no candidate"
    for changes in orders:
        try:
            candidates.append(_proposal(diagnoses, changes, looked, base))
        except FinalError as error:
            refusal = str(error)
    if not candidates:
        return Options(diagnoses=tuple(diagnoses), refusal=refusal)
    controls = [_proposal(diagnoses, changes, looked, base) for changes in rivals(diagnoses, orders[0])]
    return Options(diagnoses=tuple(diagnoses), candidates=tuple(candidates), rivals=tuple(controls))


def _proposal(diagnoses: Sequence[Diagnosis], changes: tuple[SourceChange, ...], looked: Looked, base: str) -> Proposal:
    project, graph, source = looked.project, looked.graph, looked.source
    repository = Repository(project.repo)
    files: dict[str, FileChange] = {}
    touched: list[str] = []
    moved = [c for c in changes if isinstance(c, RepointSource)]
    for place in moved:
        own = source.package == project.name
        called = f"{source.package}__{source.source_name}"
        path = project.in_repo(source.path if own else override_model.override_path(project, called, "yml"))
        before = repository.read(base, path)
        if own:
            after = repoint_source.repointed(before or "", place, source)
        elif before is None:
            after = repoint_source.overridden(place, source)
        else:
            raise FinalError(f"{path} is there already, and says where {source.label} is")
        files[path] = FileChange(path=path, before=before, after=after)
        touched += [r.unique_id for r in graph.readers(source.unique_id)]
    readers = (*graph.readers(source.unique_id), *(t for t in graph.tests(source.unique_id) if t.singular))
    for reader in () if moved else _affected(readers, changes):
        _repair(files, reader, changes, looked, repository, base)
        touched.append(reader.unique_id)
    for change in changes:
        if isinstance(change, QuarantineRows):
            name = quarantine_rows.quarantine_name(source)
            path = project.in_repo(override_model.override_path(project, name))
            if repository.read(base, path) is not None:
                raise FinalError(f"{path} is there already: rows of {source.label} wait in it for another reason")
            text = quarantine_rows.quarantine_text(change, looked.called)
            files[path] = FileChange(path=path, before=None, after=text)
    for path, fixed in _fixtures(touched, changes, looked, repository, base).items():
        files[path] = fixed
    followed = False
    for change in changes:
        followed |= _follow_tests(files, change, looked, repository, base)
    touched = list(dict.fromkeys(touched))
    if not any(graph.nodes[uid].kind != "test" for uid in touched):
        raise FinalError(f"no model of this project names {', '.join(c for x in changes for c in readings(x))}")
    risk, why = _risk(project, changes)
    if followed and any(isinstance(c, DeduplicateRows | QuarantineRows) for c in changes):
        why = (*why, "a test on the source, which its own rows fail, warns from now on")
    return Proposal(
        id=uuid.uuid4().hex[:8],
        title=f"Read {source.label} {', '.join(_words(c) for c in changes)}",
        diagnoses=tuple(diagnoses),
        changes=changes,
        files=tuple(files.values()),
        nodes=tuple(touched),
        claims=_claims(changes),
        reasons=tuple(_reason(c) for c in changes),
        risk=risk,
        risk_reasons=why,
        impact=f"below {', '.join(graph.nodes[uid].name for uid in touched)}: {graph.reach(*touched)}",
        rank=round(
            sum(similarity(c.column, c.arrives_as) for c in changes if isinstance(c, MapColumn)) / len(changes), 4
        ),
    )


def _affected(readers: Iterable[Node], changes: Sequence[SourceChange]) -> list[Node]:
    """The readers that the changes concern: those whose text may read one of the columns."""
    return [r for r in readers if any(_reads(r.raw, c) for c in changes)]


def _repair(
    files: dict[str, FileChange],
    reader: Node,
    changes: Sequence[SourceChange],
    looked: Looked,
    repository: Repository,
    base: str,
) -> None:
    """Add the files that repair one reader: its own text, or a model between it and the source."""
    project, called = looked.project, looked.called
    path = project.in_repo(reader.path)
    before = repository.read(base, path) if reader.package == project.name else None
    if before is not None and len(called.mentions(before)) == len(called.calls(before)):
        after = before
        for change in changes:
            if _reads(before, change):
                after = _apply(after, change, looked)
        files[path] = FileChange(path=path, before=before, after=after)
        return
    known = project.in_repo(override_model.override_path(project, override_model.known_name(looked.source)))
    if repository.read(base, known) is not None:
        raise FinalError(f"{known} is there already, and {reader.path} does not read it")
    text = override_model.known_text(looked.source, called)
    for change in changes:
        text = _apply(text, change, looked)
    files[known] = FileChange(path=known, before=None, after=text)
    if before is not None:
        files[path] = FileChange(path=path, before=before, after=override_model.behind(before, looked.source, called))
        return
    taken = project.in_repo(override_model.override_path(project, reader.name))
    if repository.read(base, taken) is not None:
        raise FinalError(f"{taken} is there already, so {reader.name} of package {reader.package} is not overridden")
    own = override_model.behind(override_model.override_text(project, reader), looked.source, called)
    files[taken] = FileChange(path=taken, before=None, after=own)
    settings = project.in_repo("dbt_project.yml")
    now = files[settings].after if settings in files else repository.read(base, settings)
    off = override_model.switched_off(now or "", reader)
    files[settings] = FileChange(path=settings, before=repository.read(base, settings), after=off)


def _follow_tests(
    files: dict[str, FileChange], change: SourceChange, looked: Looked, repository: Repository, base: str
) -> bool:
    """Add the YAML files of the project that declare tests on what the change concerns; whether there are any."""
    project, source = looked.project, looked.source
    gone = getattr(change, "column", "") in {c.name for c in looked.drift.changed("missing")}
    tests = [t for t in looked.graph.tests(source.unique_id) if t.package == project.name and not t.singular]
    found = False
    for path in dict.fromkeys(project.in_repo(t.path) for t in tests):
        before = files[path].before if path in files else repository.read(base, path)
        now = files[path].after if path in files else before
        after = follow_tests(now or "", source, change, gone=gone)
        if after != now:
            files[path], found = FileChange(path=path, before=before, after=after), True
    return found


def _apply(text: str, change: SourceChange, looked: Looked) -> str:
    if isinstance(change, MapColumn):
        return map_column.map_column(text, change, looked.called, looked.ahead_of(change.column))
    assert not isinstance(change, RepointSource)
    return read_value(text, change, looked.called)


def _words(change: SourceChange) -> str:
    column = getattr(change, "column", "")
    arrow = " -> " if isinstance(change, MapColumn) else " "
    return (
        f"{column}{arrow}{label_of(change)}"
        if column
        else f"from {label_of(change)}"
        if isinstance(change, RepointSource)
        else "without repeated rows"
    )


def _reason(change: SourceChange) -> str:
    if isinstance(change, MapColumn):
        alike = similarity(change.column, change.arrives_as)
        return f"{change.column} went when {change.arrives_as} arrived; names {alike:.0%} alike"
    return f"what is delivered now says the same as before when {_words(change)}"


def _claims(changes: Iterable[SourceChange]) -> tuple[str, ...]:
    """What any of the changes claims; of deliveries of the old kind, only what all of them can."""
    declared = [KINDS[c.kind][0] for c in changes]
    everything = dict.fromkeys(name for claims in declared for name in claims)
    shared = (OLD_DELIVERY, NEW_DELIVERY)
    return tuple(n for n in everything if n not in shared or all(n in claims for claims in declared))


def _fixtures(
    touched: Sequence[str], changes: Sequence[SourceChange], looked: Looked, repository: Repository, base: str
) -> dict[str, FileChange]:
    """YAML files whose unit tests of the changed models name a column that the source lost or sends otherwise."""
    lost = {c.name for c in looked.drift.changed("missing")}
    project, graph, source = looked.project, looked.graph, looked.source
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
        after = widen_fixtures(before, models, called, relation, lost, types, changes)
        if after != before:
            changed[path] = FileChange(path=path, before=before, after=after)
    return changed


def _reads(text: str, change: SourceChange) -> bool:
    columns = tuple(readings(change))
    return not columns or any(_names(text, column) for column in columns)


def _names(text: str, column: str) -> bool:
    named = rf"(?<!\w){re.escape(column)}(?!\w)"
    return bool(re.search(rf"{named}|(?:select|,)\s*(?:\w+\.)?\*", text, re.IGNORECASE))


def _risk(project: Project, changes: Iterable[SourceChange]) -> tuple[Risk, tuple[str, ...]]:
    worst = max((KINDS[c.kind][1] for c in changes), key=_RISKS.index)
    why = tuple(f"{c.kind.replace('_', ' ')}: {KINDS[c.kind][1].value}" for c in changes)
    if project.other_targets:
        others = f"proved on DuckDB only; the profile also has {', '.join(project.other_targets)}"
        return max(worst, Risk.medium, key=_RISKS.index), (*why, others)
    return worst, why
