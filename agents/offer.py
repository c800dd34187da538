"""Offer to keep old versions queryable where a new major version broke a contract."""

from agents.broken_contracts import broken_contracts, keep_queryable
from agents.contracts import Applied, KeepVersion
from agents.errors import RetryableError
from agents.inbox import every
from agents.interrupted import alone
from agents.kept_rows import clear_away
from agents.land import settle
from agents.ledger import Ledger
from agents.masking import masked
from agents.outcomes import measured
from agents.project import Project
from agents.propose.keep_version import Broken
from agents.rebuild import rebuild


def offer(project: Project, ledger: Ledger, ceiling: str | None = None) -> tuple[Applied, ...]:
    """What became of the proposals for contracts that broke since; each is offered once.

    For a caller that holds the project's lock. Where the policy lets one be applied by itself, it is built too.
    """
    settled = []
    for broken in broken_contracts(project):
        if _asked(ledger, broken):
            continue
        try:
            judgement = keep_queryable(project, broken)
        except RetryableError:  # the next heal or build offers it
            continue
        settled.append(settle(project, ledger, judgement, ceiling))
    if applied := [a for a in settled if a.state == "applied"]:
        rebuilt = rebuild(project, ledger, applied)
        measured(ledger, applied, rebuilt.compared, rebuilt.detail)
    if settled:
        _clear_away(project, ledger)
    return tuple(settled)


def offer_alone(project: Project, ledger: Ledger, ceiling: str | None = None) -> tuple[Applied, ...]:
    """`offer` in the turn of a heal, which is waited for only where there is something to offer."""
    if all(_asked(ledger, broken) for broken in broken_contracts(project)):
        return ()
    with alone(project):
        return offer(project, ledger, ceiling)


def in_words(outcome: Applied) -> str:
    """What became of one offer, for a person; masked."""
    titles = [t.proposal.title for t in outcome.judgement.tried[:1]]
    titles = titles or [d.explanation for d in outcome.judgement.options.diagnoses]
    return masked(f"{'; '.join(titles)}: {outcome.state}: {outcome.note}")


def _asked(ledger: Ledger, broken: Broken) -> bool:
    """Whether it was offered or refused before, for these very versions."""
    ours = broken.diagnosis
    told = (d for row in ledger.decisions("heal") for d in (row["context"] or {}).get("diagnoses") or ())
    return any(d["subject"] == ours.subject and d["explanation"].startswith(broken.begins) for d in told)


def _clear_away(project: Project, ledger: Ledger) -> None:
    """Rows are needed by what waits, and by the dated snapshots that were applied."""
    needed = set()
    for kept in every(ledger, project):
        for change in kept.proposal.changes:
            if isinstance(change, KeepVersion) and (kept.state == "pending" or (change.table and kept.commit)):
                needed.add(f"{change.model.split('.')[2]}_v{change.number}")
    clear_away(project, needed)
