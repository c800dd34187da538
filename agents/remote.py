"""Branches of proposals on the remote that the policy names; nothing else is pushed, and a refusal is no failure."""

import os
import re
import subprocess

from agents.project import Project

SECONDS = 60
"""How long a remote may take to answer."""
REFS = "refs/heads/adp/"


def push(project: Project, remote: str, proposal_id: str) -> str:
    """Push the branch of a proposal; returns git's words where the remote refused it, and nothing where it is there.

    Never forced: what a reviewer added to the branch stays.
    """
    ref = _ref(proposal_id)
    return _tried(project, "push", "--quiet", "--no-follow-tags", "--recurse-submodules=no", remote, f"{ref}:{ref}")


def delete(project: Project, remote: str, proposal_id: str) -> str:
    """Delete the branch of a proposal on the remote if it was pushed; returns git's words where that was refused."""
    ref = _ref(proposal_id)
    tracked = f"refs/remotes/{remote}/adp/{proposal_id}"
    known = subprocess.run(
        ["git", "-C", str(project.repo), "rev-parse", "--verify", "--quiet", tracked], capture_output=True, check=False
    )
    if known.returncode:
        return ""
    words = _tried(project, "push", "--quiet", "--no-follow-tags", "--recurse-submodules=no", remote, f":{ref}")
    return "" if "remote ref does not exist" in words else words


def _ref(proposal_id: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", proposal_id):
        raise ValueError(f"{proposal_id!r} is no id of a proposal")
    return REFS + proposal_id


def _tried(project: Project, *command: str) -> str:
    """Git's words where it failed. Without a terminal nobody is asked for a password, and it does not wait for ever."""
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(project.repo), *command],
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS, env=env,
            start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no answer in {SECONDS} s"
    lines = [line.strip() for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
    return "; ".join(dict.fromkeys(lines))[:500] or "git push failed" if done.returncode else ""
