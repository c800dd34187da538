"""What people are told of a version, each once: an edit that was adopted and is questioned, and one that was taken back
on probation. The ledger has it from the step that did it, so that it does not matter which command or job that was."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from agents import lock, published
from agents.channels import MAIL_ADDRESS
from agents.contracts import Frozen, Risk
from agents.frozen.integrity import held
from agents.graph import Graph
from agents.ledger import Ledger
from agents.notify.moved import moved
from agents.notify.waiting import NEVER, PROBATION
from agents.project import Project
from agents.repository import Repository
from agents.settings import Policy

QUESTION = "question"
"""The kind of decision by which the ledger knows that a version was questioned."""
STALE = timedelta(days=7)
"""So long it is tried to tell of what was taken back; later it is no news, whatever happened to the mail."""


@dataclass(frozen=True)
class News:
    """One version, and what became of it."""

    state: Literal["questioned", "on_probation"]
    """`questioned`: a person's, which says something else of the same data. `on_probation`: of agents, taken back."""
    asset: str
    version: str
    other: str
    """The version that it replaced, or that came back."""
    sha256: str
    path: str
    """Relative to the dbt project."""
    commit: str
    """That brought it, or took it back; what one commit did is told as one."""
    who: str
    """The author of an edit, the approver of a repair."""
    people: tuple[str, ...]
    """Their mail addresses, as far as they have any."""
    note: str
    """The comparison, or why and what became of the data."""
    told: int = 0
    risk: Risk | None = None
    faults: frozenset[str] = frozenset()
    """None: it cannot be snoozed, because it is not said again."""

    @property
    def key(self) -> str:
        """Identity over builds: the version and its bytes."""
        return hashlib.sha256(f"{self.asset} {self.version} {self.sha256}".encode()).hexdigest()[:16]

    @property
    def roots(self) -> frozenset[str]:
        """What it has in common with others of the same commit."""
        return frozenset({f"{self.state} in {self.commit}"})


def question(project: Project, ledger: Ledger, graph: Graph, questions: Mapping[str, str]) -> None:
    """Write down which adopted edits change results, each version once, with what moved in its table.

    `questions` holds the words of the rehearsal, by path relative to the project.
    """
    if not questions:
        return
    theirs = {h.entry.path: h.entry for h in held(project) if h.state == "proved" and h.entry.author != "adp"}
    known = {(d["context"]["project"], *_identity(d["context"])) for d in ledger.decisions(QUESTION)}
    for entry in (theirs[path] for path in questions if path in theirs):
        facts = {"asset": entry.asset, "version": entry.version, "sha256": entry.sha256}
        if (project.prefix, *_identity(facts)) in known:
            continue
        node = next((n for n in graph.nodes.values() if n.path == entry.path and n.relation), None)
        measured = moved(project, node) if node else ""
        ledger.decide(
            QUESTION,
            context={"project": project.prefix, **facts, "path": entry.path, "parent": entry.parent or "",
                     "author": entry.author, "commit": Repository(project.repo).head()},
            outcome={"difference": questions[entry.path], "moved": measured},
        )  # fmt: skip


def _identity(facts: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(facts["asset"]), str(facts["version"]), str(facts["sha256"])


def news(project: Project, ledger: Ledger) -> tuple[News, ...]:
    """Everything there is to say of versions, oldest first.

    A state is only published when nothing is questioned, so that questions from before the last one are answered.
    """
    good = published.current(project)
    since = good.state.published_at if good else NEVER
    asked = (_questioned(d) for d in ledger.since(QUESTION, since) if d["context"]["project"] == project.prefix)
    return (*asked, *_on_probation(project, ledger))


def _questioned(decision: Mapping[str, Any]) -> News:
    facts, outcome = decision["context"], decision["outcome"]
    return News(
        "questioned", facts["asset"], facts["version"], facts["parent"], facts["sha256"], facts["path"],
        facts["commit"], facts["author"], addresses(facts["author"]),
        "; ".join(words for words in (outcome["difference"], outcome["moved"]) if words),
    )  # fmt: skip


def _on_probation(project: Project, ledger: Ledger) -> Iterator[News]:
    """Versions that were taken back, once it is known what became of their data."""
    for decision in ledger.since("rollback", datetime.now(UTC) - STALE):
        facts, outcome = decision["context"], decision["outcome"]
        if facts["project"] != project.prefix or outcome["by"] != PROBATION or "data" not in outcome:
            continue
        gone = lock.at(project, facts["undone"][0])
        for asset, (before, now) in facts["moves"].items():
            entry = gone.get(asset)
            yield _taken_back(project.settings.policy, asset, before, now, entry, outcome)


def _taken_back(
    policy: Policy, asset: str, before: str, now: str, entry: Frozen | None, outcome: Mapping[str, Any]
) -> News:
    approver = entry.approver if entry else ""
    return News(
        "on_probation", asset, before, now, entry.sha256 if entry else "", entry.path if entry else "",
        outcome["commit"], approver, addresses(approver, policy),
        f"{outcome['why']}; data {outcome['data']}: {outcome['detail']}",
    )  # fmt: skip


def addresses(said: str, policy: Policy | None = None) -> tuple[str, ...]:
    """Mail addresses of those whom a lock names as author or approvers; of a name, the one that the policy gives.

    >>> addresses("A Person <person@example.com> (unauthenticated), bo@example.com (ed25519), policy auto=low")
    ('person@example.com', 'bo@example.com')
    >>> addresses("Bot <1+bot@users.noreply.example.com>")
    ()
    """
    names = [re.sub(r" \([^()]*\)$", "", name.strip()) for name in said.split(",")]
    known = {n: a.email for n, a in policy.approvers.items() if a.email} if policy else {}
    found = (known.get(name) or (re.search(r"<([^<>]+)>$", name) or [name, name])[1] for name in names)
    return tuple(dict.fromkeys(a for a in found if is_address(a)))


def is_address(text: str) -> bool:
    """Whether a mail can go there; names of accounts that take none say so."""
    return bool(MAIL_ADDRESS.fullmatch(text)) and len(text) <= 254 and "noreply" not in text.lower()


def nodes_of(graph: Graph, item: News) -> tuple[str, ...]:
    """dbt ids of what stands in the file of a version."""
    return tuple(uid for uid, node in graph.nodes.items() if node.path == item.path)
