"""The inbox's verbs: show, approve, reject. Approving proves again where anything moved since."""

from collections.abc import Sequence
from datetime import UTC, datetime

from agents.approvals import Voice, given, missing, record, require_voice, speak
from agents.contracts import Applied, Judgement, Options, Tried
from agents.errors import UsageError
from agents.explain import Explanation, confidence_of, explain
from agents.inbox import Kept, drop_branch, every
from agents.interrupted import alone
from agents.land import settle
from agents.ledger import Ledger
from agents.memory import track_record
from agents.notify import told
from agents.outcomes import feedback, measured
from agents.policy import facts_of, policy_at, ruling
from agents.project import Project
from agents.rebuild import Rebuilt, rebuild
from agents.repository import Repository
from agents.reprove import prove_again

__all__ = [
    "Kept", "approvals", "approve", "diff", "every", "explanation", "one", "reject", "snooze", "snoozed",
]  # fmt: skip


def one(ledger: Ledger, project: Project, proposal_id: str) -> Kept:
    """The proposal with this id, or the start of one. Raises UsageError where none or several match."""
    found = [k for k in every(ledger, project) if k.proposal.id.startswith(proposal_id)]
    if len(found) != 1:
        known = ", ".join(k.proposal.id for k in every(ledger, project)) or "none"
        raise UsageError(
            f"{len(found)} proposals start with {proposal_id!r}. Known: {known}. See `adp proposals list`."
        )
    return found[0]


def diff(project: Project, kept: Kept) -> str:
    """Unified diff of the model files a proposal changes."""
    import difflib

    lines: list[str] = []
    for file in kept.proposal.files:
        before, after = (file.before or "").splitlines(True), (file.after or "").splitlines(True)
        lines += difflib.unified_diff(before, after, f"a/{file.path}", f"b/{file.path}")
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def explanation(ledger: Ledger, kept: Kept) -> Explanation:
    """Why a proposal is the one, as it was when it was kept; the confidence is today's."""
    record = track_record(ledger, {c.kind for c in kept.proposal.changes}, without=kept.proposal.id)
    told = ledger.explanation(kept.proposal.id)
    if told is None:
        return explain(Tried(proposal=kept.proposal, verdict=kept.verdict), (), record)
    now = confidence_of(kept.proposal, record)
    return Explanation.model_validate(told).model_copy(update={"confidence": now})


def approvals(ledger: Ledger, project: Project, kept: Kept) -> tuple[tuple[Voice, ...], str]:
    """Who approved a proposal so far, and what is missing in words: empty where nothing is, or where it is decided."""
    policy = policy_at(project, Repository(project.repo).head())
    voices = given(ledger, policy, kept.proposal, kept.base)
    asked = ruling(policy, kept.proposal, facts_of(project, kept.proposal, policy), datetime.now(UTC))
    return voices, missing(asked.demands, voices) if kept.state == "pending" else ""


def reject(
    ledger: Ledger, project: Project, proposal_id: str, reason: str, approver: str = "", *, sign: bool = False
) -> Voice:
    """Close a pending proposal and delete its branch; who decided and why is kept."""
    kept = _pending(ledger, project, proposal_id)
    policy = policy_at(project, Repository(project.repo).head())
    statement, signature, who = speak(project, policy, kept.proposal, kept.base, "reject", approver, sign=sign)
    record(ledger, project, statement, signature, who, reason=reason)
    drop_branch(project, kept.proposal.id)
    ledger.keep_proposal({"proposal_id": kept.proposal.id, "state": "rejected", "note": f"{who}: {reason}"})
    return who


