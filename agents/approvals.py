"""Who said yes or no to which text: a statement, signed where the policy names people, and counted only while it holds.

A name without a signature that the committed policy can check is `unauthenticated`, whoever says it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from agents import signatures, ssh
from agents.audit import Audit
from agents.contracts import Proposal
from agents.errors import UsageError
from agents.ledger import Ledger
from agents.policy import Demand
from agents.project import Project
from agents.repository import IDENTITY, Repository
from agents.settings import Policy
from agents.text import as_bytes

Decision = Literal["approve", "reject", "merge"]
NAMESPACE = "adp-approval"
"""What `ssh-keygen -Y` signs for, so that a signature for something else is none for this."""
UNAUTHENTICATED = "unauthenticated"


@dataclass(frozen=True)
class Statement:
    """What somebody says of a proposal."""

    proposal: str
    files_sha256: str
    """Of the texts that the proposal leaves behind."""
    base: str
    """The commit on which it was proved."""
    decision: Decision
    by: str
    at: str

    @property
    def said(self) -> bytes:
        """The bytes that are signed: one JSON object with sorted keys, without blanks."""
        return json.dumps(vars(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


@dataclass(frozen=True)
class Signature:
    """A signature and the key that it claims."""

    scheme: Literal["ed25519", "ssh"]
    """`ssh`: as `ssh-keygen -Y sign` writes it."""
    key: str
    text: str


@dataclass(frozen=True)
class Voice:
    """Somebody, and how it is known that it was them."""

    name: str
    proof: str

    def __str__(self) -> str:
        return f"{self.name} ({self.proof})"


def files_sha256(proposal: Proposal) -> str:
    """Hash of the paths and texts that a proposal leaves behind."""
    texts = sorted((f.path, None if f.after is None else _hash(as_bytes(f.after))) for f in proposal.files)
    changes = [c.model_dump(mode="json") for c in proposal.changes]
    return _hash(json.dumps([texts, changes], sort_keys=True).encode())


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def speak(
    project: Project, policy: Policy, proposal: Proposal, base: str, decision: Decision, by: str = "", *, sign: bool
) -> tuple[Statement, Signature | None, Voice]:
    """A person's statement, signed where a key is at hand. Raises UsageError where key and name do not belong together.

    `by` may be empty: then the key says who, or git's `user.email`.
    """
    key = signatures.private_key()
    public = signatures.public_text(key) if key else ssh.public_key(project.repo) if sign else ""
    named = next((n for n, a in policy.approvers.items() if a.key and a.key == public), "")
    email = by or ssh.configured(project.repo, "user.email") or "somebody"
    name = named or next((n for n, a in policy.approvers.items() if email in (n, a.email)), email)
    if named and by and by not in (named, policy.approvers[named].email):
        raise UsageError(f"--by {by}: the key that signs is {named}'s. Leave `--by` away, or sign with {by}'s key.")
    statement = Statement(proposal.id, files_sha256(proposal), base, decision, _plain(name), _now())
    if not public:
        return statement, None, Voice(statement.by, UNAUTHENTICATED)
    if key:
        signature = Signature("ed25519", public, signatures.sign(key, statement.said))
    else:
        signature = Signature("ssh", public, ssh.sign(project.repo, statement.said, NAMESPACE))
    return statement, signature, voice(policy, statement, signature)


def merged_by(project: Project, policy: Policy, proposal: Proposal, base: str, commit: str) -> tuple[Statement, Voice]:
    """Who merged a proposal: by the commit's signature where a key of the policy made it, else as git names them."""
    name, proof = _signer(project, policy, commit), "ed25519"
    if not name:
        author, proof = _author(project, commit), UNAUTHENTICATED
        name = next((n for n, a in policy.approvers.items() if a.email and a.email == author), author)
    return Statement(proposal.id, files_sha256(proposal), base, "merge", name, _now()), Voice(name, proof)


def _signer(project: Project, policy: Policy, commit: str) -> str:
    """Name of the approver whose key signed a commit; empty where none did."""
    return ssh.signer(project.repo, commit, {n: a.key for n, a in policy.approvers.items() if a.key})


