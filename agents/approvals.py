"""Who said yes or no to which text: a statement, signed where the policy names people, and counted only while it holds.

A name without a signature that the committed policy can check is `unauthenticated`, whoever says it.
"""

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from agents import signatures
from agents.audit import Audit
from agents.contracts import Proposal
from agents.errors import UsageError
from agents.ledger import Ledger
from agents.policy import Demand
from agents.project import Project
from agents.settings import Policy
from agents.text import as_bytes

Decision = Literal["approve", "reject", "merge"]
NAMESPACE = "adp-approval"
"""What `ssh-keygen -Y` signs for, so that a signature for something else is none for this."""
UNAUTHENTICATED = "unauthenticated"
HOW = (
    f"Set {signatures.VARIABLE} to your private key; or `git config gpg.format ssh`, "
    "`git config user.signingkey ~/.ssh/id_ed25519.pub`, and add `--sign`."
)


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
    public = signatures.public_text(key) if key else _git_key(project) if sign else ""
    named = next((n for n, a in policy.approvers.items() if a.key and a.key == public), "")
    email = by or _git(project, "user.email") or "somebody"
    name = named or next((n for n, a in policy.approvers.items() if email in (n, a.email)), email)
    if named and by and by not in (named, policy.approvers[named].email):
        raise UsageError(f"--by {by}: the key that signs is {named}'s. Leave `--by` away, or sign with {by}'s key.")
    statement = Statement(proposal.id, files_sha256(proposal), base, decision, _plain(name), _now())
    if not public:
        return statement, None, Voice(statement.by, UNAUTHENTICATED)
    if key:
        signature = Signature("ed25519", public, signatures.sign(key, statement.said))
    else:
        signature = Signature("ssh", public, _ssh_sign(project, statement.said))
    return statement, signature, voice(policy, statement, signature)


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
    if any(policy.approvers[n].key for n in allowed) and who.proof == UNAUTHENTICATED:
        raise UsageError(
            f"{proposal_id}: adp.yml lets {', '.join(allowed)} approve this, by signature, "
            f"and no key of theirs signed for {who.name}. {HOW}"
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
    """Approvals on record that hold for this text on this base, each person's once; signatures are checked again."""
    keyed = any(a.key for a in policy.approvers.values())
    found: dict[str, Voice] = {}
    for row in ledger.decisions("approve"):
        kept: Mapping[str, Any] = row["context"] or {}
        if kept.get("proposal") != proposal.id:
            continue
        statement = Statement(**{k: kept[k] for k in Statement.__dataclass_fields__})
        signature = Signature(**kept["signature"]) if kept.get("signature") else None
        if (statement.files_sha256, statement.base) != (files_sha256(proposal), base):
            continue
        who = voice(policy, statement, signature)
        if who.proof != UNAUTHENTICATED or not keyed:
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
    with tempfile.TemporaryDirectory() as scratch:
        people, signed = Path(scratch) / "allowed", Path(scratch) / "signature"
        people.write_text(f'approver namespaces="{NAMESPACE}" {key}\n')
        signed.write_text(signature.text)
        command = [
            "ssh-keygen",
            "-Y",
            "verify",
            "-f",
            str(people),
            "-I",
            "approver",
            "-n",
            NAMESPACE,
            "-s",
            str(signed),
        ]
        try:
            done = subprocess.run(command, input=statement.said, capture_output=True, check=False, timeout=30)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0


def _ssh_sign(project: Project, said: bytes) -> str:
    with _key_file(project) as file:
        command = ["ssh-keygen", "-Y", "sign", "-q", "-n", NAMESPACE, "-f", file]
        try:
            done = subprocess.run(command, input=said, capture_output=True, check=False, timeout=120)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UsageError(f"ssh-keygen cannot sign: {error}. {HOW}") from error
    if done.returncode:
        raise UsageError(f"ssh-keygen cannot sign: {done.stderr.decode(errors='replace').strip()} {HOW}")
    return done.stdout.decode()


@contextmanager
def _key_file(project: Project) -> Iterator[str]:
    """Path of git's signing key; one that git holds as text is put into a file for ssh's agent."""
    text = _git(project, "user.signingkey").removeprefix("key::")
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(text).expanduser()
        if text.startswith("ssh-"):
            file = Path(scratch) / "key.pub"
            file.write_text(text + "\n")
        yield str(file)


def _git_key(project: Project) -> str:
    """Public part of git's signing key. Raises UsageError where it is no ed25519 key for ssh signatures."""
    kind, named = _git(project, "gpg.format"), _git(project, "user.signingkey")
    if kind != "ssh" or not named:
        raise UsageError(f"--sign: git has gpg.format {kind or 'unset'}, user.signingkey {named or 'unset'}. {HOW}")
    with _key_file(project) as file:
        public = Path(file if file.endswith(".pub") else f"{file}.pub")
        try:
            text = public.read_text()
        except OSError as error:
            raise UsageError(f"--sign: {public}: {error.strerror}. {HOW}") from error
    if not text.startswith("ssh-ed25519 "):
        raise UsageError(f"--sign: {named} is a {text.split(' ')[0]} key; allowed is ssh-ed25519. {HOW}")
    return " ".join(text.split()[:2])


def _git(project: Project, setting: str) -> str:
    command = ["git", "-C", str(project.repo), "config", "--get", setting]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _plain(name: str) -> str:
    """A name that fits one line and claims nothing. Raises UsageError for any other."""
    if not name.isprintable() or set(name) & set("(),") or not 0 < len(name.strip()) <= 100:
        raise UsageError(f"--by {name!r}: allowed is a name of at most 100 characters, without brackets and commas.")
    return name.strip()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
