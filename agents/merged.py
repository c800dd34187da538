"""Proposals that somebody merged by hand: noticed, proved again, built, and recorded like any other approval.

What a person merged is never undone here: where the proof no longer holds, the proposal is questioned.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from agents import kept_rows, lock, published
from agents.approvals import UNAUTHENTICATED, Voice, given, merged_by, missing, record
from agents.build import dbt_build
from agents.commit import commit
from agents.contracts import Applied, Judgement, Options, Tried
from agents.errors import AdpError, FinalError, RetryableError
from agents.freeze.freeze import freeze, tag_of
from agents.inbox import Kept, drop_branch, every, keep
from agents.interrupted import alone
from agents.ledger import Ledger
from agents.outcomes import measured
from agents.policy import facts_of, policy_at, ruling
from agents.project import Project
from agents.rebuild import compare, continue_from_good
from agents.repository import Repository
from agents.reprove import prove_again
from agents.text import as_bytes

QUESTIONED = "merged, and questioned"
ANOTHER_TEXT = " with another text than was proved, which is judged like any person's edit"
SEARCHED = 1000
"""Commits since a proposal's base in which its merge is looked for."""


@dataclass(frozen=True)
class Merge:
    """Where the text of a proposal came into the branch."""

    commit: str
    parent: str
    text: Literal["proposed", "before", "other"]
    """What the files hold now."""


def notice_merged(project: Project, ledger: Ledger, *, again: bool = True) -> tuple[Applied, ...]:
    """Prove and record what was merged by hand since; returns those whose proof holds.

    Merged is a proposal whose branch is part of the branch that is checked out, or whose files all hold what it
    proposed (squashed, cherry-picked). `again`: also prove again what was questioned before.
    """
    found: list[Applied] = []
    for kept in every(ledger, project, "pending"):
        if kept.note.startswith(QUESTIONED) and not again:
            continue
        if merge := merge_of(Repository(project.repo), kept):
            found += _settled(project, ledger, kept, merge)
    return tuple(found)


def notice_alone(project: Project, ledger: Ledger, *, again: bool = True) -> tuple[Applied, ...]:
    """`notice_merged` in the turn of a heal, which is waited for only where there is something to notice."""
    repository = Repository(project.repo)
    if not any(merge_of(repository, kept) for kept in every(ledger, project, "pending")):
        return ()
    with alone(project):
        return notice_merged(project, ledger, again=again)


def merge_of(repository: Repository, kept: Kept) -> Merge | None:
    """How a pending proposal came into the branch; None where it did not."""
    head, files, ours = repository.head(), kept.proposal.files, kept.commit or ""
    if not repository.knows(kept.base):
        return None
    joined = repository.knows(ours) and repository.contains(head, ours)
    proposed = bool(files) and _holds(repository, head, kept, "after")
    if not joined and not proposed:
        return None
    listed = repository.line("rev-list", "--first-parent", f"-n{SEARCHED}", head, f"^{kept.base}", "--").split()
    text: Literal["proposed", "before", "other"] = "proposed" if proposed else "other"
    text = "before" if not proposed and _holds(repository, head, kept, "before") else text
    came = (
        c for c in reversed(listed)
        if (_holds(repository, c, kept, "after") if proposed else repository.contains(c, ours))
    )  # fmt: skip
    sha = next(came, head)
    parent = repository.line("rev-list", "-n1", "--parents", sha, "--").split()[1:2]
    return Merge(sha, parent[0] if parent else sha, text)


def _settled(project: Project, ledger: Ledger, kept: Kept, merge: Merge) -> tuple[Applied, ...]:
    proposal = kept.proposal
    policy = policy_at(project, merge.parent)
    statement, who = merged_by(project, policy, proposal, kept.base, merge.commit)
    came = f"merged by {who} as {merge.commit[:12]}"
    if merge.text != "proposed":
        state = "rejected" if merge.text == "before" else "superseded"
        note = (
            f"{came}, and taken back since" if merge.text == "before" else f"{came} with another text than was proved"
        )
        record(ledger, project, statement, None, who, commit=merge.commit, state=state)
        ledger.keep_proposal({"proposal_id": proposal.id, "state": state, "note": note})
        drop_branch(project, proposal.id)
        return ()
    try:
        with _before(project, kept, merge) as elsewhere:
            judgement = prove_again(elsewhere, proposal)
        why = "" if judgement.accepted else _failed(judgement)
    except RetryableError:
        return ()
    except AdpError as error:
        judgement, why = Judgement(options=Options(diagnoses=proposal.diagnoses)), str(error)
    if why:
        note = f"{QUESTIONED}: {came}, and not proved again: {why} It stays until a person decides."
        if note != kept.note:
            record(ledger, project, statement, None, who, commit=merge.commit, state="questioned", why=why)
            ledger.keep_proposal({"proposal_id": proposal.id, "note": note})
        return ()
    demands = ruling(policy, proposal, facts_of(project, proposal, policy), datetime.now(UTC)).demands
    voices = {v.name: v for v in (*given(ledger, policy, proposal, kept.base), who)}
    left = missing(demands, [v for v in voices.values() if v.proof != UNAUTHENTICATED or not policy.keyed])
    record(ledger, project, statement, None, who, commit=merge.commit, state="applied", missing=left)
    note = f"{came}; the policy asks for more: {left}" if left else came
    if not Repository(project.repo).contains(published.required(project).state.commit, merge.commit):
        published.keep(project)
    sha = _locked(project, judgement, merge, who)
    outcome = Applied(judgement=judgement, state="applied", note=note, base=merge.parent, commit=sha)
    keep(ledger, project, outcome)
    drop_branch(project, proposal.id)
    return (outcome,)


