"""`adp frozen snapshot` and `adp frozen restore`."""

from pathlib import Path
from typing import Annotated

import typer

from agents.cli.command import DryRun, Json, ProfilesDir, ProjectDir, Target, command, emit, opened
from agents.cli.frozen import frozen
from agents.project import open_project
from agents.restore import restore, words
from agents.snapshot import ENDING, folder_of, prune, snapshot


@frozen.command("snapshot")
@command
def frozen_snapshot(
    into: Annotated[Path | None, typer.Option("--into", help=f"A folder, or a file that ends in {ENDING}.")] = None,
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, help="Delete all but the newest N of this project in the folder.")
    ] = None,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Encrypt ledger, audit, lock and certificates into one file; the key is in ADP_SNAPSHOT_KEY or ..._KEY_FILE."""
    with opened(project, profiles_dir, target) as (found, ledger):
        file = snapshot(found, ledger, into.resolve() if into else None)
        # Without a word of it, only the project's own folder is kept small.
        count = keep or (found.settings.snapshots.keep if file.parent == folder_of(found) else None)
        gone = prune(found, count, file.parent) if count else ()
    size = file.stat().st_size
    value = {"file": str(file), "bytes": size, "deleted": [str(old) for old in gone]}
    emit(as_json, value, f"{file}: {size:,} bytes" + (f"; {len(gone)} older deleted" if gone else ""))
    return 0


@frozen.command("restore")
@command
def frozen_restore(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    dry_run: DryRun = False,
    force: Annotated[bool, typer.Option("--force", help="Also where newer decisions are lost.")] = False,
    project: ProjectDir = None,
    profiles_dir: ProfilesDir = None,
    target: Target = None,
    as_json: Json = False,
) -> int:
    """Bring ledger and audit back from a snapshot, lock and certificates to their committed bytes."""
    found = open_project(project, profiles_dir=profiles_dir, target=target)
    done = restore(found, file, dry_run=dry_run, force=force)
    contents = done.contents
    value = {
        "dry_run": dry_run, "made_at": contents.made_at.isoformat(), "commit": contents.commit, "rows": contents.rows,
        "audit_lines": contents.audit_lines, "lost": done.lost, "written": done.written, "different": done.different,
        "kept": str(done.aside) if done.aside and not dry_run else None,
    }  # fmt: skip
    said = [
        f"{'would restore' if dry_run else 'restored'} {sum(contents.rows.values())} rows of the ledger and "
        f"{contents.audit_lines} lines of audit as of {contents.made_at:%Y-%m-%d %H:%M} UTC"
    ]
    said += [f"lost: {words(done.lost)}"] if done.lost else []
    said += [f"as committed again: {name}" for name in done.written]
    said += [f"left alone, though the snapshot has other bytes: {name}" for name in done.different]
    said += [f"the old state is in {done.aside}"] if done.aside and not dry_run else []
    emit(as_json, value, "\n".join(said))
    return 0
