"""What must hold of a shop after whatever happened to it, once recovery has run."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb

from agents import lock, published
from agents.audit import Audit, Read
from agents.commit import MARKER, anchors
from agents.freeze.changelog import CHANGELOG
from agents.frozen.verify import verify
from agents.project import Project
from agents.repository import Repository

LEFTOVERS = (".git/index.lock", ".git/index.adp", ".git/HEAD.lock", ".git/refs/heads/main.lock")


def faults(project: Project, theirs: str = "", *, proved: bool = True) -> Iterator[str]:
    """Everything that is wrong; `theirs` is what `git status` may show, and shows, of the person's own edits."""
    repository = Repository(project.repo)
    status = repository.git("status", "--porcelain").decode()
    if status != theirs:
        yield f"git status says {status!r}, the person's edits are {theirs!r}"
    if proved:
        looked = verify(project)
        if looked.state != "valid":
            yield f"verify: {[f.words for f in looked.findings if f.state != 'valid']}"
    log = Audit(project.state).read()
    if log.problems:
        yield f"audit log: {log.problems}"
    if (project.state / MARKER).exists():
        yield "the marker of the commit is left"
    for name in LEFTOVERS:
        if (project.repo / name).exists():
            yield f"{name} is left"
    if left := [p.name for p in project.repo.rglob(".*.adp") if ".git" not in p.parts]:
        yield f"{left} is left"
    yield from _versions(repository, log)
    yield from _copy(project)


def _versions(repository: Repository, log: Read) -> Iterator[str]:
    """Every commit of ours has code, lock, certificate and changelog, each version one commit, each tag its commit."""
    logged = {str(x.facts.get("commit")) for x in log.lines}
    messages = dict(repository.messages("main"))
    told = repository.line("for-each-ref", "--format=%(refname:strip=3) %(objectname)", "refs/tags/adp")
    tags = dict(tag.split(" ") for tag in told.splitlines())
    given = {sha: found for sha, message in messages.items() if (found := _frozen_by(message))}
    for sha, message in messages.items():
        if anchors(message) and sha not in logged:
            yield f"the log does not know commit {sha[:12]}"
    beside = repository.blobs([f"{sha}:{path}" for sha in given for path in (lock.LOCK_FILE, CHANGELOG)])
    for n, (sha, versions) in enumerate(given.items()):
        yield from _whole(repository, sha, versions, beside[2 * n] or b"", beside[2 * n + 1] or b"", tags)
    if twice := [v for v, n in Counter(v for found in given.values() for v in found).items() if n > 1]:
        yield f"{twice} were given twice"
    for name, sha in tags.items():
        if f"Frozen: {name.replace('/', ' ')}" not in messages.get(sha, ""):
            yield f"tag {name} is on {sha[:12]}, which is not the commit of it"


def _frozen_by(message: str) -> list[str]:
    return [x.removeprefix("Frozen: ") for x in message.splitlines() if x.startswith("Frozen: ")]


def _whole(
    repository: Repository, sha: str, versions: list[str], locked: bytes, changelog: bytes, tags: dict[str, str]
) -> Iterator[str]:
    entries = lock.parse(locked.decode())
    named = [e for v in versions if (e := entries.get(v.split(" ")[0]))]
    paths = [path for e in named for path in (e.path, e.certificate)]
    held = dict(zip(paths, repository.blobs([f"{sha}:{path}" for path in paths]), strict=True))
    for version in versions:
        asset, number = version.split(" ")
        entry = entries.get(asset)
        if entry is None or entry.version != number:
            yield f"{sha[:12]} has {version} in its message and not in its lock"
            continue
        code, certificate = held[entry.path], held[entry.certificate]
        if code is None or certificate is None:
            yield f"{sha[:12]} has no code or no certificate of {version}"
        elif lock.digest(code) != entry.sha256 or lock.digest(certificate) != entry.certificate_sha256:
            yield f"{sha[:12]} has other code or another certificate than its lock says"
        if f"`{asset}` {number} " not in changelog.decode():
            yield f"{sha[:12]} has no line for {version} in its changelog"
        if tags.get(f"{asset}/{number}") != sha:
            yield f"{version} has no tag on {sha[:12]}"


def _copy(project: Project) -> Iterator[str]:
    """What readers see is a whole copy."""
    found = published.current(project)
    if found is None:
        yield "nothing is published"
        return
    with duckdb.connect(str(found.file), read_only=True) as db:
        rows = db.execute("select count(*) from raw.orders").fetchone()
        total = db.execute("select count(*) from main.stg_orders").fetchone()
    if rows != total or rows != (found.state.tables[0].rows,):
        yield f"the published copy holds {rows} and {total} rows, its state says {found.state.tables[0].rows}"


def texts(root: Path, paths: tuple[str, ...]) -> dict[str, str]:
    """The work tree's text of some files, those that are there."""
    return {p: (root / p).read_text() for p in paths if (root / p).is_file()}
