"""Proposals at the door: which of them may be proved at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from agents.contracts import Check, FileChange, Judgement, KeepVersion, Options, Proposal, RestoreText, Tried, Verdict
from agents.graph import Graph
from agents.guard.context import Context
from agents.guard.guard import NAMES, Ruling, judge_change
from agents.project import Project
from agents.repository import Repository

CHECK = "let_in"
ALLOWED = "nothing new that a layer of the guard refuses"


@dataclass(frozen=True)
class Admitted:
    """Options without what was stopped."""

    options: Options
    stopped: tuple[Tried, ...] = ()
    """The candidates that were not let in, with the layer and its words."""


def admit(project: Project, graph: Graph, base: str, options: Sequence[Options]) -> tuple[Admitted, ...]:
    """Every text that a candidate or a rival would write, judged before anything of it runs or is frozen.

    What people committed in the same file, or in the package's model that is taken over, is not held against it.
    """
    if not any(o.candidates for o in options):
        return tuple(Admitted(o) for o in options)
    context = Context.of(project.root)
    door = _Door(project, graph, base, context)
    return tuple(door.through(o) for o in options)


@dataclass(frozen=True)
class _Door:
    project: Project
    graph: Graph
    base: str
    context: Context

    def through(self, options: Options) -> Admitted:
        rulings = {p.id: self._ruling(p) for p in (*options.candidates, *options.rivals)}
        stopped = tuple(_stopped(p, rulings[p.id]) for p in options.candidates if not rulings[p.id].allowed)
        if all(r.allowed for r in rulings.values()):
            return Admitted(options)
        candidates = tuple(p for p in options.candidates if rulings[p.id].allowed)
        rivals = tuple(p for p in options.rivals if rulings[p.id].allowed)
        refusal = "" if candidates or not stopped else stopped[0].verdict.checks[0].measured
        left = {"candidates": candidates, "rivals": rivals, "refusal": refusal or options.refusal}
        return Admitted(options.model_copy(update=left), stopped)

    def _ruling(self, proposal: Proposal) -> Ruling:
        rulings = (self._file(proposal, file) for file in proposal.files)
        return next((r for r in rulings if not r.allowed), Ruling(allowed=True))

    def _file(self, proposal: Proposal, file: FileChange) -> Ruling:
        prefix = f"{self.project.prefix}/" if self.project.prefix else ""
        if not file.path.startswith(prefix):
            return Ruling(allowed=False, layer="path", words=f"path {file.path!r} is outside of the dbt project")
        path = file.path.removeprefix(prefix)
        known = [text for text in (file.before, *self._committed(proposal, file), *self._taken_over(path)) if text]
        return judge_change(path, known, file.after, self.context)

    def _committed(self, proposal: Proposal, file: FileChange) -> list[str | None]:
        """The texts of the commits that a restoration takes the file back to, or a kept version is made from."""
        repository = Repository(self.project.repo)
        commits = [c.commit for c in proposal.changes if isinstance(c, RestoreText) and c.path == file.path]
        kept = [c.commit for c in proposal.changes if isinstance(c, KeepVersion)]
        alike = [f.path for f in proposal.files if PurePosixPath(f.path).suffix == PurePosixPath(file.path).suffix]
        return [
            *(repository.read(commit, file.path) for commit in commits),
            *(repository.read(commit, path) for commit in kept for path in alike),
        ]

    def _taken_over(self, path: str) -> list[str]:
        """The model of a package that a file of the project takes the place of."""
        name = PurePosixPath(path).stem
        nodes = self.graph.nodes.values()
        return [n.raw for n in nodes if n.kind == "model" and n.name == name and n.package != self.project.name]


def _stopped(proposal: Proposal, ruling: Ruling) -> Tried:
    words = f"refused by the guard's layer {ruling.layer}: {ruling.words}"
    check = Check(name=CHECK, passed=False, measured=words, allowed=ALLOWED)
    return Tried(proposal=proposal, verdict=Verdict(proposal_id=proposal.id, accepted=False, checks=(check,)))


def certified(judgement: Judgement, stopped: tuple[Tried, ...]) -> Judgement:
    """The judgement with what was stopped at the door, and the accepted verdict with what was asked there."""
    tried = tuple(_with_check(t) if t is judgement.accepted else t for t in judgement.tried)
    return judgement.model_copy(update={"tried": (*tried, *stopped)})


def _with_check(tried: Tried) -> Tried:
    count = len(tried.proposal.files)
    words = f"{count} file{'s' * (count != 1)} through the layers {', '.join(NAMES)}"
    check = Check(name=CHECK, passed=True, measured=words, allowed=ALLOWED)
    verdict = tried.verdict.model_copy(update={"checks": (*tried.verdict.checks, check)})
    return tried.model_copy(update={"verdict": verdict})
