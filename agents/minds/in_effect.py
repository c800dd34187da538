"""Which weights a job is asked with: the project's own where `adp.lock` vouches for their bytes, else the shipped.

A project's versions are frozen like its code: a committed file under FOLDER, with number, digest and certificate.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from agents import lock
from agents.errors import AdpError

Job = Literal["classify", "match"]
JOBS: tuple[Job, ...] = get_args(Job)
"""Those that a project can train."""
FOLDER = "adp_minds"
"""Beside `dbt_project.yml`."""
SHIPPED = "shipped"


@dataclass(frozen=True)
class InEffect:
    """One job's weights."""

    job: str
    version: str = SHIPPED
    """Of the project, as in `adp frozen list`; or that they are shipped with adp."""
    file: Path | None = None
    """The project's; None for the shipped."""
    sha256: str = ""
    why: str = ""
    """Why a version that is there is not asked; empty where it is, and where there is none."""


def asset_of(job: str) -> str:
    """The name of a job's weights in the lock.

    >>> asset_of("classify"), path_of("classify")
    ('minds/classify', 'adp_minds/classify.json')
    """
    return f"minds/{job}"


def path_of(job: str) -> str:
    """Their file, relative to the dbt project."""
    return f"{FOLDER}/{job}.json"


def is_weights(path: str) -> bool:
    """Whether a frozen file, relative to the dbt project, holds weights, which no person edits."""
    return path.startswith(f"{FOLDER}/")


def in_effect(root: Path | None, job: str) -> InEffect:
    """The weights of a job in the dbt project at `root`; the shipped ones where nothing else is proved."""
    if root is None:
        return InEffect(job)
    path = path_of(job)
    file = root / path
    try:
        entry = lock.load(root).get(asset_of(job))
    except AdpError as error:
        return InEffect(job, why=f"{error} Until then {_instead(job)}" if file.is_file() else "")
    if entry is None:
        unknown = f"{path} is not in {lock.LOCK_FILE}, so no benchmark vouches for it; {_instead(job)}"
        return InEffect(job, why=unknown if file.is_file() else "")
    if not file.is_file():
        return InEffect(job, why=f"{path} ({asset_of(job)} {entry.version}) is gone; {_instead(job)}")
    digest = lock.digest(file.read_bytes())
    if digest != entry.sha256:
        said = f"{path} has SHA-256 {digest[:16]}, {lock.LOCK_FILE} says {entry.sha256[:16]} for {entry.version}"
        way = f"`adp frozen rollback {asset_of(job)} --to {entry.version}` takes it back"
        return InEffect(job, why=f"{said}; {_instead(job)}. {way}")
    return InEffect(job, entry.version, file, digest)


def _instead(job: str) -> str:
    return f"the {job} weights that adp ships are asked instead"
