"""Renames that were proved and hold, and those that a person rejected, as cases to fit the matcher to."""

from collections.abc import Iterable, Iterator

from agents.contracts import MapColumn, Proposal, TableDrift
from agents.minds.decided import Decided
from agents.minds.match.evidence import Case, Column, evidence
from agents.minds.match.names import Name
from agents.minds.match.training.fit import Rows
from agents.minds.match.vocabulary import vocabulary

SHARE = 0.1
"""Of the drawn cases, what decisions may weigh together."""
WEIGHT = 4
"""Drawn cases that a decision weighs as much as, while they are few."""
LONGEST, MOST = 100, 50
"""Letters of a name, and candidates, that are read."""

Cases = list[tuple[Rows, int | None]]


def rename_cases(decided: Iterable[Decided]) -> Cases:
    """A case for each rename: which of the columns that came it is; or, of a rejected one, that it is not that.

    Names and types alone, because values are not kept. Of several decisions on one pair of names the newest counts.
    """
    found: dict[tuple[str, str], tuple[Case, int | None]] = {}
    for decision in decided:
        for change in decision.proposal.changes:
            if isinstance(change, MapColumn) and (made := _case(decision, change)):
                pair = change.column.lower(), change.arrives_as.lower()
                found.pop(pair, None)
                found[pair] = made
    return [(evidence(case), right) for case, right in found.values()]


def weighed(cases: Cases, drawn: int) -> Cases:
    """The newest of them, as often as they count beside so many drawn cases."""
    room = int(drawn * SHARE)
    times = max(1, min(WEIGHT, room // max(len(cases), 1)))
    return [case for case in cases[-max(1, room) :] for _ in range(times)]


def _case(decision: Decided, change: MapColumn) -> tuple[Case, int | None] | None:
    drift = next(_drifts(decision.proposal, change.source), None)
    came = {c.name: c.after.type if c.after else "" for c in drift.changed("added")} if drift else {}
    arrived = next((name for name in came if name.lower() == change.arrives_as.lower()), None)
    if drift is None or arrived is None or max(map(len, (change.column, *came))) > LONGEST or len(came) > MOST:
        return None
    if not decision.held:
        came = {arrived: came[arrived]}
    was = next((c.before.type for c in drift.changed("missing") if c.name == change.column and c.before), change.type)
    case = Case(_column(change.column, was), [_column(name, kind) for name, kind in came.items()])
    return case, list(came).index(arrived) if decision.held else None


def _drifts(proposal: Proposal, source: str) -> Iterator[TableDrift]:
    seen = (e.drift for d in proposal.diagnoses for e in d.evidence)
    return (drift for drift in seen if drift and drift.unique_id == source)


def _column(name: str, kind: str) -> Column:
    return Column(Name.of(name, vocabulary()), kind)
