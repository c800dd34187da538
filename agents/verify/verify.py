"""Judge all candidates for one fault: agreement first, because it is cheap, then the sandbox."""

from collections.abc import Iterable
from dataclasses import dataclass

from agents import lock
from agents.contracts import Check, Judgement, Options, Proposal, TableDrift, Tried, Verdict
from agents.errors import SandboxError
from agents.project import Graph, Project
from agents.sandbox.client import Worker
from agents.sandbox.stage import Stage
from agents.verify.agreement import Agreement, agreement
from agents.verify.claims import Judged, Judging, judge


@dataclass(frozen=True)
class Case:
    """One fault's options, and what else the sandbox must know."""

    options: Options
    rebuild: tuple[str, ...] = ()
    """Nodes that new rows in other sources made stale: built too, as the rerun will."""
    blocked: tuple[str, ...] = ()
    """Nodes that another, unanswered fault breaks: left out of the build."""

    @property
    def drift(self) -> TableDrift:
        """The drift of the source concerned."""
        return next(e.drift for d in self.options.diagnoses for e in d.evidence if e.drift)


def verify(project: Project, graph: Graph, base: str, case: Case, stage: Stage, worker: Worker) -> Judgement:
    """A verdict for each candidate and rival, the accepted one (if any) first.

    Nothing is accepted where two candidates stand, or where any claim fails.
    """
    source = graph.nodes[case.drift.unique_id]
    options = case.options
    tried = (*options.candidates, *options.rivals)
    known = lock.aliases(lock.load(project.root).values()).get(source.unique_id, {})
    by_column: dict[str, Agreement] = {}
    for column in dict.fromkeys(c.column for p in tried for c in p.changes):
        names = dict.fromkeys(c.arrives_as for p in tried for c in p.changes if c.column == column)
        by_column[column] = agreement(stage, source, case.drift.stayed, column, tuple(names), known)
    standing = [p for p in options.candidates if _stands(p, by_column)]
    leading = [p for p in standing if all(by_column[c.column].beats_all(c.arrives_as) for c in p.changes)]
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
    checks = [_agrees(best, by_column), _rivals_rejected(best, tried, by_column)]
    judging = Judging(project, graph, base, best, source, stage, worker, case.rebuild, case.blocked, case.drift, known)
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


def _stands(proposal: Proposal, by_column: dict[str, Agreement]) -> bool:
    found = (by_column[c.column].measured.get(c.arrives_as) for c in proposal.changes)
    return all(m is not None and m.passed for m in found)


def _words(proposal: Proposal, by_column: dict[str, Agreement]) -> str:
    found = (by_column[c.column].measured.get(c.arrives_as) for c in proposal.changes)
    return "; ".join(m.words if m else "not delivered" for m in found)


def _agrees(proposal: Proposal, by_column: dict[str, Agreement]) -> Check:
    allowed = "; ".join(f"by {a.method}: {a.allowed}" for a in (by_column[c.column] for c in proposal.changes))
    passed = _stands(proposal, by_column)
    return Check(name="column_agrees", passed=passed, measured=_words(proposal, by_column), allowed=allowed)


def _rivals_rejected(best: Proposal, tried: Iterable[Proposal], by_column: dict[str, Agreement]) -> Check:
    lines, failed = [], []
    for column in (c.column for c in best.changes):
        found = by_column[column]
        chosen = next(c.arrives_as for c in best.changes if c.column == column)
        for name, measured in found.measured.items():
            if name != chosen:
                lines.append(f"{column} <- {measured.words}")
                ahead = measured.score >= found.measured[chosen].score + found.margin
                failed += [] if not measured.passed and ahead else [name]
    count = len(lines)
    return Check(
        name="rivals_rejected",
        passed=not failed,
        measured="; ".join(lines) if lines else "no other column of a comparable type exists",
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
