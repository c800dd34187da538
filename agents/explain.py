"""Why a proposal is the one: written from what was measured, never by a model."""

from collections.abc import Sequence

from agents.contracts import Proposal, Record, Tried, Verdict
from agents.edits import differences, lines
from agents.memory import TrackRecord

SHOWN = 12
"""Relations that are named."""
PRIOR = 2
"""How many repairs the confidence of the diagnosis weighs as much as."""


class Factor(Record):
    """One claim that decided."""

    claim: str
    passed: bool
    measured: str
    allowed: str


class Alternative(Record):
    """Another candidate, or a negative control, and where it lost."""

    id: str
    title: str
    claim: str
    """The claim it failed; empty where the data do not tell it apart."""
    measured: str
    allowed: str


class Impact(Record):
    """What is expected, in numbers."""

    relations: int
    """Relations that the rerun builds."""
    rows: int
    """Rows in those that were proved."""
    columns: int
    files: int
    lines_added: int
    lines_removed: int
    rebuilt: tuple[str, ...]
    """Their names, the first ones."""


class Confidence(Record):
    """How far repairs of this kind can be trusted to hold; orders candidates and excuses no proof."""

    value: float
    """0 to 1: mean of a Beta distribution over the record, with the diagnosis as its prior."""
    diagnosis: float
    held: int
    taken_back: int
    feedback: float
    """Mean of people's scores, -1 to 1."""
    scored: int
    words: str


class Explanation(Record):
    """Everything that speaks for and against a proposal."""

    factors: tuple[Factor, ...]
    alternatives: tuple[Alternative, ...]
    impact: Impact
    risks: tuple[str, ...]
    blast_radius: str
    confidence: Confidence


def explain(tried: Tried, others: Sequence[Tried], record: TrackRecord) -> Explanation:
    """The explanation of one candidate; `others` were tried for the same fault."""
    proposal, verdict = tried.proposal, tried.verdict
    return Explanation(
        factors=tuple(
            Factor(claim=c.name, passed=c.passed, measured=c.measured, allowed=c.allowed) for c in verdict.checks
        ),
        alternatives=tuple(_alternative(o) for o in others if o.proposal.id != proposal.id),
        impact=impact_of(proposal, verdict),
        risks=(f"risk {proposal.risk.value}", *proposal.risk_reasons),
        blast_radius=next((c.measured for c in verdict.checks if c.name == "blast_radius"), proposal.impact),
        confidence=confidence_of(proposal, record),
    )


def _alternative(tried: Tried) -> Alternative:
    lost = next(iter(tried.verdict.failed), None)
    return Alternative(
        id=tried.proposal.id,
        title=tried.proposal.title,
        claim=lost.name if lost else "",
        measured=lost.measured if lost else "not ahead of the others",
        allowed=lost.allowed if lost else "",
    )


def impact_of(proposal: Proposal, verdict: Verdict) -> Impact:
    """Rows, columns and relations as the sandbox proved them; lines as the files differ."""
    added = removed = 0
    for file in proposal.files:
        for a, b, c, d in differences(lines(file.after or ""), lines(file.before or "")):
            added, removed = added + b - a, removed + d - c
    built = [uid for uid in verdict.affected if not uid.startswith(("test.", "unit_test."))]
    names = [uid.split(".", 2)[-1] for uid in built]
    return Impact(
        relations=len(names),
        rows=sum(p.rows for p in verdict.fingerprints.values()),
        columns=sum(len(p.columns) for p in verdict.fingerprints.values()),
        files=len(proposal.files),
        lines_added=added,
        lines_removed=removed,
        rebuilt=tuple(names[:SHOWN]),
    )


def confidence_of(proposal: Proposal, record: TrackRecord) -> Confidence:
    """The rate at which repairs of this kind held, people's scores counted as parts of a repair."""
    diagnosis = min((d.confidence for d in proposal.diagnoses), default=0.5)
    good = PRIOR * diagnosis + record.held + record.praise
    value = good / (PRIOR + record.held + record.taken_back + record.praise + record.blame)
    kinds = " or ".join(sorted({c.kind for c in proposal.changes}))
    words = f"confidence {value:.2f}: the diagnosis {diagnosis:.2f}, and no {kinds} before"
    if record.held or record.taken_back or record.scored:
        words = f"confidence {value:.2f}: {_count(record.held, kinds)} held, {record.taken_back} taken back"
    if record.scored:
        words += f", feedback {record.feedback:+.1f} over {record.scored}"
    return Confidence(
        value=round(value, 3), diagnosis=diagnosis, held=record.held, taken_back=record.taken_back,
        feedback=round(record.feedback, 3), scored=record.scored, words=words,
    )  # fmt: skip


def _count(number: int, kinds: str) -> str:
    return f"{number} repair{'s' * (number != 1)} by {kinds}"


def text_of(explanation: Explanation) -> str:
    """The explanation for a person, beside the certificate."""
    impact = explanation.impact
    named = ", ".join(impact.rebuilt) + (", ..." if impact.relations > len(impact.rebuilt) else "")
    lost = [
        f"  {a.title}: {f'{a.claim}: ' if a.claim else ''}{a.measured}" for a in explanation.alternatives
    ] or ["  none was found"]  # fmt: skip
    return "\n".join(
        [
            "Alternatives:", *lost,
            f"Expected: {impact.rows:,} rows in {impact.columns} columns proved; {impact.relations} relations rebuilt"
            f"{f' ({named})' if named else ''}; {impact.files} files, "
            f"{impact.lines_added} lines added, {impact.lines_removed} removed",
            "Risks: " + "; ".join(explanation.risks),
            f"Blast radius: {explanation.blast_radius}",
            explanation.confidence.words[:1].upper() + explanation.confidence.words[1:],
        ]
    )  # fmt: skip
