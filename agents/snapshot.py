"""One encrypted file with everything that git does not hold, or holds as one of many: ledger, audit, lock, proof."""

import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from agents import audit, ledger_copy, lock, sealed
from agents.audit import Audit
from agents.contracts import Record
from agents.errors import UsageError
from agents.freeze.package import CERTIFICATES
from agents.ledger import Ledger
from agents.project import Project
from agents.repository import Repository
from agents.settings import SETTINGS_FILE

ENDING = ".adpsnap"
CONTENTS = "contents.json"
STATE = (ledger_copy.SQLITE, ledger_copy.ROWS, audit.FILE, audit.HEAD)
"""Members that belong into the project's state; all others are files of the dbt project."""
LARGEST = 1 << 34


class Member(Record):
    """One file in a snapshot."""

    sha256: str
    size: int


class Contents(Record):
    """What a snapshot says of itself."""

    form: int = 1
    made_at: datetime
    name: str
    """dbt's name of the project."""
    project: str
    """Its path in the repository; empty at the root."""
    commit: str
    """What was checked out."""
    rows: dict[str, int]
    """Of the ledger's tables."""
    audit_lines: int
    members: dict[str, Member]


def folder_of(project: Project) -> Path:
    """Where this project's snapshots are kept."""
    given = project.settings.snapshots.folder
    return project.root / given if given else project.state / "snapshots"


def snapshot(project: Project, ledger: Ledger, into: Path | None = None) -> Path:
    """Write a snapshot into a folder (under a name with the time) or to a file; returns the file.

    Raises UsageError: no key, nothing committed yet, an audit log that is not what was written.
    """
    secret, now = sealed.passphrase(), datetime.now(UTC)
    into = into or folder_of(project)
    file = into if into.suffix == ENDING else into / f"{_stem(project)}{now:%Y%m%dT%H%M%S%fZ}{ENDING}"
    repository = Repository(project.repo)
    commit = repository.head()
    repository.exclude_state()
    project.state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project.state, prefix="snapshot.") as scratch:
        staged = Path(scratch)
        lines = _gather(project, ledger, staged)
        contents = Contents(
            made_at=now,
            name=project.name,
            project=project.prefix,
            commit=commit,
            rows=ledger_copy.counts(staged),
            audit_lines=lines,
            members={name: _member(staged / name) for name in _files(staged)},
        )
        (staged / CONTENTS).write_text(contents.model_dump_json())
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(file.name + ".part")
        try:
            _write(part, staged, secret)
            part.rename(file)
        finally:
            part.unlink(missing_ok=True)
    return file


def prune(project: Project, keep: int, folder: Path | None = None) -> tuple[Path, ...]:
    """Delete all but the newest `keep` snapshots that this project has in its folder; returns the deleted."""
    mine = re.compile(re.escape(_stem(project)) + r"\d{8}T\d{12}Z" + re.escape(ENDING))
    where = folder or folder_of(project)
    found = sorted(f for f in (where.iterdir() if where.is_dir() else ()) if mine.fullmatch(f.name))
    old = tuple(found[:-keep])
    for file in old:
        file.unlink()
    return old


def unpack(file: Path, staged: Path) -> Contents:
    """Open a snapshot into an empty folder, every member checked. Raises UsageError where one byte is not right."""
    secret = sealed.passphrase()
    if not file.is_file():
        raise UsageError(f"{file} is no file. Make a snapshot: `adp frozen snapshot`.")
    with file.open("rb") as raw, io.BufferedReader(sealed.Opener(raw, secret, file.name)) as opened:
        try:
            with tarfile.open(fileobj=opened, mode="r|") as tar:
                for entry in tar:
                    _take(tar, entry, staged)
            opened.read()  # to the last chunk, which says that it is the last
            contents = Contents.model_validate_json((staged / CONTENTS).read_bytes())
        except (tarfile.TarError, ValidationError, OSError) as error:
            raise UsageError(f"{file.name} does not hold a snapshot: {error}.") from error
    found = {name: _member(staged / name) for name in _files(staged) if name != CONTENTS}
    if found != contents.members:
        raise UsageError(f"{file.name}: its files are not those that its contents name.")
    said = Audit(staged).read()
    if said.problems or len(said.lines) != contents.audit_lines or ledger_copy.counts(staged) != contents.rows:
        raise UsageError(f"{file.name}: ledger or audit are not as they were: {', '.join(said.problems) or 'counts'}.")
    return contents


def _stem(project: Project) -> str:
    return f"{project.name}-{project.state.name}-"


def _gather(project: Project, ledger: Ledger, staged: Path) -> int:
    """Copies of all members; returns the number of decisions in the audit log."""
    log = Audit(project.state)
    with log.standing():
        ledger_copy.copy(ledger.engine, staged)
        for name in (audit.FILE, audit.HEAD):
            if (project.state / name).is_file():
                shutil.copyfile(project.state / name, staged / name)
    said = Audit(staged).read()
    if said.problems:
        raise UsageError(f"{log.file} is not what was written: {said.problems[0]}. {audit.WAY_ON}")
    for name in (lock.LOCK_FILE, SETTINGS_FILE):
        if (project.root / name).is_file():
            shutil.copyfile(project.root / name, staged / name)
    if (project.root / CERTIFICATES).is_dir():
        shutil.copytree(project.root / CERTIFICATES, staged / CERTIFICATES)
    return len(said.lines)


def _files(folder: Path) -> Iterator[str]:
    return iter(sorted(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()))


def _member(file: Path) -> Member:
    with file.open("rb") as opened:
        return Member(sha256=hashlib.file_digest(opened, "sha256").hexdigest(), size=file.stat().st_size)


def _write(part: Path, staged: Path, secret: bytes) -> None:
    with part.open("wb") as file:
        part.chmod(0o600)
        with sealed.Sealer(file, secret) as sealer, tarfile.open(fileobj=sealer, mode="w|") as tar:
            for name in _files(staged):
                tar.add(staged / name, name, filter=_nobody)
        file.flush()
        os.fsync(file.fileno())


def _nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _take(tar: tarfile.TarFile, entry: tarfile.TarInfo, staged: Path) -> None:
    known = (*STATE, CONTENTS, lock.LOCK_FILE, SETTINGS_FILE)
    fits = entry.name in known or re.fullmatch(rf"{CERTIFICATES}/(?!\.)[\w.-]+", entry.name)
    content = tar.extractfile(entry) if fits and entry.isreg() and entry.size < LARGEST else None
    if content is None:
        raise UsageError(f"The snapshot holds {entry.name!r}, which is no file of a project's state.")
    place = staged / entry.name
    place.parent.mkdir(exist_ok=True)
    with place.open("xb") as file:
        shutil.copyfileobj(content, file)
