"""The closure that a version had when it was published first, and whether it is another one by now: for people to know.

A changed closure is no fault: somebody changed a macro, a variable or a parent, and the next build runs with it.
"""

from collections.abc import Iterator
from contextlib import suppress

from agents import lock
from agents.audit import Audit, Read
from agents.closure import KINDS, closures
from agents.contracts import Frozen
from agents.errors import FinalError, Tampered
from agents.frozen.verify import Finding
from agents.project import Project
from agents.variables import variables_of

EVENT = "closures"


def note_closures(project: Project) -> None:
    """Write to the audit log the closure of each frozen version that it does not know yet; the caller published it."""
    modelled = {n.path for n in project.graph.nodes.values() if n.kind in KINDS and n.package == project.name}
    entries = [e for e in lock.load(project.root).values() if e.path in modelled and lock.holds(project.root, e)]
    read = Audit(project.state).read() if entries else Read(())
    known = _noted(read)
    if (new := [e for e in entries if _key(e) not in known]) and not read.problems:
        now = _closures(project)
        facts = [{"asset": e.asset, "version": e.version, "sha256": e.sha256, "closure": now[e.path]} for e in new]
        # A log that cannot be written is told by `adp frozen verify`; what is known beside the proof stops no build.
        with suppress(Tampered, OSError):
            Audit(project.state).append(EVENT, versions=facts)


def noted(project: Project) -> dict[tuple[str, str, str], str]:
    """Closure of each version by asset, version and hash of its bytes; of those only that were published here."""
    return _noted(Audit(project.state).read())


def _noted(read: Read) -> dict[tuple[str, str, str], str]:
    """Nothing where the log is not what was written: it could say anything."""
    lines = (line for line in read.lines if line.event == EVENT and not read.problems)
    facts = (fact for line in lines for fact in line.facts["versions"])
    return {(str(f["asset"]), str(f["version"]), str(f["sha256"])): str(f["closure"]) for f in facts}


def closure_of(entry: Frozen, known: dict[tuple[str, str, str], str]) -> str | None:
    """What `noted` has of a version."""
    return known.get(_key(entry))


def changed_closures(project: Project) -> Iterator[Finding]:
    """A word, and never more, on each version whose closure is not what it was."""
    known = noted(project)
    held = (e for e in lock.load(project.root).values() if lock.holds(project.root, e))
    then = {e.path: (e, was) for e in held if (was := closure_of(e, known))}
    if not then:
        return
    try:
        now = _closures(project)
    except FinalError:
        yield Finding("closures", "valid", "not compared: the project does not parse now")
        return
    for path, (entry, was) in then.items():
        if now.get(path) not in (None, was):
            words = "closure changed since it was proved (a macro, variable, setting or parent); its bytes did not"
            yield Finding(f"{entry.asset} {entry.version}", "valid", words)


def _key(entry: Frozen) -> tuple[str, str, str]:
    return entry.asset, entry.version, entry.sha256


def _closures(project: Project) -> dict[str, str]:
    """Of each file of the project; one file may hold several snapshots."""
    found = closures(project.manifest, lock.load(project.root), variables_of(project.root, project.variables))
    by_path: dict[str, list[str]] = {}
    for uid, closure in sorted(found.items()):
        node = project.graph.nodes[uid]
        if node.package == project.name:
            by_path.setdefault(node.path, []).append(closure)
    return {p: c[0] if len(c) == 1 else lock.digest(" ".join(c).encode()) for p, c in by_path.items()}
