"""`adp proposals`: the inbox of decisions."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from agents import proposals, story
from agents.cli.command import Json, ProfilesDir, ProjectDir, Target, command, emit, notified, opened
from agents.cli.until import until
from agents.masking import masked_all
from agents.merged import notice_alone
from agents.notify.announce import announce
from agents.outcomes import feedback

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; by default the key, or git's user.email.")]
Sign = Annotated[bool, typer.Option("--sign", help="Sign with git's ssh key, where ADP_SIGNING_KEY names none.")]

inbox = typer.Typer(no_args_is_help=True, help="The inbox of decisions.")


@inbox.command("list")
@command
def proposals_list(
    state: Annotated[str | None, typer.Option(help="Only this state.")] = None,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Every proposal, oldest first."""
    with opened(project, profiles_dir, target) as (found, ledger):
        notice_alone(found, ledger, again=False)
        kept = proposals.every(ledger, found, state)
        quiet = proposals.snoozed(ledger, found, kept)
        rows = [
            {"id": k.proposal.id, "state": k.state, "risk": k.proposal.risk.value, "title": k.proposal.title}
            for k in kept
        ]
        if as_json or quiet:
            rows = [{**row, "snoozed_until": _shown(quiet.get(row["id"]))} for row in rows]
        emit(as_json, {"proposals": rows}, story.table(rows) or "No proposals.")
        return 0


@inbox.command("show")
@command
def proposals_show(
    proposal_id: Annotated[str, typer.Argument(metavar="ID")],
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Why a proposal was made, what was measured, and its difference."""
    with opened(project, profiles_dir, target) as (found, ledger):
        kept = proposals.one(ledger, found, proposal_id)
        explained = proposals.explanation(ledger, kept)
        voices, left = proposals.approvals(ledger, found, kept)
        value = {"state": kept.state, "note": kept.note, "approvals": [str(v) for v in voices],
                 "missing": left, **kept.proposal.model_dump(mode="json"),
                 "certificate": {"checks": [c.model_dump() for c in kept.verdict.checks]},
                 "explanation": explained.model_dump(mode="json")}  # fmt: skip
        value = masked_all(value, but=("files", "changes", "approvals"))
        emit(as_json, value, story.of_proposal(kept, proposals.diff(found, kept), explained, left))
        return 0


@inbox.command("diff")
@command
def proposals_diff(
    proposal_id: Annotated[str, typer.Argument(metavar="ID")],
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """The difference a proposal makes to the project's files."""
    with opened(project, profiles_dir, target) as (found, ledger):
        kept = proposals.one(ledger, found, proposal_id)
        text = proposals.diff(found, kept)
        emit(as_json, {"diff": text}, text or f"No file changes: {kept.proposal.title}.")
        return 0


@inbox.command("approve")
@command
def proposals_approve(
    proposal_id: Annotated[str, typer.Argument(metavar="ID")],
    by: By = "",
    sign: Sign = False,
    during_freeze: Annotated[bool, typer.Option("--during-freeze", help="Apply it in a freeze window too.")] = False,
    score: Annotated[float | None, typer.Option(help="What you think of it, 0 to 1.")] = None,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Prove it again on today's commit and sources, commit it, rebuild and publish.

    Where the policy wants several approvals it stays pending (exit 3) until the last one.
    """
    with opened(project, profiles_dir, target) as (found, ledger):
        applied, rebuilt = proposals.approve(
            ledger, found, proposal_id, by, sign=sign, during_freeze=during_freeze, score=score
        )
        detail = rebuilt.detail if rebuilt else applied.note
        held = applied.state == "applied" and rebuilt is not None and rebuilt.compared
        state = applied.state if held or applied.state != "applied" else "rolled_back"
        emit(as_json, {"state": state, "commit": applied.commit, "detail": detail}, f"{state}: {detail}")
        notified((*(rebuilt.told if rebuilt else ()), *announce(found, ledger)))
        return 0 if held else 3 if applied.state == "pending" else 4


@inbox.command("reject")
@command
def proposals_reject(
    proposal_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")] = "",
    by: By = "",
    sign: Sign = False,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Close a pending proposal."""
    with opened(project, profiles_dir, target) as (found, ledger):
        who = proposals.reject(ledger, found, proposal_id, reason, by, sign=sign)
        emit(as_json, {"state": "rejected", "by": str(who)}, f"rejected {proposal_id}: {who}")
        return 0


@inbox.command("snooze")
@command
def proposals_snooze(
    proposal_id: Annotated[str, typer.Argument(metavar="ID")],
    when: Annotated[str, typer.Option("--until", help="2026-12-01, 2026-12-01T09:00, 4h, 3d; now wakes it.")],
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Tell nobody of a pending proposal until then; approving and rejecting it stay possible."""
    with opened(project, profiles_dir, target) as (found, ledger):
        end = until(when, datetime.now(UTC))
        proposals.snooze(ledger, found, proposal_id, end)
        words = "wakes now" if when == "now" else f"snoozed until {_shown(end)}"
        emit(as_json, {"until": end.astimezone(UTC).isoformat(timespec="seconds")}, f"{proposal_id} {words}")
        return 0


def _shown(moment: datetime | None) -> str:
    return f"{moment.astimezone():%F %H:%M %Z}" if moment else ""


@inbox.command("feedback")
@command
def proposals_feedback(
    proposal_id: Annotated[str, typer.Argument(metavar="ID")],
    score: Annotated[float, typer.Option(help="-1 harmful, 0 neither, 1 right.")],
    note: Annotated[str, typer.Option(help="Why; kept in the ledger.")] = "",
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Say what you think of a proposal, whatever became of it; it counts for the confidence of its kind."""
    with opened(project, profiles_dir, target) as (found, ledger):
        kept = proposals.one(ledger, found, proposal_id)
        feedback(ledger, found, kept.proposal.id, score, note)
        value = {"id": kept.proposal.id, "score": score}
        emit(as_json, value, f"{kept.proposal.id}: {score:+g}")
        return 0
