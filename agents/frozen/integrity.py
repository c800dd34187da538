"""Whether frozen code is still, byte for byte, what was proved: for runs that nobody watches, and for people."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agents import lock
from agents.contracts import Frozen
from agents.errors import Tampered
from agents.minds.in_effect import is_weights
from agents.project import Project
from agents.repository import Repository
from agents.text import as_bytes


@dataclass(frozen=True)
class Held:
    """One frozen asset as it stands."""

    entry: Frozen
    state: Literal["proved", "committed", "changed"]
    """`proved`: the bytes of the lock. `committed`: other bytes, that a person committed. `changed`: neither."""
    words: str = ""
    difference: str = ""


def held(project: Project, entries: Mapping[str, Frozen] | None = None) -> tuple[Held, ...]:
    """Every asset of the lock in the work tree; `entries` is that lock where it was read already."""
    known = lock.load(project.root) if entries is None else entries
    return tuple(_held(project, Repository(project.repo), entry) for entry in known.values())


def _held(project: Project, repository: Repository, entry: Frozen) -> Held:
    if lock.holds(project.root, entry):
        return Held(entry, "proved")
    path = project.in_repo(entry.path)
    committed = repository.read("HEAD", path)
    if path in repository.same_as("HEAD", [path]):
        if committed is not None and lock.digest(as_bytes(committed)) == entry.sha256:
            return Held(entry, "proved")  # git itself writes other line ends into the work tree
        author = repository.line("log", "-1", "--format=%an <%ae>", "--", path)
        gone = "deleted" if committed is None else "edited"
        return Held(entry, "committed", f"{gone} by {author}, not proved yet")
    now = repository.working(path)
    if is_weights(entry.path):  # thousands of lines that say nothing to a person
        return Held(entry, "changed", "the file is gone" if now is None else "weights that no benchmark vouches for")
    proved = committed if committed is not None else ""
    lines = difflib.unified_diff(
        proved.splitlines(), (now or "").splitlines(), f"a/{entry.path}", f"b/{entry.path}", lineterm=""
    )
    words = "the file is gone" if now is None else "bytes that are neither in git nor proved"
    return Held(entry, "changed", words, "\n".join(lines))


def require_proved(project: Project, *, attended: bool = False) -> str:
    """Raise Tampered, with the difference and the two ways on, where frozen bytes are neither in git nor proved.

    A run that a person started (`attended`) is warned by what this returns instead.
    """
    changed = [h for h in held(project) if h.state == "changed"]
    if changed and not attended:
        raise Tampered(told(changed))
    return told(changed)


def told(changed: list[Held]) -> str:
    """What was changed and what to do about it."""
    return "\n".join(
        f"{h.entry.path} ({h.entry.asset} {h.entry.version}): {h.words}.\n{h.difference}\n"
        f"{_kept(h.entry)}"
        f"Take it back: `adp frozen rollback {h.entry.asset} --to {h.entry.version}`."
        for h in changed
    )


def _kept(entry: Frozen) -> str:
    return "" if is_weights(entry.path) else f"Keep it: commit it, or `adp frozen adopt {entry.path}`. "
