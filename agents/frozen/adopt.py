"""Take people's edits of frozen assets as the next version, in their name."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

from agents import lock, published
from agents.commit import Landed, commit, obstacle
from agents.contracts import Evidence, Frozen
from agents.edits import Edit
from agents.errors import UsageError
from agents.freeze.freeze import next_version
from agents.freeze.package import Certified, certificate_of_version, pack
from agents.freeze.version import FIRST, kind_of, parts
from agents.frozen.integrity import Held, held
from agents.graph import Graph, Node
from agents.minds.in_effect import is_weights
from agents.observe.observe import observe
from agents.project import Project
from agents.rehearse import rehearse
from agents.repository import Repository
from agents.text import as_bytes
from agents.warehouse import columns, exists, quoted, reading


def adopt(project: Project, graph: Graph, seen: Sequence[Evidence]) -> Landed | None:
    """Adopt every committed edit that holds, after a build and an audit that found `seen`; None where there is none.

    An edit that fails is not adopted. One that changes results is, and `seen` goes on to question it.
    """
    failing = {e.path for e in seen if e.kind != "result_change"}
    failing |= {graph.nodes[e.node].path for e in seen if e.kind != "result_change" and e.node in graph.nodes}
    edits = [h for h in held(project) if h.state == "committed" and h.entry.path not in failing]
    edits = [h for h in edits if not is_weights(h.entry.path)]  # no build can prove these
    repository = Repository(project.repo)
    if not edits or obstacle(project, repository, repository.head(), ()):
        return None
    questions = {e.path: e.message for e in seen if e.kind == "result_change" and e.path}
    return _adopted(project, graph, edits, questions)


def adopt_path(project: Project, path: str) -> tuple[Landed, str]:
    """Adopt one file (relative to the project) that a person names, also one that is not committed yet.

    It is built in the sandbox first. Returns where it went, and what it changes in results; empty where nothing.
    Raises UsageError for a file that is not frozen, is as it was proved, or whose edit fails.
    """
    known = {h.entry.path: h for h in held(project)}
    if path not in known:
        names = ", ".join(sorted(known)) or "none yet"
        raise UsageError(f"{path} is no frozen file of {project.name}. Frozen: {names}. See `adp frozen list`.")
    found = known[path]
    if is_weights(path):
        raise UsageError(f"{path} holds trained weights, which nobody edits. Make new ones: `adp minds train`.")
    if found.state == "proved":
        raise UsageError(f"{path} is as it was proved ({found.entry.asset} {found.entry.version}); nothing to adopt.")
    graph = project.graph
    seen = _rehearsed(project, graph, path)
    nodes = {n.unique_id for n in graph.nodes.values() if n.path == path}
    stops = [e for e in seen if e.kind != "result_change" and (e.path == path or e.node in nodes)]
    if stops:
        raise UsageError(f"{path} cannot be adopted, because it fails: {stops[0].message}. Mend it, or roll it back.")
    questions = {e.path: e.message for e in seen if e.kind == "result_change" and e.path}
    return _adopted(project, graph, [found], questions), questions.get(path, "")


def _rehearsed(project: Project, graph: Graph, path: str) -> tuple[Evidence, ...]:
    """What is wrong with the text in the work tree, over everything else as it is committed."""
    repository, good = Repository(project.repo), published.required(project).state
    name = project.in_repo(path)
    text = repository.working(name)
    base = repository.write_commit(repository.head(), {name: text}, "an edit that is to be adopted")  # no ref has it
    seen = observe(project, graph)
    edit = Edit(path, repository.read(good.commit, name), text)
    return rehearse(project, graph, base, seen.grown, [edit], drifted=[e.node for e in seen.evidence])


def _adopted(project: Project, graph: Graph, edits: Iterable[Held], questions: dict[str, str]) -> Landed:
    repository, now = Repository(project.repo), datetime.now(UTC)
    base = repository.head()
    entries = lock.at(project, base)
    files: dict[str, str | None] = {}
    made: list[Certified] = []
    for edit in edits:
        path = project.in_repo(edit.entry.path)
        text = repository.working(path) if edit.state == "changed" else repository.read(base, path)
        if edit.state == "changed":
            files[path] = text
        if text is None:
            entries.pop(edit.entry.asset, None)
            continue
        entry = _next(project, graph, edit, text, _author(repository, edit, path), now)
        certificate = _certificate(entry, edit, base, questions.get(entry.path, ""))
        made.append(Certified(f"{PurePosixPath(entry.asset).name}-{entry.version}", certificate, (entry,)))
    versions = [version for one in made for version in one.versions]
    if any(parts(v.version)[0] > parts(v.parent or FIRST)[0] for v in versions):
        published.keep(project)  # the old contract's rows: its readers may want them back
    said = ", ".join(f"{v.asset} {v.version}" for v in versions) or "files that are gone"
    why = "\n".join(f"- {v.path}: {questions.get(v.path, 'builds, and its tests pass')}" for v in versions)
    by = versions[0].author if versions else "somebody"
    package = pack(
        project, base, entries, made, files, why="a person's edit",
        message=f"Adopt {said}\n\nEdited by {by}:\n{why}\n", approver=f"{by} (unauthenticated)",
    )  # fmt: skip
    # What is in the work tree is what is committed: it is no obstacle, as other edits would be.
    return commit(
        project, package.files, package.message, base, f"adopt-{now:%Y%m%dT%H%M%S%f}",
        frozen=package.frozen, event="adopt", meant=tuple(package.files),
    )  # fmt: skip


def _author(repository: Repository, edit: Held, path: str) -> str:
    if edit.state == "committed":
        return repository.line("log", "-1", "--format=%an <%ae>", "--", path)
    return repository.author()


def _next(project: Project, graph: Graph, edit: Held, text: str, author: str, now: datetime) -> Frozen:
    entry = edit.entry
    node = next((n for n in graph.nodes.values() if n.path == entry.path and n.relation), None)
    kind = _kind(project, node) if node else "patch"
    known = {
        source: {c: tuple(n for n in names if n in text) for c, names in columns_of.items()}
        for source, columns_of in entry.aliases.items()
    }
    return entry.model_copy(
        update={
            "version": next_version(project, entry.asset, entry, kind),
            "highest": "",
            "parent": entry.version,
            "author": author,
            "approver": f"{author} (unauthenticated)",
            "sha256": lock.digest(as_bytes(text)),
            "frozen_at": now,
            "aliases": known,
        }
    )


def _kind(project: Project, node: Node) -> str:
    if published.current(project) is None:
        return "patch"
    before = published.columns(project, [node]).get(node.unique_id)
    name = quoted(node.schema, node.identifier)
    with reading(project.warehouse, project.settings.lock_wait_seconds, project.attachments) as db:
        return kind_of(before, columns(db, name) if exists(db, name) else None)


def _certificate(entry: Frozen, edit: Held, base: str, question: str) -> str:
    results = question or "the same as before, or new"
    checks = [
        {"name": "builds", "passed": True, "measured": "it and its tests", "allowed": "no failure"},
        {"name": "results", "passed": not question, "measured": results, "allowed": "a question to author and owner"},
    ]
    return certificate_of_version(entry, edit.entry, base, f"{entry.asset}: edited by {entry.author}", checks)
