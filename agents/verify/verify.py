"""Judge all candidates for one fault: agreement first, because it is cheap, then the sandbox."""

from collections.abc import Iterable

from agents import lock, readings
from agents.contracts import (
    CastColumn,
    Check,
    Judgement,
    MapColumn,
    NormaliseKey,
    Proposal,
    RecodeValues,
    ScaleColumn,
    ShiftMoment,
    SourceChange,
    SwapColumns,
    TextChange,
    Tried,
    Verdict,
)
from agents.errors import SandboxError
from agents.graph import Graph, Node
from agents.project import Project
from agents.sandbox.client import Worker
from agents.sandbox.stage import NOW, Stage
from agents.verify.agreement import Agreement, agreement
from agents.verify.case import Case
from agents.verify.claims import Judged, judge
from agents.verify.deliveries import Judging
from agents.verify.tables_agree import tables_agree
from agents.verify.text_restored import verify_text
from agents.verify.worlds import Names, place
from agents.warehouse import quoted

RAW = "as it is"
"""The negative control of every change of values: the column as it is delivered."""
TABLE = ""
"""Stands for the whole table where columns are told apart."""


def verify(project: Project, graph: Graph, base: str, case: Case, stage: Stage, worker: Worker) -> Judgement:
    """A verdict for each candidate and rival, the accepted one (if any) first.

    Nothing is accepted where two candidates stand, or where any claim fails.
    """
    if any(isinstance(c, TextChange) for p in case.options.candidates for c in p.changes):
        return verify_text(project, graph, base, case, stage, worker)
    source = graph.nodes[case.drift.unique_id]
    options = case.options
    known = lock.aliases(lock.load(project.root).values()).get(source.unique_id, {})
    by_column = _measure((*options.candidates, *options.rivals), source, case, stage, known)
    candidates = [p for p in options.candidates if not _says_the_same(p, by_column)]
    tried = (*candidates, *options.rivals)
    standing = [p for p in candidates if _stands(p, by_column)]
    leading = [p for p in standing if all(by_column[c].beats_all(label) for c, label in _parts(p))]
    verdicts: list[Tried] = []
    for proposal in tried:
        if len(leading) == 1 and proposal is leading[0]:
            continue
        verdicts.append(
            Tried(proposal=proposal, verdict=_by_agreement(proposal, by_column, undecided=len(standing) > 1))
        )
    if len(leading) != 1:
        return Judgement(options=options, tried=tuple(verdicts))
    best = leading[0]
    checks = [_agrees(best, by_column), _rivals_rejected(best, by_column)]
    judging = Judging(
        project, graph, base, best, source, stage, worker, case.rebuild, case.blocked, known, case.drift, case.stale
    )
    try:
        judged = judge(judging)
    except SandboxError as error:
        judged = Judged((Check(name="failure_gone", passed=False, measured=str(error), allowed="the sandbox runs it"),))
    checks += judged.checks
    verdict = Verdict(
        proposal_id=best.id,
        accepted=all(c.passed for c in checks) and {c.name for c in checks} >= set(best.claims),
        checks=tuple(checks),
        chart=next((a.chart for a in by_column.values() if a.chart), None),
        affected=judged.affected,
        fingerprints=judged.fingerprints,
    )
    return Judgement(options=options, tried=(Tried(proposal=best, verdict=verdict), *verdicts))


def _source_changes(proposal: Proposal) -> tuple[SourceChange, ...]:
    return tuple(c for c in proposal.changes if not isinstance(c, TextChange))


def _parts(proposal: Proposal) -> list[tuple[str, str]]:
    """What a proposal decides: each column (or the whole table) and the label of the candidate for it."""
    return [
        (column, readings.label_of(change))
        for change in _source_changes(proposal)
        for column in (readings.readings(change) or {TABLE: ""})
    ]


def _measure(tried: Iterable[Proposal], source: Node, case: Case, stage: Stage, known: Names) -> dict[str, Agreement]:
    """Agreement for each column that any of the proposals reads otherwise, or for the table."""
    changes = [c for p in tried for c in _source_changes(p)]
    wanted: dict[str, dict[str, SourceChange]] = {}
    for change in changes:
        for column in readings.readings(change) or {TABLE: ""}:
            wanted.setdefault(column, {}).setdefault(readings.label_of(change), change)
    stayed = case.drift.stayed
    found: dict[str, Agreement] = {}
    for column, by_label in wanted.items():
        if column == TABLE:
            found[column] = tables_agree(stage, source, case.drift.key, by_label, known)
            continue
        first = next(iter(by_label.values()))
        now = quoted(NOW, *place(source, (first,)))
        sql = {label: readings.readings(change)[column] for label, change in by_label.items()}
        if isinstance(first, ScaleColumn | ShiftMoment | RecodeValues | NormaliseKey | SwapColumns):
            sql[RAW] = quoted(column)
        key = isinstance(first, NormaliseKey) or (isinstance(first, CastColumn) and column in case.drift.key)
        found[column] = agreement(
            stage, source, now, stayed, column, sql, known,
            known_key=case.drift.key, renamed=isinstance(first, MapColumn), rewritten=key,
            forms=isinstance(first, NormaliseKey | CastColumn),
        )  # fmt: skip
    return found


def _says_the_same(proposal: Proposal, by_column: dict[str, Agreement]) -> bool:
    """Whether an earlier candidate makes the very same values of every column it would read otherwise."""
    parts = _parts(proposal)
    return bool(parts) and all(label in by_column[column].same for column, label in parts)


def _stands(proposal: Proposal, by_column: dict[str, Agreement]) -> bool:
    found = (by_column[column].measured.get(label) for column, label in _parts(proposal))
    return all(m is not None and m.passed for m in found)


def _words(proposal: Proposal, by_column: dict[str, Agreement]) -> str:
    found = (by_column[column].measured.get(label) for column, label in _parts(proposal))
    return "; ".join(m.words if m else "cannot be read so" for m in found)


def _agrees(proposal: Proposal, by_column: dict[str, Agreement]) -> Check:
    allowed = "; ".join(f"by {a.method}: {a.allowed}" for a in (by_column[column] for column, _ in _parts(proposal)))
    passed = _stands(proposal, by_column)
    return Check(name="column_agrees", passed=passed, measured=_words(proposal, by_column), allowed=allowed)


def _rivals_rejected(best: Proposal, by_column: dict[str, Agreement]) -> Check:
    lines, failed = [], []
    for column, chosen in _parts(best):
        found = by_column[column]
        for name, measured in found.measured.items():
            if name != chosen:
                lines.append(f"{column or best.title} <- {measured.words}")
                ahead = measured.score >= found.measured[chosen].score + found.margin
                failed += [] if not measured.passed and ahead else [name]
    count = len(lines)
    return Check(
        name="rivals_rejected",
        passed=not failed,
        measured="; ".join(lines) if lines else "there is no other candidate of a comparable type",
        allowed=f"all {count} other candidates fail and stay behind by the margin",
    )


def _by_agreement(proposal: Proposal, by_column: dict[str, Agreement], *, undecided: bool) -> Verdict:
    check = _agrees(proposal, by_column)
    lead = Check(
        name="rivals_rejected",
        passed=False,
        measured=_words(proposal, by_column),
        allowed="ahead of every other candidate by the margin",
    )
    checks = (check, lead) if check.passed else (check,)
    return Verdict(
        proposal_id=proposal.id,
        accepted=False,
        undecidable=undecided and check.passed,
        checks=checks,
        chart=next((a.chart for a in by_column.values() if a.chart), None),
    )
