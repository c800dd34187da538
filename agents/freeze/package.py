"""What a commit of frozen assets is made of: their texts, certificates, lock and changelog, and its message."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents import lock
from agents.contracts import Frozen
from agents.freeze import changelog
from agents.project import Project
from agents.repository import Repository

CERTIFICATES = "adp_certificates"


@dataclass(frozen=True)
class Certified:
    """A certificate, and the versions that stand on it."""

    name: str
    """Of its file, without folder and ending."""
    text: str
    versions: tuple[Frozen, ...]
    """Their `certificate` and its hash are still to be filled in."""


@dataclass(frozen=True)
class Package:
    """Everything that one commit changes."""

    frozen: tuple[Frozen, ...]
    files: dict[str, str | None]
    """Path in the repository -> text; None removes."""
    message: str


def pack(
    project: Project,
    base: str,
    held: Mapping[str, Frozen],
    certified: Sequence[Certified],
    texts: Mapping[str, str | None],
    *,
    why: str,
    message: str,
    approver: str,
) -> Package:
    """Versions on top of commit `base`; `texts` are the assets' own, by path in the repository.

    `held`: the other entries of the lock. `why`: the changelog's words. `message`: without the trailers for programs.
    """
    files, entries, made, digest = dict(texts), dict(held), list[Frozen](), ""
    for one in certified:
        name, digest = f"{CERTIFICATES}/{one.name}.json", lock.digest(one.text.encode())
        files[project.in_repo(name)] = one.text
        made += [v.model_copy(update={"certificate": name, "certificate_sha256": digest}) for v in one.versions]
    entries |= {version.asset: version for version in made}
    log = project.in_repo(changelog.CHANGELOG)
    files[project.in_repo(lock.LOCK_FILE)] = lock.render(entries.values())
    files[log] = changelog.with_lines(Repository(project.repo).read(base, log), made, why)
    return Package(tuple(made), files, f"{message}\n{_trailers(made, digest, approver)}")


def _trailers(frozen: Iterable[Frozen], certificate_sha256: str, approver: str) -> str:
    versions = "".join(f"Frozen: {f.asset} {f.version}\n" for f in frozen)
    said = " ".join(approver.split())
    return f"{versions}Certificate-SHA256: {certificate_sha256}\nApproved-By: {said}\n"


def certificate_of_version(
    version: Frozen, before: Frozen | None, base: str, title: str, checks: Sequence[Mapping[str, Any]], **more: Any
) -> str:
    """The certificate of one version that no proposal made, as JSON; `before` is None where adp shipped the first."""
    body = {
        "asset": version.asset,
        "version": version.version,
        "title": title,
        "base_commit": base,
        "approver": version.approver,
        "proved_at": version.frozen_at.isoformat(),
        "replaces": {"version": before.version, "sha256": before.sha256} if before else {"version": "shipped"},
        "checks": list(checks),
        **more,
    }
    return as_json(body)


def as_json(certificate: Mapping[str, Any]) -> str:
    """A certificate's text."""
    return json.dumps(certificate, indent=2, ensure_ascii=False) + "\n"
