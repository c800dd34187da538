"""Candidates for one drifted source: what each kind of change offers, combined and written as one transaction."""

import itertools
import uuid
from collections.abc import Callable, Iterable, Sequence

from agents.contracts import (
    CastColumn,
    Cause,
    DeduplicateRows,
    Diagnosis,
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
from agents.graph import Graph
from agents.memory import Memory
from agents.model import LanguageModel
from agents.names import similarity
from agents.project import Project
from agents.propose import (
    cast_column,
    deduplicate_rows,
    map_column,
    normalise_key,
    quarantine_rows,
    recode_values,
    repoint_source,
    scale_column,
    shift_moment,
    swap_columns,
)
from agents.propose.claimed import NEW_DELIVERY, OLD_DELIVERY
from agents.propose.draft import Draft
from agents.propose.looked import Looked
from agents.propose.renames import MAXIMUM_CANDIDATES, renames, rivals
from agents.readings import label_of, readings

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
    project, graph = looked.project, looked.graph
    draft = Draft(looked, base)
    moved = [c for c in changes if isinstance(c, RepointSource)]
    for place in moved:
        draft.repoint(place)
    concerned = graph.readers(looked.source.unique_id) if moved else draft.read(changes)
    touched = list(dict.fromkeys(reader.unique_id for reader in concerned))
    draft.declare_types(changes)
    for change in changes:
        if isinstance(change, QuarantineRows):
            draft.quarantine(change)
    draft.follow_fixtures(touched, changes)
    followed = False
    for change in changes:
        followed |= draft.follow_tests(change)
    if not any(graph.nodes[uid].kind != "test" for uid in touched):
        raise FinalError(f"no model of this project names {', '.join(c for x in changes for c in readings(x))}")
    risk, why = _risk(project, changes)
    if followed and any(isinstance(c, DeduplicateRows | QuarantineRows) for c in changes):
        why = (*why, "a test on the source, which its own rows fail, warns from now on")
    return Proposal(
        id=uuid.uuid4().hex[:8],
        title=f"Read {looked.source.label} {', '.join(_words(c) for c in changes)}",
        diagnoses=tuple(diagnoses),
        changes=changes,
        files=tuple(draft.files.values()),
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
    same = f"what is delivered now says the same as before when {_words(change)}"
    if isinstance(change, CastColumn) and change.declared:
        return f"{same}; dbt cannot load it unless its type is declared: {change.arrives_as}"
    return same


def _claims(changes: Iterable[SourceChange]) -> tuple[str, ...]:
    """What any of the changes claims; of deliveries of the old kind, only what all of them can."""
    declared = [_claimed(c) for c in changes]
    everything = dict.fromkeys(name for claims in declared for name in claims)
    shared = (OLD_DELIVERY, NEW_DELIVERY)
    return tuple(n for n in everything if n not in shared or all(n in claims for claims in declared))


def _claimed(change: SourceChange) -> tuple[str, ...]:
    claims = KINDS[change.kind][0]
    if isinstance(change, CastColumn) and change.declared and not change.arrives_as.startswith("VARCHAR"):
        return tuple(c for c in claims if c != OLD_DELIVERY)  # dbt loads no old file by the declared type
    return claims


def _risk(project: Project, changes: Iterable[SourceChange]) -> tuple[Risk, tuple[str, ...]]:
    worst = max((KINDS[c.kind][1] for c in changes), key=_RISKS.index)
    why = tuple(f"{c.kind.replace('_', ' ')}: {KINDS[c.kind][1].value}" for c in changes)
    if project.other_targets:
        others = f"proved on DuckDB only; the profile also has {', '.join(project.other_targets)}"
        return max(worst, Risk.medium, key=_RISKS.index), (*why, others)
    return worst, why