def _failed(judgement: Judgement) -> str:
    failed = [f"{c.name}: {c.measured}." for t in judgement.tried[:1] for c in t.verdict.failed[:1]]
    return "".join(failed) or f"{judgement.options.refusal or 'no candidate stands'}."


def _locked(project: Project, judgement: Judgement, merge: Merge, who: Voice) -> str:
    """The commit that applied it, with the tags of its versions.

    Where only its text was taken, lock and certificate follow in a commit of our own.
    """
    best = judgement.accepted
    assert best is not None
    repository = Repository(project.repo)
    head = repository.head()
    entries = lock.at(project, head).values()
    known = {(project.in_repo(e.path), e.sha256) for e in entries}
    brought = {(f.path, lock.digest(as_bytes(f.after))) for f in best.proposal.files if f.after is not None}
    if brought <= known:
        for entry in lock.at(project, merge.commit).values():
            if (project.in_repo(entry.path), entry.sha256) in brought:
                repository.tag(tag_of(project, entry.asset, entry.version), merge.commit)
        return merge.commit
    package = freeze(project, best, head, str(who), datetime.now(UTC))
    texts = {f.path for f in best.proposal.files}
    files = {path: text for path, text in package.files.items() if path not in texts}
    drop_branch(project, best.proposal.id)
    landed = commit(project, files, package.message, head, best.proposal.id, frozen=package.frozen)
    return landed.commit if landed.applied else merge.commit


@contextmanager
def _before(project: Project, kept: Kept, merge: Merge) -> Iterator[Project]:
    """The project in a clone, as it is now but without what was merged; warehouse and good state are shared."""
    repository = Repository(project.repo)
    paths = {f.path for f in kept.proposal.files} | {project.in_repo(lock.LOCK_FILE)}
    without = {p: repository.read(merge.parent, p) for p in paths}
    sha = repository.write_commit(repository.head(), without, "before the merge")
    project.state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project.state, prefix="merged-") as scratch:
        folder = Path(scratch).resolve() / "repository"
        repository.git("clone", "--quiet", "--shared", "--no-checkout", "--", str(project.repo), str(folder))
        Repository(folder).git("-c", "core.hooksPath=/dev/null", "checkout", "--quiet", "--detach", sha)
        elsewhere = replace(project, root=folder / project.prefix, repo=folder)
        # Hard links, because the sandbox of a project sees no other folder than its own.
        good, shelf = published.required(project).file.parent, elsewhere.state / "published"
        shutil.copytree(good, shelf / good.name, copy_function=os.link)
        (shelf / "current").symlink_to(good.name)
        kept_rows.share(project, elsewhere)
        packages = project.root / "dbt_packages"
        if packages.is_dir() and not (elsewhere.root / "dbt_packages").exists():
            (elsewhere.root / "dbt_packages").symlink_to(packages)
        yield elsewhere


def build_merged(project: Project, ledger: Ledger) -> None:
    """Build what applied proposals affect that no rerun has answered, and write down what came of it."""
    good = published.current(project)
    since = applied_commits(ledger, project)
    if good is None or not since:
        return
    for kept in every(ledger, project, "applied"):
        decision = ledger.decision_of(kept.proposal.id)
        told = (decision or {}).get("outcome") or {}
        if kept.commit not in since or "measured" in told or not _is_new(project, good.state.commit, kept.commit):
            continue
        tried = Tried(proposal=kept.proposal, verdict=kept.verdict)
        applied = Applied(judgement=Judgement(options=Options(diagnoses=kept.proposal.diagnoses), tried=(tried,)),
                          state="applied", note=kept.note, base=kept.base, commit=kept.commit)  # fmt: skip
        why = _built(replace(project), applied)
        words = why or f"{len(kept.verdict.fingerprints)} relations hold exactly what the sandbox proved"
        measured(ledger, (applied,), not why, words)
        if why:
            ledger.keep_proposal(
                {"proposal_id": kept.proposal.id, "note": f"{kept.note}; built, and not as proved: {why}"}
            )


def _built(project: Project, applied: Applied) -> str:
    """What differs from the proof after building; empty where nothing does."""
    best = applied.judgement.accepted
    assert best is not None
    try:
        graph = project.graph
    except FinalError as error:
        return str(error)
    continue_from_good(project, graph, (applied,))
    names = [graph.nodes[uid].name for uid in best.verdict.affected if uid in graph.nodes]
    outcome = dbt_build(project, names)
    if not outcome.succeeded:
        return outcome.error or "; ".join(f"{f.unique_id}: {f.message}" for f in outcome.failures)
    return compare(project, graph, best.verdict.fingerprints)


def applied_commits(ledger: Ledger, project: Project) -> frozenset[str]:
    """Commits with which people merged proposals."""
    merges = {str((d["outcome"] or {}).get("commit")) for d in ledger.decisions("merge")}
    ours = {k.commit for k in every(ledger, project, "applied") if k.note.startswith("merged by")}
    return frozenset(c for c in merges | ours if c)


def _is_new(project: Project, good: str, sha: str | None) -> bool:
    repository = Repository(project.repo)
    return bool(sha) and not repository.contains(good, sha or "")


def _holds(repository: Repository, sha: str, kept: Kept, which: Literal["before", "after"]) -> bool:
    return all(repository.read(sha, f.path) == getattr(f, which) for f in kept.proposal.files)
