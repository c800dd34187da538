"""Contracts that a new major version broke, and the proof of what keeps the old version queryable."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from agents import lock, published
from agents.contracts import Frozen, Judgement, KeepVersion, Options, Proposal, Tried
from agents.edits import uncommitted
from agents.errors import FinalError, RetryableError, UsageError
from agents.freeze.version import parts
from agents.frozen.history import bytes_of, history
from agents.graph import Graph, Node
from agents.guard.admit import admit, certified
from agents.kept_rows import Rows, keep_rows, kept_rows
from agents.observe.observe import observe
from agents.project import Project
from agents.propose.keep_version import Broken, Snapshot, keep_version
from agents.propose.model_versions import Numbers
from agents.rehearse import stale
from agents.repository import Repository
from agents.sandbox.client import Worker
from agents.sandbox.results import Bench
from agents.sandbox.stage import fill, plan
from agents.verify.version_kept import Reference, lost, verify_version
from agents.warehouse import columns, exists, quoted, reading


def broken_contracts(project: Project) -> tuple[Broken, ...]:
    """Models of the lock whose newest version is a major one, where dbt knows no version of the contract before.

    None while the project does not parse or has uncommitted code. Reads one file where there is none.
    """
    entries = [e for e in lock.load(project.root).values() if e.path.endswith(".sql") and parts(e.version)[0] > 1]
    if not entries or uncommitted(project, Repository(project.repo).head()):
        return ()
    try:
        nodes = {n.path: n for n in project.graph.nodes.values() if n.kind == "model" and n.package == project.name}
    except FinalError:
        return ()
    found = (_broken(project, entry, nodes.get(entry.path)) for entry in entries)
    return tuple(b for b in found if b)


def _broken(project: Project, entry: Frozen, node: Node | None) -> Broken | None:
    major = parts(entry.version)[0]
    if node is None or not node.relation or not _is_newest(node) or (node.version and int(node.version) >= major):
        return None
    before = next((v for v in history(project, entry.asset) if parts(v.version)[0] < major), None)
    text = bytes_of(project, before, entry.path) if before else None
    if before is None or text is None:
        return None
    kept = int(node.version) if node.version else parts(before.version)[0]
    numbers = Numbers(kept, major, node.version)
    return Broken(node, before.version, entry.version, numbers, before.commit, text, stored=node.materialized)


def _is_newest(node: Node) -> bool:
    """Whether the file has the bare name: a person's own files of versions are theirs to number."""
    return node.path.rsplit("/", 1)[-1] == f"{node.name}.sql" and (not node.version or node.version.isdigit())


def _file(broken: Broken) -> str:
    """What the rows of the kept version are filed under."""
    return f"{broken.node.name}_v{broken.numbers.kept}"


def _rows(project: Project, broken: Broken) -> Rows | None:
    """The relation as the old text was last published; filed apart, because the copies are thrown away in time."""
    repository, path = Repository(project.repo), project.in_repo(broken.node.path)
    copies = (c for c in published.kept(project) if repository.read(c.state.commit, path) == broken.text)
    found = next(copies, None)
    return keep_rows(project, _file(broken), broken.node, found) if found else None


def _with_rows(project: Project, broken: Broken, rows: Rows | None) -> Broken:
    """With what the rows tell: when the old contract was last good, and what of it is lost."""
    name = quoted(broken.node.schema, broken.node.identifier)
    if rows is None:
        return broken
    with reading(project.warehouse, project.settings.lock_wait_seconds, project.attachments) as db:
        now = columns(db, name) if exists(db, name) else {}
    told = lost(rows.fingerprint().types, now) if now else ()
    return replace(broken, commit=rows.state.commit, stored=rows.stored, lost=told)


