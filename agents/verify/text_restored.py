"""Judge answers to a person's edit: the smallest part of the last good text that makes the failure go, or a table
that is built anew to follow the edit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents import published
from agents.contracts import (
    Cause,
    Check,
    DeclareColumn,
    Fingerprint,
    FixToken,
    FullRefresh,
    Judgement,
    Proposal,
    Tried,
    Verdict,
)
from agents.edits import Edit, committed, first_words, touched
from agents.errors import SandboxError
from agents.graph import Graph
from agents.project import Project
from agents.sandbox.client import Worker
from agents.sandbox.results import (
    Answer,
    Bench,
    Difference,
    difference,
    failing,
    joined,
    mark_apart,
    may_be_volatile,
    prints,
    upward,
    volatile,
)
from agents.sandbox.stage import GOOD, NOW, Stage
from agents.verify.case import Case, concerned
from agents.verify.text_checks import runtime, smallest, tests

Apart = Mapping[str, tuple[str, ...]]
"""Node -> its volatile columns."""


_FOR_A_PERSON = {"results_identical", "rows_kept", "smallest_change"}
"""Claims that may fail because other committed edits stay: a person says whether these are meant."""


def verify_text(project: Project, graph: Graph, base: str, case: Case, stage: Stage, worker: Worker) -> Judgement:
    """A verdict for each candidate that was tried, smallest first; the first that holds every claim ends the search.

    What a person's edit made of numbers is a question: nothing is accepted there. Leaves the sandbox
    with the accepted text, else as it is committed.
    """
    edits = committed(project, published.required(project).state.commit, base)
    court = _Court(project, graph, case, Bench(stage, worker, graph, moved=graph.reading(case.grown)), edits)
    tried: list[Tried] = []
    if court.hidden:
        bench = Bench(stage, worker, graph)
        court = replace(court, case=replace(case, grown=(), blocked=(), rebuild=()), bench=bench, over_good=True)
    try:
        court.set_apart()
        court = replace(court, broken=court.bench.build(court.affected, court.case.blocked))
        for proposal in case.options.candidates:
            verdict = court.judge(proposal, tried)
            tried.append(Tried(proposal=proposal, verdict=verdict))
            if verdict.accepted:
                break
            court.bench.write(court.texts(proposal, before=True))
            if verdict.undecidable and court.questioned:
                break
        court.put_together()
    except SandboxError as error:
        check = Check(name="failure_gone", passed=False, measured=str(error), allowed="the sandbox runs it")
        left = case.options.candidates[len(tried)] if len(tried) < len(case.options.candidates) else None
        if left:
            tried.append(Tried(proposal=left, verdict=_verdict(left, (check,))))
    return Judgement(options=case.options, tried=tuple(sorted(tried, key=lambda t: not t.verdict.accepted)))


def _verdict(proposal: Proposal, checks: Sequence[Check]) -> Verdict:
    return Verdict(proposal_id=proposal.id, accepted=False, checks=tuple(checks))


def _anew(proposal: Proposal) -> tuple[str, ...]:
    """Tables that a candidate builds from nothing."""
    return tuple(c.model for c in proposal.changes if isinstance(c, FullRefresh))


@dataclass(frozen=True)
class _Court:
    """What all candidates for one fault are judged by."""

    project: Project
    graph: Graph
    case: Case
    bench: Bench
    edits: tuple[Edit, ...]
    broken: Answer = field(default_factory=dict)
    """What the committed text comes to."""
    over_good: bool = False
    """Judged over the last good state of everything above, because another fault hides it today."""

    @property
    def questioned(self) -> bool:
        """Whether the committed text builds, and only says something else."""
        return all(d.cause is Cause.logic_changed for d in self.case.options.diagnoses)

    @property
    def concerned(self) -> tuple[str, ...]:
        """Nodes that failed or changed, models in place of their tests."""
        return concerned(self.graph, self.case.options)

    @property
    def affected(self) -> tuple[str, ...]:
        """Everything that any candidate may change, and what was concerned."""
        changed = [uid for p in self.case.options.candidates for uid in p.nodes]
        wanted = dict.fromkeys((*self.graph.downstream(*changed, *self.concerned), *self.case.rebuild))
        blocked = set(self.case.blocked)
        return tuple(uid for uid in wanted if uid not in blocked and uid in self.graph.nodes)

    @property
    def reached(self) -> tuple[str, ...]:
        """Those of them that a text or the clock decides; the others are built because their sources moved."""
        changed = [uid for p in self.case.options.candidates for uid in p.nodes]
        touching = [uid for e in self.edits for uid in touched(e, self.graph)]
        clocks = [uid for uid in self.affected if may_be_volatile([self.graph.nodes[uid]])]
        below = set(self.graph.downstream(*changed, *self.concerned, *touching, *clocks))
        return tuple(uid for uid in self.affected if uid in below)

    @property
    def hidden(self) -> bool:
        """Whether another fault, not answered yet, breaks everything that this one is about."""
        return bool(self.case.blocked) and not self.affected

    def set_apart(self) -> None:
        """Show what lies above as it was in the last good state, where it is hidden today."""
        if self.over_good:
            self.bench.show(self._above(), GOOD)

    def put_together(self) -> None:
        """Show today's sources again, for the faults that are judged next."""
        if self.over_good:
            self.bench.show([uid for uid in self._above() if self.graph.nodes[uid].kind in ("source", "seed")], NOW)

    def _above(self) -> list[str]:
        affected = self.affected
        above = upward(self.graph, [self.graph.nodes[uid] for uid in affected])
        return [n.unique_id for n in above if n.unique_id not in affected]

    def texts(self, proposal: Proposal, *, before: bool = False) -> dict[str, str | None]:
        """The proposal's files as the sandbox knows them."""
        return {self.project.in_project(f.path): f.before if before else f.after for f in proposal.files}

    def judge(self, proposal: Proposal, earlier: Sequence[Tried]) -> Verdict:
        """Run every check of one candidate; what costs a build only where the failure is gone."""
        self.bench.write(self.texts(proposal))
        answer = self._built(proposal)
        gone = [self._gone(answer, proposal), tests(answer)]
        if not all(c.passed for c in gone):
            return _verdict(proposal, [self._reproduced({}, proposal), *gone])
        found = {uid: p for uid, p in prints(answer).items() if uid in set(self.reached)}
        reference, apart = self._reference(found, proposal)
        smaller = smallest(earlier)
        checks = [
            self._reproduced(reference, proposal),
            *gone,
            self._identical(reference, found, apart, proposal),
            self._rows(reference, found),
            smaller,
            self._rollback(proposal),
            runtime(answer),
        ]
        held = {c.name for c in checks if c.passed}
        left = set(proposal.claims) - held
        corrected = any(isinstance(c, FixToken | DeclareColumn) for c in proposal.changes)
        asked = left <= _FOR_A_PERSON and bool(left or self.questioned or corrected)
        chosen = self.case.chosen  # a person has answered
        return Verdict(
            proposal_id=proposal.id,
            accepted=(asked and chosen) or not (left or asked),
            undecidable=asked and not chosen,
            checks=tuple(checks),
            affected=() if self.over_good else self._rebuilt(),
            fingerprints={} if self.over_good else mark_apart(prints(answer), apart),
        )

    def _rebuilt(self) -> tuple[str, ...]:
        """What the rerun builds: what was proved, and what reads sources that moved and is not concerned."""
        taken = {*self.affected, *self.case.blocked}
        return (*self.affected, *(uid for uid in self.case.stale if uid not in taken))

    def _built(self, proposal: Proposal) -> Answer:
        """Build by the text that is there: what an edit reaches; the rest stands as the committed text built it."""
        anew = _anew(proposal)
        if not self.broken or self.broken["error"]:
            return self.bench.build(self.affected, self.case.blocked, anew=anew)
        return joined(self.broken, self.bench.build(self.reached, self.case.blocked, anew=anew))

    def _reference(self, found: Mapping[str, Fingerprint], proposal: Proposal) -> tuple[dict[str, Fingerprint], Apart]:
        """What the last good text makes of today's sources, and the columns in which it differs from itself."""
        moved = bool(self.case.grown)
        reference = prints(self._good(proposal)) if moved else self.bench.published(found)
        if not any(difference(reference[uid], found[uid]) for uid in reference.keys() & found.keys()):
            return reference, {}
        return reference, volatile(reference, prints(self._good(proposal)))

    def _good(self, proposal: Proposal) -> Answer:
        """What the last good text makes of today's sources; the sandbox's tables are the candidate's after it."""
        committed = self.texts(proposal, before=True)
        answer = self.bench.by_good_text(self.edits, self.reached, committed=committed)
        self.bench.build(self.reached, self.case.blocked, anew=_anew(proposal))
        return answer

    def _reproduced(self, reference: Mapping[str, Fingerprint], proposal: Proposal) -> Check:
        failed = failing(self.broken)
        waits = "not to be seen before the fault above it is answered"
        words = "; ".join(f"{uid}: {first_words(m)}" for uid, m in failed.items())
        if not words and self.questioned:
            now = prints(self.broken)
            pairs = {uid: difference(reference[uid], now[uid], more=True) for uid in reference.keys() & now.keys()}
            if not any(pairs.values()) and self.bench.continues(self.concerned):
                pairs = self._all_rows(proposal)
            words = "; ".join(f"{self.graph.nodes[uid].name}: {d}" for uid, d in pairs.items() if d)
        return Check(
            name="failure_reproduced",
            passed=bool(words),
            measured=words or (waits if not self.affected else "the committed text builds, and says the same"),
            allowed="the committed text fails in the sandbox, or says something else of the same data",
        )

    def _all_rows(self, proposal: Proposal) -> dict[str, Difference | None]:
        """What the committed text makes of all rows, built from nothing, against the last good text."""
        committed = self.texts(proposal, before=True)
        good = prints(self.bench.by_good_text(self.edits, self.reached, committed=committed, fresh=True))
        self.bench.write(committed)
        now = prints(self.bench.build(self.reached, self.case.blocked, fresh=True))
        self.bench.write(self.texts(proposal))
        self.bench.build(self.reached, self.case.blocked)
        return {uid: difference(good[uid], now[uid], more=True) for uid in good.keys() & now.keys()}

    def _gone(self, answer: Answer, proposal: Proposal) -> Check:
        failed = {uid: m for uid, m in failing(answer).items() if not uid.startswith(("test.", "unit_test."))}
        built = [
            o for o in answer["outcomes"] if o["id"].startswith(("model.", "snapshot.")) and o["status"] == "success"
        ]
        removed = {path for path, text in self.texts(proposal).items() if text is None}
        missing = [
            uid
            for uid in self.concerned
            if self.graph.nodes[uid].path not in removed
            and uid in self.affected
            and uid not in {o["id"] for o in built}
        ]
        left = [
            uid
            for uid in missing
            if self.graph.nodes[uid].kind in ("model", "snapshot") and self.graph.nodes[uid].relation
        ]
        words = "; ".join(f"{uid}: {first_words(m)}" for uid, m in failed.items()) or ", ".join(
            f"{uid} not built" for uid in left
        )
        return Check(
            name="failure_gone",
            passed=not words,
            measured=words or f"{len(built)} models built in the sandbox",
            allowed="dbt parses the project; what failed and everything below the changed text builds",
        )

    def _identical(
        self, reference: Mapping[str, Fingerprint], found: Mapping[str, Fingerprint], apart: Apart, proposal: Proposal
    ) -> Check:
        """Every relation as by the last good text; columns that another committed edit added are left to it."""
        left = self._still_edited(proposal)
        known = published.required(self.project).state.checksums
        words = [
            f"{self.graph.nodes[uid].name}: the last good text does not build on today's sources"
            for uid in sorted(found.keys() - reference.keys())
            if uid in known
        ]
        columns, rows, more = 0, 0, []
        for uid in sorted(reference.keys() & found.keys()):
            name = self.graph.nodes[uid].name
            skipped = apart.get(uid, ())
            if d := difference(reference[uid], found[uid], apart=skipped, more=uid in left):
                words.append(f"{name}: {d}")
            more += [f"{name}.{c}" for c in found[uid].columns.keys() - reference[uid].columns.keys()]
            columns += len(reference[uid].columns.keys() - set(skipped))
            rows += reference[uid].rows
        aside = "".join(
            f"; set apart, they differ from run to run: {self.graph.nodes[u].name}.{', '.join(c)}"
            for u, c in apart.items()
        )
        kept = f"; new columns of other edits stay: {', '.join(more)}" if more else ""
        whose = "the last good" if self.over_good else "today's"
        same = f"{columns} columns of {rows:,} rows, each whole column: same hashes"
        return Check(
            name="results_identical",
            passed=not words,
            measured=("; ".join(words) or same) + aside + kept,
            allowed=f"every rebuilt relation is what the last good text makes of {whose} sources, hash for hash",
        )

    def _still_edited(self, proposal: Proposal) -> set[str]:
        """Nodes that other committed edits, which stay, may give new columns."""
        texts = self.texts(proposal)
        stay = [e for e in self.edits if texts.get(e.path, e.now) != e.good]
        return set(self.graph.downstream(*(uid for e in stay for uid in touched(e, self.graph))))

    def _rows(self, reference: Mapping[str, Fingerprint], found: Mapping[str, Fingerprint]) -> Check:
        lost = [
            f"{self.graph.nodes[uid].name}: {reference[uid].rows:,} -> {found[uid].rows:,} rows"
            for uid in reference.keys() & found.keys()
            if found[uid].rows < reference[uid].rows
        ]
        return Check(
            name="rows_kept",
            passed=not lost,
            measured="; ".join(lost) or f"{len(reference.keys() & found.keys())} relations have at least their rows",
            allowed="no relation loses rows that the last good text gives",
        )

    def _rollback(self, proposal: Proposal) -> Check:
        """Put the committed text back in the sandbox, read it, and put the candidate's in again."""
        before, after = self.texts(proposal, before=True), self.texts(proposal)
        if before == after:
            kept = self.bench.published(proposal.nodes).keys() >= set(proposal.nodes)
            return Check(
                name="rollback_rehearsed",
                passed=kept,
                measured="the published copy holds the table as it was" if kept else "no copy of the table is kept",
                allowed="the table before can be put back",
            )
        self.bench.write(before)
        back = self.bench.worker.ask("read", paths=list(before))
        self.bench.write(after)
        again = self.bench.worker.ask("read", paths=list(after))
        same = back == before and again == after
        return Check(
            name="rollback_rehearsed",
            passed=same,
            measured=f"{len(before)} file(s) put back, byte for byte as committed" if same else "not as before",
            allowed="putting the files back restores the committed text exactly",
        )
