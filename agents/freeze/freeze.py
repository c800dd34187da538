"""Versions, hashes, lock and certificate of an accepted proposal; nothing is written here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from agents import lock
from agents.contracts import FileChange, Frozen, FullRefresh, MapColumn, Proposal, Tried, ValueChange
from agents.project import Project
from agents.repository import Repository
from agents.text import as_bytes

CERTIFICATES = "adp_certificates"
FIRST_VERSION = "1.0.0"
"""What a person's own text counts as before its first repair."""


@dataclass(frozen=True)
class Package:
    """Everything that one commit changes."""

    frozen: tuple[Frozen, ...]
    files: dict[str, str | None]
    """Path in the repository -> text; None removes."""
    message: str


def freeze(project: Project, tried: Tried, base: str, approver: str, now: datetime) -> Package:
    """Lock entries, certificate and message for an accepted proposal on top of commit `base`."""
    proposal = tried.proposal
    repository = Repository(project.repo)
    lock_path = project.in_repo(lock.LOCK_FILE)
    entries = lock.parse(repository.read(base, lock_path) or "")
    certificate = certificate_of(tried, base, approver, now)
    name = f"{CERTIFICATES}/{proposal.id}.json"
    digest = lock.digest(certificate.encode())
    frozen: list[Frozen] = []
    for file in proposal.files:
        frozen.append(_frozen(project, file, proposal, entries, approver, name, digest, now))
        entries[frozen[-1].asset] = frozen[-1]
    files: dict[str, str | None] = {f.path: f.after for f in proposal.files}
    files[lock_path] = lock.render(entries.values())
    files[project.in_repo(name)] = certificate
    return Package(tuple(frozen), files, _message(tried, frozen, digest))


def _frozen(
    project: Project,
    change: FileChange,
    proposal: Proposal,
    entries: dict[str, Frozen],
    approver: str,
    certificate: str,
    digest: str,
    now: datetime,
) -> Frozen:
    path = change.path.removeprefix(f"{project.prefix}/") if project.prefix else change.path
    asset = _asset(path, entries)
    before = entries.get(asset)
    known = before.aliases if before else {}
    aliases = {source: dict(columns) for source, columns in known.items()}
    for c in (c for c in proposal.changes if isinstance(c, MapColumn)):
        names = aliases.setdefault(c.source, {}).get(c.column, ())
        aliases[c.source][c.column] = tuple(sorted({*names, c.arrives_as}))
    read = tuple(c for c in proposal.changes if isinstance(c, ValueChange | FullRefresh))
    parent = before.version if before else FIRST_VERSION
    return Frozen(
        asset=asset,
        path=path,
        version=_next(parent),
        sha256=lock.digest(as_bytes(change.after or "")),
        parent=parent,
        approver=approver,
        certificate=certificate,
        certificate_sha256=digest,
        frozen_at=now,
        aliases=aliases,
        readings=(*(before.readings if before else ()), *read),
    )


def _asset(path: str, entries: dict[str, Frozen]) -> str:
    """Name of the asset in a file: dbt's for a model; with its folders where another file has that name."""
    name = PurePosixPath(path).stem
    taken = entries.get(name)
    return name if taken is None or taken.path == path else PurePosixPath(path).with_suffix("").as_posix()


def _next(version: str) -> str:
    """A repair keeps columns and their meaning: a patch.

    >>> _next("1.4.2")
    '1.4.3'
    """
    major, minor, patch = version.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def certificate_of(tried: Tried, base: str, approver: str, now: datetime) -> str:
    """The certificate as JSON: what was claimed, measured and allowed; no row values."""
    proposal = tried.proposal
    body = {
        "proposal": proposal.id,
        "title": proposal.title,
        "base_commit": base,
        "approver": approver,
        "proved_at": now.isoformat(),
        "diagnoses": [
            {"cause": d.cause.value, "subject": d.subject, "explanation": d.explanation, "fingerprint": d.fingerprint}
            for d in proposal.diagnoses
        ],
        "changes": [c.model_dump(mode="json") for c in proposal.changes],
        "risk": proposal.risk.value,
        "checks": [c.model_dump(mode="json") for c in tried.verdict.checks],
        "rebuilt": list(tried.verdict.affected),
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def _message(tried: Tried, frozen: Sequence[Frozen], digest: str) -> str:
    proposal = tried.proposal
    why = "\n".join(f"- {d.explanation}" for d in proposal.diagnoses)
    proof = "\n".join(f"- {c.name}: {c.measured}"[:200] for c in tried.verdict.checks)
    versions = "\n".join(f"Frozen: {f.asset} {f.version}" for f in frozen)
    return (
        f"{proposal.title}\n\nWhy:\n{why}\n\nProof:\n{proof}\n\n"
        f"Proposal: {proposal.id}\nRisk: {proposal.risk.value}\n{versions}\nCertificate-SHA256: {digest}\n"
    )
