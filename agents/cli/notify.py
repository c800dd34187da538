"""`adp notify`: who is told what waits for a person."""

from dataclasses import asdict

import typer

from agents.cli.command import Json, ProfilesDir, ProjectDir, Target, command, emit, opened
from agents.errors import UsageError
from agents.notify.notify import Told, notify, trial
from agents.project import Project

notifications = typer.Typer(no_args_is_help=True, help="Messages about what waits for a person.")


@notifications.command("test")
@command
def notify_test(
    project: ProjectDir = None, profiles_dir: ProfilesDir = None, target: Target = None, as_json: Json = False
) -> int:
    """Send a test message over every channel. Exit 1: a channel failed."""
    with opened(project, profiles_dir, target) as (found, _ledger):
        _require_channel(found)
        return _said(trial(found), as_json)


@notifications.command("send")
@command
def notify_send(
    project: ProjectDir = None, profiles_dir: ProfilesDir = None, target: Target = None, as_json: Json = False
) -> int:
    """Tell what waits now and was not told yet, or long enough ago; for cron. Exit 1: a message did not arrive."""
    with opened(project, profiles_dir, target, broken=True) as (found, ledger):
        _require_channel(found)
        return _said(notify(found, ledger), as_json)


def _require_channel(project: Project) -> None:
    if not project.settings.notify.on:
        raise UsageError(
            "No channel is set. Give one in adp.yml, for example "
            "`notify: {email: {host: mail.example.com, from: adp@example.com, to: [data@example.com]}}` "
            "or `notify: {webhook: {url_env: SLACK_WEBHOOK_URL}}`."
        )


def _said(told: tuple[Told, ...], as_json: bool) -> int:
    failed = any(t.outcome == "failed" for t in told)
    text = "\n".join(t.line for t in told) or "Nothing waits that was not told yet."
    emit(as_json, {"failed": failed, "messages": [asdict(t) for t in told]}, text)
    return int(failed)