def approve(
    ledger: Ledger,
    project: Project,
    proposal_id: str,
    approver: str = "",
    *,
    sign: bool = False,
    during_freeze: bool = False,
    score: float | None = None,
) -> tuple[Applied, Rebuilt | None]:
    """Approve a pending proposal; with the last approval that the policy wants, prove it again, commit and rebuild.

    `approver` is a name; where it is empty, the key that signs says who, or git's `user.email`. It is signed where
    ADP_SIGNING_KEY names a key, or with `sign` by git's ssh key. While approvals are missing it stays pending, and
    the note says how many. `score`, from 0 to 1, is what the person thinks of it. Raises UsageError, with nothing
    changed, where the policy does not let this person approve, and in a freeze window without `during_freeze`.
    """
    if score is not None and not 0 <= score <= 1:
        raise UsageError(f"--score {score:g}: allowed with an approval is 0 to 1.")
    with alone(project):
        kept = _pending(ledger, project, proposal_id)
        policy = policy_at(project, Repository(project.repo).head())
        facts = facts_of(project, kept.proposal, policy)
        asked = ruling(policy, kept.proposal, facts, datetime.now(UTC))
        if asked.frozen and not during_freeze:
            raise UsageError(
                f"{kept.proposal.id}: {asked.frozen}. Approve it afterwards, or now with `--during-freeze`."
            )
        statement, signature, who = speak(project, policy, kept.proposal, kept.base, "approve", approver, sign=sign)
        require_voice(policy, asked.demands, kept.proposal.id, who)
        voices = given(ledger, policy, kept.proposal, kept.base)
        again = who.name in {v.name for v in voices}
        voices = voices if again else (*voices, who)
        left = missing(asked.demands, voices)
        if again and left:
            raise UsageError(f"{kept.proposal.id}: {who.name} approved it already. {left}.")
        judgement = None if left else prove_again(project, kept.proposal)
        record(ledger, project, statement, signature, who, during_freeze=asked.frozen)
        if judgement is None:
            ledger.keep_proposal({"proposal_id": kept.proposal.id, "note": left})
            if score is not None:
                feedback(ledger, project, kept.proposal.id, score)
            return _waiting(kept, left), None
        drop_branch(project, kept.proposal.id)
        applied = settle(project, ledger, judgement, None, ", ".join(map(str, voices)))
        rebuilt = rebuild(project, ledger, (applied,)) if applied.state == "applied" else None
        if rebuilt:
            measured(ledger, (applied,), rebuilt.compared, rebuilt.detail)
        if score is not None:
            feedback(ledger, project, kept.proposal.id, score)
        return applied, rebuilt


def _waiting(kept: Kept, note: str) -> Applied:
    tried = Tried(proposal=kept.proposal, verdict=kept.verdict)
    judgement = Judgement(options=Options(diagnoses=kept.proposal.diagnoses), tried=(tried,))
    return Applied(judgement=judgement, state="pending", note=note, base=kept.base, commit=kept.commit)


def snooze(ledger: Ledger, project: Project, proposal_id: str, until: datetime) -> None:
    """Tell nobody of a pending proposal until then, nor of others for the same faults; a past time ends it."""
    kept = _pending(ledger, project, proposal_id)
    person = Repository(project.repo).line("config", "--default", "somebody", "--get", "user.email")
    told.snooze(ledger, project, _faults(kept), until, f"{person} (unauthenticated)")


def snoozed(ledger: Ledger, project: Project, kept: Sequence[Kept]) -> dict[str, datetime]:
    """Ids of those that nobody is told of now, and until when."""
    quiet = told.snoozed(ledger, project, datetime.now(UTC))
    ends = {k.proposal.id: told.quiet_until(_faults(k), quiet) for k in kept if k.state == "pending"}
    return {proposal: end for proposal, end in ends.items() if end}


def _faults(kept: Kept) -> frozenset[str]:
    return frozenset(d.fingerprint for d in kept.proposal.diagnoses)


def _pending(ledger: Ledger, project: Project, proposal_id: str) -> Kept:
    kept = one(ledger, project, proposal_id)
    if kept.state != "pending":
        same = [k.proposal.id for k in every(ledger, project, "pending") if _faults(k) & _faults(kept)]
        newer = f" Pending for the same fault: {', '.join(same)}." if same else ""
        raise UsageError(f"Proposal {kept.proposal.id} is {kept.state}; only a pending one can be decided.{newer}")
    return kept
