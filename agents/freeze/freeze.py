"""Versions, lock and certificate of an accepted proposal; nothing is written here."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath

from agents import lock
from agents.contracts import FileChange, Frozen, FullRefresh, MapColumn, Tried, ValueChange, Verdict
from agents.freeze.package import Certified, Package, as_json, pack
from agents.freeze.version import FIRST, following, kind_of, parts
from agents.masking import masked
from agents.project import Project
from agents.repository import Repository
from agents.sandbox.isolation import described
from agents.text import as_bytes


def freeze(project: Project, tried: Tried, base: str, approver: str, now: datetime) -> Package:
    """Lock entries, certificate, changelog and message for an accepted proposal on top of commit `base`."""
    proposal = tried.proposal
    held = lock.at(project, base)
    versions: dict[str, Frozen] = {}
    for file in proposal.files:
        entry = _frozen(project, file, tried, {**held, **versions}, approver, now)
        versions[entry.asset] = entry
    certificate = certificate_of(project, tried, base, approver, now)
    return pack(
        project, base, held, [Certified(proposal.id, certificate, tuple(versions.values()))],
        {f.path: f.after for f in proposal.files},
        why=proposal.title, message=_message(tried), approver=approver,
    )  # fmt: skip


def _frozen(
    project: Project, change: FileChange, tried: Tried, entries: Mapping[str, Frozen], approver: str, now: datetime
) -> Frozen:
    changes = tried.proposal.changes
    path = project.in_project(change.path)
    asset = asset_in(path, entries)
    before = entries.get(asset)
    known = before.aliases if before else {}
    aliases = {source: dict(columns) for source, columns in known.items()}
    for c in (c for c in changes if isinstance(c, MapColumn)):
        names = aliases.setdefault(c.source, {}).get(c.column, ())
        aliases[c.source][c.column] = tuple(sorted({*names, c.arrives_as}))
    read = tuple(c for c in changes if isinstance(c, ValueChange | FullRefresh))
    same = before is not None and change.before == change.after
    return Frozen(
        asset=asset,
        path=path,
        version=next_version(
            project, asset, before, "patch" if same else _kind(tried.verdict, PurePosixPath(path).stem)
        ),
        author=before.author if before and same else "adp",
        sha256=lock.digest(as_bytes(change.after or "")),
        parent=before.version if before else FIRST,
        approver=approver,
        certificate="",
        certificate_sha256="",
        frozen_at=now,
        aliases=aliases,
        readings=(*(before.readings if before else ()), *read),
    )


def asset_in(path: str, entries: Mapping[str, Frozen]) -> str:
    """Name of the asset in a file: dbt's for a model; with its folders where another file has that name."""
    name = PurePosixPath(path).stem
    taken = entries.get(name)
    return name if taken is None or taken.path == path else PurePosixPath(path).with_suffix("").as_posix()


def tag_of(project: Project, asset: str, version: str) -> str:
    """The tag of a version: `adp/[path of the project/]asset/version`."""
    return "/".join(part for part in ("adp", project.prefix, asset, version) if part)


def next_version(project: Project, asset: str, before: Frozen | None, kind: str) -> str:
    """The version after the highest that the asset ever had, by the lock and by git's tags."""
    folder = f"refs/tags/{tag_of(project, asset, '')}".rstrip("/")
    listed = Repository(project.repo).line("for-each-ref", "--format=%(refname)", f"{folder}/").split()
    tagged = [name.removeprefix(f"{folder}/") for name in listed]
    known = [before.version, before.highest or before.version] if before else [FIRST]
    numbers = [v for v in (*known, *tagged) if v.count(".") == 2 and v.replace(".", "").isdigit()]
    return following(max(numbers, key=parts), kind)


def _kind(verdict: Verdict, stem: str) -> str:
    """How the proof says that the table of a model changed, found by the name of its file."""
    # The newest version of a model may be in the file with the bare name.
    newest = sorted((u for u in verdict.fingerprints if u.split(".")[2:3] == [stem]), key=lambda u: (len(u), u))
    uid = next((u for u in verdict.fingerprints if _stem(u) == stem), next(reversed(newest), ""))
    after = verdict.fingerprints[uid].types if uid else None
    return kind_of(verdict.columns_before.get(uid), after)


def _stem(unique_id: str) -> str:
    """`model.shop.orders.v2` lives in `orders_v2.sql`."""
    return "_".join(unique_id.split(".")[2:])


def certificate_of(project: Project, tried: Tried, base: str, approver: str, now: datetime) -> str:
    """The certificate as JSON: what was claimed, measured and allowed; no row values."""
    proposal = tried.proposal
    body = {
        "proposal": proposal.id,
        "title": proposal.title,
        "base_commit": base,
        "approver": approver,
        "proved_at": now.isoformat(),
        "diagnoses": [
            {
                "cause": d.cause.value,
                "subject": d.subject,
                "explanation": masked(d.explanation),
                "fingerprint": d.fingerprint,
            }
            for d in proposal.diagnoses
        ],
        "changes": [c.model_dump(mode="json") for c in proposal.changes],
        "risk": proposal.risk.value,
        "checks": [{**c.model_dump(mode="json"), "measured": masked(c.measured)} for c in tried.verdict.checks],
        "sandbox": described(project),
        "rebuilt": list(tried.verdict.affected),
    }
    return as_json(body)


def _message(tried: Tried) -> str:
    proposal = tried.proposal
    # Names and values come from data: a line break in one must not look like a line of ours.
    why = "\n".join(f"- {_line(d.explanation)}" for d in proposal.diagnoses)
    proof = "\n".join(f"- {_line(f'{c.name}: {c.measured}')}"[:200] for c in tried.verdict.checks)
    return (
        f"{_line(proposal.title)}\n\nWhy:\n{why}\n\nProof:\n{proof}\n\n"
        f"Proposal: {proposal.id}\nRisk: {proposal.risk.value}"
    )


def _line(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return masked(" ".join(printable.split()))