@dataclass(frozen=True)
class _Court:
    """What the proposals for one broken contract are judged by."""

    project: Project
    broken: Broken
    base: str
    rows: Rows | None

    @property
    def graph(self) -> Graph:
        return self.project.graph

    def judge(self, proposals: Sequence[Proposal] = ()) -> Judgement:
        """Of the given proposals; else the old text, and where it does not hold, the dated snapshot.

        Raises RetryableError while a source of either waits for an answer of its own.
        """
        seen = observe(self.project, self.graph, self.base)
        above = self._above()
        if waiting := [e.message for e in seen.evidence if e.node in above]:
            raise RetryableError(f"{self.broken.node.name}: answer first what waits above: {waiting[0]}")
        tried: list[Tried] = []
        why = ""
        try:
            for proposal in proposals or (keep_version(self.broken, self.project, self.graph, self.base),):
                tried.append(self._tried(proposal, seen.grown, above))
            gone = {c.name for t in tried for c in t.verdict.failed} & {"contract_kept", "contents_kept"}
            if not proposals and gone and self.rows:
                tried.insert(0, self._tried(self._dated(gone), seen.grown, above))
        except FinalError as error:
            why = str(error)
        if self.rows is None:
            copy = f"no copy of {self.broken.node.label} {self.broken.old} is kept (kept_copies in adp.yml)"
            failed = "; ".join(c.measured for t in tried for c in t.verdict.failed[:1])
            why = why or f"{copy}, so nothing shows what its readers read: {failed}"
        options = Options(diagnoses=(self.broken.diagnosis,), candidates=tuple(t.proposal for t in tried), refusal=why)
        return Judgement(options=options, tried=tuple(sorted(tried, key=lambda t: not t.verdict.accepted)))

    def _dated(self, gone: Collection[str]) -> Proposal:
        assert self.rows
        snapshot = Snapshot(self.rows.state.published_at, fails="contract_kept" in gone)
        return keep_version(self.broken, self.project, self.graph, self.base, snapshot)

    def _above(self) -> tuple[str, ...]:
        """Ids of everything that the old text or the new one is made from."""
        named = _named(self.broken.text, self.graph)
        roots = dict.fromkeys((self.broken.node.unique_id, *named))
        return tuple(dict.fromkeys((*named, *(p for uid in roots for p in self.graph.above(uid)))))

    def _reference(self, grown: Sequence[str], above: Sequence[str]) -> Reference:
        broken, rows = self.broken, self.rows
        if rows is None:
            return Reference(None, f"no published copy of {broken.old} is kept")
        now = published.required(self.project).state
        sources = [uid for uid in above if self.graph.nodes[uid].kind in ("source", "seed")]
        moved = [uid for uid in sources if uid in grown or now.table(uid) != rows.state.table(uid)]
        said = f"{broken.old}, published {rows.state.published_at:%Y-%m-%d %H:%M} UTC"
        return Reference(rows.fingerprint(), said, tuple(self.graph.nodes[uid].label for uid in moved))

    def _tried(self, proposal: Proposal, grown: Sequence[str], above: Sequence[str]) -> Tried:
        """Judge one proposal in a sandbox of its own."""
        project, graph = self.project, self.graph
        (let_in,) = admit(project, graph, self.base, (Options(diagnoses=proposal.diagnoses, candidates=(proposal,)),))
        if not let_in.options.candidates:
            return let_in.stopped[0]
        below = graph.downstream(self.broken.node.unique_id)
        ids = tuple(dict.fromkeys((*below, *stale(graph, grown, (*below, *above)))))
        staged = plan(project)
        try:
            with Worker(staged, project.root, project.settings.sandbox) as worker:
                fresh = [uid for uid in grown if graph.nodes[uid].kind in ("source", "seed")]
                fill(staged, project, graph, self.base, fresh, ids)
                (change,) = (c for c in proposal.changes if isinstance(c, KeepVersion))
                if change.table and self.rows:
                    self.rows.put(staged.warehouse)
                bench = Bench(staged, worker, graph, moved=graph.reading(grown))
                texts = [_texts(project, proposal, before=True), _texts(project, proposal)]
                verdict = verify_version(proposal, graph, bench, ids, texts, self._reference(grown, above))
        finally:
            staged.remove()
        judged = Judgement(options=let_in.options, tried=(Tried(proposal=proposal, verdict=verdict),))
        return certified(judged, ()).tried[0]


def _texts(project: Project, proposal: Proposal, *, before: bool = False) -> dict[str, str | None]:
    return {project.in_project(f.path): f.before if before else f.after for f in proposal.files}


def _named(text: str, graph: Graph) -> tuple[str, ...]:
    """Ids of what a text names in quotes: more than it reads rather than less."""
    words = set(re.findall(r"""['"](\w+)['"]""", text))
    kinds = ("model", "source", "seed", "snapshot")
    return tuple(uid for uid, n in graph.nodes.items() if n.kind in kinds and n.name in words)


def keep_queryable(project: Project, broken: Broken) -> Judgement:
    """What verification makes of the proposals that keep an old version: its text, or a dated snapshot of its rows."""
    return _court(project, broken, _rows(project, broken)).judge()


def _court(project: Project, broken: Broken, rows: Rows | None) -> _Court:
    return _Court(project, _with_rows(project, broken, rows), Repository(project.repo).head(), rows)


def kept_again(project: Project, proposal: Proposal) -> Judgement:
    """A kept proposal of this kind proved again on today's commit and today's sources.

    Raises UsageError where the contract is no longer broken, or the rows of a dated snapshot are gone.
    """
    (change,) = (c for c in proposal.changes if isinstance(c, KeepVersion))
    repository = Repository(project.repo)
    moved = [f.path for f in proposal.files if repository.read(repository.head(), f.path) != f.before]
    if moved:
        raise UsageError(f"{', '.join(moved)} changed since {proposal.id} was proposed. Run `adp heal` for a new one.")
    found = (b for b in broken_contracts(project) if b.node.unique_id == change.model)
    broken = next((b for b in found if b.numbers.newest == change.newest), None)
    if broken is None:
        raise UsageError(f"{proposal.id}: the contract it keeps is not broken, or code is not committed. Reject it.")
    court = _court(project, broken, kept_rows(project, _file(broken)))
    if change.as_of and (court.rows is None or court.rows.state.published_at != change.as_of):
        raise UsageError(f"{proposal.id}: the rows of {change.as_of:%Y-%m-%d %H:%M} UTC are no longer kept. Reject it.")
    return court.judge((proposal,))
