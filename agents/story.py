"""What the command line prints for people: facts in the order in which they happened."""

from collections.abc import Sequence
from typing import Any

from agents.build import Audited, Built
from agents.contracts import Applied, Check, Tried
from agents.explain import Explanation, text_of
from agents.heal import Healed
from agents.masking import masked
from agents.minds.asked import by_engine
from agents.minds.engines.reply import MindCall
from agents.proposals import Kept


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as aligned columns under their names.

    >>> print(table([{"a": 1, "b": "x"}]))
    a  b
    1  x
    """
    if not rows:
        return ""
    names = list(rows[0])
    widths = {n: max(len(n), *(len(str(r[n])) for r in rows)) for n in names}
    lines = [names, *([str(r[n]) for n in names] for r in rows)]
    return "\n".join(
        "  ".join(str(v).ljust(widths[n]) for n, v in zip(names, line, strict=True)).rstrip() for line in lines
    )


def of_build(done: Built) -> str:
    """The outcome of `adp build`."""
    seen = "\n".join(f"  {masked(e.message)}" for e in done.evidence)
    if not done.succeeded:
        return f"The build failed:\n{seen}\nFind the cause: `adp heal`."
    if done.evidence:
        return f"Built {done.built} nodes, but changes wait and nothing is published:\n{seen}\nNext: `adp heal`."
    return f"Built {done.built} nodes" + (" and published them." if done.published else "; nothing is published.")


def of_audit(done: Audited) -> str:
    """The outcome of `adp observe`."""
    count = len(done.observation.tables)
    if done.evidence:
        seen = "\n".join(f"  {masked(e.message)}" for e in done.evidence)
        return (
            f"{count} sources compared with the last good state; changes wait and nothing is published:\n{seen}\n"
            "Next: `adp heal`, or `adp observe --accept NODE` where it is meant."
        )
    return f"{count} sources are as expected; published."


def of_heal(healed: Healed) -> str:
    """The story of a heal."""
    parts = [f"{healed.report.status}, {healed.report.seconds:.1f} s"]
    parts += [f"Diagnosis: {d.cause.value} of {d.subject} (confidence {d.confidence:.2f})\n  {masked(d.explanation)}"
              for d in healed.diagnoses]  # fmt: skip
    for applied in healed.applied:
        parts += of_applied(applied)
    if healed.rebuilt:
        parts.append(f"Rerun: {masked(healed.rebuilt.detail)}")
    if healed.diagnoses:
        parts.append(f"Sandbox: {healed.sandbox}")
    parts += of_minds(healed.minds, healed.notes)
    parts += [f"Notified {line}" for line in healed.told]
    if healed.stages:
        parts.append("Seconds: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in healed.stages.items()))
    return "\n".join(parts)


def of_minds(calls: Sequence[MindCall], notes: Sequence[str] = ()) -> list[str]:
    """What was asked of trained weights and models, and what it cost; nothing where nobody was asked."""
    lines = []
    for row in by_engine(calls):
        tokens = f", {row['tokens read']} tokens read, {row['tokens written']} written" if row["tokens read"] else ""
        known = f", {row['cached']} cached" if row["cached"] else ""
        lost = f", {row['failed']} failed" if row["failed"] else ""
        times = f"{row['calls']} question{'s' * (row['calls'] != 1)}"
        lines.append(f"Minds: {row['step']} asked {row['model']}: {times}{tokens}, {row['ms']:.1f} ms{known}{lost}")
    return [*lines, *(f"Minds: {note}" for note in notes)]


def of_applied(applied: Applied) -> list[str]:
    """What was tried for one fault, and what became of it."""
    best = applied.judgement.accepted
    others = [t for t in applied.judgement.tried if t is not best]
    lines = [f"Rejected: {t.proposal.title}\n  {_why(t)}" for t in others if not t.verdict.undecidable]
    for tried in (t for t in others if t.verdict.undecidable):
        lines.append(f"Possible: {tried.proposal.title} (risk {tried.proposal.risk.value})")
        lines.append(certificate(tried.verdict.checks))
        lines.append(f"  take it with `adp proposals approve {tried.proposal.id}`")
    if best:
        lines.append(f"Proved: {best.proposal.title} ({best.proposal.id}, risk {best.proposal.risk.value})")
        lines.append(certificate(best.verdict.checks))
    return [*lines, f"{applied.state.capitalize()}: {masked(applied.note)}"]


def _why(tried: Tried) -> str:
    failed = tried.verdict.failed
    return f"{failed[0].name}: {masked(failed[0].measured)}" if failed else "not ahead of the others"


def certificate(checks: Sequence[Check]) -> str:
    """The checks of a certificate, one a line."""
    return "\n".join(f"  [{'ok' if c.passed else 'NO'}] {c.name}: {masked(c.measured)}" for c in checks)


def of_proposal(kept: Kept, diff: str, explained: Explanation, missing: str = "") -> str:
    """One proposal whole."""
    why = "\n".join(f"  {masked(d.explanation)}" for d in kept.proposal.diagnoses)
    waits = f"Waits for: {missing}\n" if missing else ""
    reasons = "\n".join(f"  {r}" for r in kept.proposal.reasons)
    return (
        f"{kept.proposal.id} {kept.state}: {kept.proposal.title}\n"
        f"Risk {kept.proposal.risk.value}; {masked(kept.note)}\n{waits}"
        f"Why:\n{why}\nReasons:\n{reasons}\n{masked(text_of(explained))}\n"
        f"Certificate:\n{certificate(kept.verdict.checks)}\n{diff}"
    )
