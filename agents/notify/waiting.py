"""What waits for a person now, from the ledger: proposals to decide, refusals, and repairs that were taken back."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TypeVar

import sqlalchemy as sa

from agents import published
from agents.contracts import Cause, Diagnosis, Proposal, Risk, Tried, Verdict
from agents.ledger import Ledger, in_utc
from agents.ledger_tables import agent_decisions
from agents.project import Project

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
PROBATION = "adp (probation)"
"""Who takes a version back whose checks fail in its first runs; of that people are told by itself."""


class Item(Protocol):
    """What people are told of, as far as it matters to whom and when."""

    @property
    def state(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def roots(self) -> frozenset[str]: ...
    @property
    def risk(self) -> Risk | None: ...


SomeItem = TypeVar("SomeItem", bound=Item)


@dataclass(frozen=True)
class Waiting:
    """One fault that a person must look at, with the proposals between which to choose; none where it was refused."""

    state: Literal["pending", "refused", "rolled_back"]
    diagnoses: tuple[Diagnosis, ...]
    note: str
    tried: tuple[Tried, ...] = ()
    told: int = 0
    """How often it was told before to whom it is told now."""

    @property
    def key(self) -> str:
        """Identity over heals: a fault that is found again gets a new proposal, which is no news."""
        said = sorted((t.proposal.title, t.proposal.risk.value) for t in self.tried)
        return hashlib.sha256(json.dumps([sorted(self.faults), said]).encode()).hexdigest()[:16]

    @property
    def faults(self) -> frozenset[str]:
        """Fingerprints of its diagnoses."""
        return frozenset(d.fingerprint for d in self.diagnoses)

    @property
    def risk(self) -> Risk | None:
        """The highest of its proposals; None for a refusal."""
        order = list(Risk)
        return max((t.proposal.risk for t in self.tried), key=order.index, default=None)

    @property
    def roots(self) -> frozenset[str]:
        """What it has in common with others of the same cause: the cause itself, and where it enters."""
        places = {d.unique_id or d.subject.partition(":")[0] for d in self.diagnoses}
        causes = {f"cause {d.cause.value}" for d in self.diagnoses if d.cause is not Cause.other}
        return frozenset(places | causes)


def waiting(project: Project, ledger: Ledger) -> tuple[Waiting, ...]:
    """Everything that waits, oldest first.

    A state is only published when nothing is unexplained, so that refusals before the last publication are answered.
    """
    good = published.current(project)
    since = good.state.published_at if good else NEVER
    found = _proposed(ledger.proposals(project.prefix), since)
    return (*found, *_refused(project, ledger, since, frozenset(f for w in found for f in w.faults)))


def alike(items: Iterable[SomeItem]) -> tuple[tuple[SomeItem, ...], ...]:
    """Items of one cause or one place together, through as many others as it takes."""
    groups: list[tuple[set[str], list[SomeItem]]] = []
    for item in items:
        joined = [g for g in groups if g[0] & item.roots]
        roots = set(item.roots).union(*(g[0] for g in joined))
        groups = [g for g in groups if g not in joined]
        groups.append((roots, [*(w for g in joined for w in g[1]), item]))
    return tuple(tuple(members) for _, members in groups)


def _proposed(rows: Sequence[Mapping[str, Any]], since: datetime) -> tuple[Waiting, ...]:
    """Pending proposals, and those that were taken back since; candidates for one fault are one item."""
    found: dict[tuple[str, frozenset[str]], Waiting] = {}
    for row in rows:
        taken_back = row["state"] == "rolled_back" and not (row["note"] or "").startswith(PROBATION)
        if row["state"] != "pending" and not (taken_back and in_utc(row["changed_at"]) > since):
            continue
        proposal, verdict = Proposal.model_validate(row["proposal"]), Verdict.model_validate(row["verdict"])
        tried = Tried(proposal=proposal, verdict=verdict)
        item = Waiting(row["state"], proposal.diagnoses, row["note"] or "", (tried,))
        other = found.get((item.state, item.faults))
        found[item.state, item.faults] = replace(other, tried=(*other.tried, tried)) if other else item
    return tuple(found.values())


def _refused(project: Project, ledger: Ledger, since: datetime, proposed: frozenset[str]) -> tuple[Waiting, ...]:
    """Faults of which the last decision was a refusal, also of an older proposal; or whose attempts are spent, where
    none is proposed that a person could take."""
    table = agent_decisions
    kinds = table.c.operation_type.in_(("heal", "ask_person"))
    query = sa.select(table).where(kinds & (table.c.timestamp > since)).order_by(table.c.timestamp)
    last: list[Waiting] = []
    with ledger.engine.connect() as db:
        for row in db.execute(query).mappings():
            context, outcome = row["context"] or {}, row["outcome"] or {}
            if context.get("project", project.prefix) != project.prefix:
                continue
            told = context.get("diagnoses") or [context["diagnosis"]]
            item = Waiting("refused", tuple(Diagnosis.model_validate(d) for d in told), outcome.get("note") or "")
            last = [earlier for earlier in last if not earlier.faults & item.faults]
            spent = row["operation_type"] == "ask_person" and not item.faults & proposed
            if outcome.get("state") == "refused" or spent:
                last.append(item)
    return tuple(last)
