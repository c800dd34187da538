"""`adp frozen`: versions of generated code and their proof."""

import typer

from agents import lock, story
from agents.cli.command import Json, ProfilesDir, ProjectDir, Target, command, emit
from agents.project import open_project

frozen = typer.Typer(no_args_is_help=True, help="Frozen assets: versions and their proof.")


@frozen.command("list")
@command
def frozen_list(
    project: ProjectDir = None, profiles_dir: ProfilesDir = None, target: Target = None, as_json: Json = False
) -> int:
    """Frozen assets with version, approver and certificate."""
    found = open_project(project, profiles_dir=profiles_dir, target=target)
    entries = lock.load(found.root).values()
    rows = [
        {"asset": e.asset, "version": e.version, "path": e.path, "approver": e.approver,
         "frozen_at": e.frozen_at.isoformat(timespec="seconds"), "certificate": e.certificate}
        for e in entries
    ]  # fmt: skip
    emit(as_json, {"frozen": rows}, story.table(rows) or "Nothing is frozen yet.")
    return 0
