"""The demo's own clone: the user's work tree and branch are only read."""

import os
import shutil
import subprocess
from pathlib import Path

from agents.errors import UsageError
from agents.repository import Repository

REPOSITORY = Path(__file__).resolve().parents[2]


def clone(into: Path | None = None) -> Path:
    """A fresh clone of this repository's last commit; returns its root.

    Default place: `.adp/demo`. What an earlier demo left there is removed. Raises UsageError where the
    code does not sit in a git repository.
    """
    if not (REPOSITORY / ".git").exists():
        raise UsageError(
            f"{REPOSITORY} is no git clone, so the demo has nothing to clone. Use `git clone` and `make demo`."
        )
    repository = Repository(REPOSITORY)
    repository.head()
    repository.exclude_state()
    target = into or REPOSITORY / ".adp" / "demo"
    if target.exists():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["git", "clone", "--quiet", "--no-hardlinks", str(REPOSITORY), str(target)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
    )
    if done.returncode:
        raise UsageError(f"git clone of {REPOSITORY} into {target} failed: {done.stderr.strip()}")
    subprocess.run(["git", "-C", str(target), "checkout", "-q", "-B", "demo"], check=True)
    return target
