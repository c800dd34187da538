"""Activate a package in git, or leave it on a branch of its own and say why."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.project import Project
from agents.repository import Repository


@dataclass(frozen=True)
class Landed:
    """Where a commit went."""

    commit: str
    branch: str
    applied: bool
    note: str


def commit(
    project: Project, files: dict[str, str | None], message: str, base: str, proposal_id: str, hold: str = ""
) -> Landed:
    """Commit `files` on top of `base`.

    `hold` is a reason to keep it on its own branch; the user's uncommitted edits, a detached head and
    a protected branch are others. Raises RaceLost where the branch moved meanwhile.
    """
    repository = Repository(project.repo)
    reason = hold or obstacle(project, repository, base, tuple(files))
    sha = repository.write_commit(base, files, message)
    if reason:
        ref = f"refs/heads/adp/{proposal_id}"
        repository.create(ref, sha)
        return Landed(sha, ref.removeprefix("refs/heads/"), False, reason)
    branch = repository.branch() or ""
    repository.advance(branch, sha, base)
    repository.checkout_paths(sha, tuple(files))
    short = branch.removeprefix("refs/heads/")
    return Landed(sha, short, True, f"committed to {short}")


def obstacle(project: Project, repository: Repository, base: str, paths: Sequence[str]) -> str:
    """Why the checked-out branch may not move now; empty where it may."""
    branch = repository.branch()
    if branch is None:
        return "the work tree is on no branch (detached head)"
    short = branch.removeprefix("refs/heads/")
    if short in project.settings.policy.protected_branches:
        return f"branch {short} is protected by adp.yml"
    if repository.head() != base:
        return f"branch {short} moved since the proposal was proved"
    edited = repository.edited(base, [p for p in paths if repository.read(base, p) is not None])
    untracked = [p for p in paths if repository.read(base, p) is None and repository.working(p) is not None]
    if edited or untracked:
        return f"uncommitted edits in {', '.join([*edited, *untracked])}"
    return ""


def revert(project: Project, landed: str, base: str, paths: Sequence[str], reason: str) -> str:
    """Put the files of an applied commit back as they were at `base`, as a new commit; returns it."""
    repository = Repository(project.repo)
    files = {p: repository.read(base, p) for p in paths}
    subject = repository.line("log", "-1", "--format=%s", landed)
    sha = repository.write_commit(landed, files, f"Take back: {subject}\n\n{reason}\n\nReverts: {landed}\n")
    repository.advance(repository.branch() or "HEAD", sha, landed)
    repository.checkout_paths(sha, tuple(files))
    return sha