def _author(project: Project, commit: str) -> str:
    """E-mail of whoever put a commit there; where it is the platform's own, as the log of the branch has it."""
    repository, ours = Repository(project.repo), IDENTITY["GIT_AUTHOR_EMAIL"]
    emails = repository.line("log", "-1", "--format=%ae%n%ce", f"{commit}^0", "--").splitlines()
    moves = repository.line("log", "-g", "--format=%H %ge", "-n", "200", "HEAD", "--").splitlines()
    emails += [line.partition(" ")[2] for line in moves if line.startswith(commit)]
    found = next((e for e in emails if e and e != ours), "somebody")
    return "".join(c if c.isprintable() and c not in "()," else " " for c in found).strip()[:100] or "somebody"


def voice(policy: Policy, statement: Statement, signature: Signature | None) -> Voice:
    """Who made a statement, as far as the policy's keys prove it."""
    person = policy.approvers.get(statement.by)
    if person and person.key and signature and _holds(statement, signature, person.key):
        return Voice(statement.by, "ed25519")
    return Voice(statement.by, UNAUTHENTICATED)


def require_voice(policy: Policy, demands: Sequence[Demand], proposal_id: str, who: Voice) -> None:
    """Raise UsageError, with who may and how, where this person's approval would count for nothing."""
    allowed = list(dict.fromkeys(n for d in demands for n in d.approvers))
    if not allowed:
        return
    if policy.keyed and who.proof == UNAUTHENTICATED:
        raise UsageError(
            f"{proposal_id}: adp.yml lets {', '.join(allowed)} approve this, by signature, "
            f"and no key of theirs signed for {who.name}. {ssh.HOW}"
        )
    if who.name not in allowed:
        raise UsageError(f"{proposal_id}: {who.name} may not approve this; adp.yml names {', '.join(allowed)}.")


def record(
    ledger: Ledger, project: Project, statement: Statement, signature: Signature | None, who: Voice, **facts: Any
) -> None:
    """A line in the audit log and a decision in the ledger; the same for every way of deciding."""
    said = {**vars(statement), "proof": who.proof}
    signed = vars(signature) if signature else None
    Audit(project.state).append(statement.decision, **said, signature=signed, **facts)
    ledger.decide(
        statement.decision,
        context={**said, "signature": signed},
        approved=statement.decision != "reject",
        executed=False,
        outcome=facts,
    )


def given(ledger: Ledger, policy: Policy, proposal: Proposal, base: str) -> tuple[Voice, ...]:
    """Approvals on record that hold for this text on this base, each person's once; signatures are checked again.

    A heal that proposes the very same text again on the same commit gives it another id; approvals stay.
    A rejection ends those before it.
    """
    found: dict[str, Voice] = {}
    text = files_sha256(proposal)
    for row in sorted((*ledger.decisions("approve"), *ledger.decisions("reject")), key=lambda r: r["timestamp"]):
        kept: Mapping[str, Any] = row["context"] or {}
        if (kept.get("files_sha256"), kept.get("base")) != (text, base):
            continue
        if kept["decision"] == "reject":
            found.clear()
            continue
        statement = Statement(**{k: kept[k] for k in Statement.__dataclass_fields__})
        signature = Signature(**kept["signature"]) if kept.get("signature") else None
        who = voice(policy, statement, signature)
        if who.proof != UNAUTHENTICATED or not policy.keyed:
            found[who.name] = who
    return tuple(found.values())


def missing(demands: Sequence[Demand], voices: Sequence[Voice]) -> str:
    """What is still needed, in words; empty where enough people approved."""
    words = []
    for demand in demands:
        count = [v for v in voices if not demand.approvers or v.name in demand.approvers]
        if len(count) < demand.required:
            by = f" by {', '.join(map(str, count))}" if count else ""
            may = [n for n in demand.approvers if n not in {v.name for v in count}]
            left = f"; {', '.join(may)} may approve" if may else ""
            words.append(f"{len(count)} of {demand.required} approvals{by}{left}")
    return "; ".join(words)


def _holds(statement: Statement, signature: Signature, key: str) -> bool:
    if signature.scheme == "ed25519":
        return signatures.signer(statement.said, signature.text, [key]) is not None
    return ssh.holds(statement.said, signature.text, key, NAMESPACE)


def _plain(name: str) -> str:
    """A name that fits one line and claims nothing. Raises UsageError for any other."""
    if not name.isprintable() or set(name) & set("(),") or not 0 < len(name.strip()) <= 100:
        raise UsageError(f"--by {name!r}: allowed is a name of at most 100 characters, without brackets and commas.")
    return name.strip()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
