"""Branches of proposals on a remote: pushed where the policy says so, deleted when decided, and a refusal waits."""

import subprocess

import pytest

from agents import proposals
from agents.project import Project
from agents.remote import delete, push


def _bare(shop, folder, hook: str = "") -> None:
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    shop.git("remote", "add", "origin", str(folder))
    if hook:
        file = folder / "hooks" / "pre-receive"
        file.write_text(f"#!/bin/sh\n{hook}\n")
        file.chmod(0o755)


def _there(folder) -> list[str]:
    command = ["git", "-C", str(folder), "for-each-ref", "--format=%(refname)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def _waiting(shop, project: Project) -> proposals.Kept:
    with shop.opened() as ledger:
        return next(k for k in proposals.every(ledger, project, "pending") if k.commit)


@pytest.mark.thorough
def test_a_branch_is_pushed_and_deleted_when_decided_and_nothing_else_is(shop, tmp_path):
    _bare(shop, tmp_path / "origin.git")
    shop.git("config", "push.followTags", "true")
    shop.git("tag", "-a", "v1", "-m", "v1")
    shop.write("adp.yml", "policy: {auto: none, remote: origin}\n")
    shop.commit("policy")
    shop.deliver_orders(amount="orderTotal")

    assert shop.heal().report.status == "pending"

    kept = _waiting(shop, shop.project)
    assert kept.note == f"risk low, applied by itself up to none; adp/{kept.proposal.id} is on origin"
    assert _there(tmp_path / "origin.git") == [f"refs/heads/adp/{kept.proposal.id}"]
    with shop.opened() as ledger:
        proposals.reject(ledger, shop.project, kept.proposal.id, "no")
    assert _there(tmp_path / "origin.git") == []


def test_a_remote_that_declines_leaves_the_proposal_waiting_with_its_words(shop, tmp_path):
    _bare(shop, tmp_path / "origin.git", "echo 'branches are closed today' >&2; exit 1")
    shop.write("adp.yml", "policy: {auto: none, remote: origin}\n")
    shop.commit("policy")
    shop.deliver_orders(amount="orderTotal")

    healed = shop.heal()

    assert healed.report.status == "pending"
    kept = _waiting(shop, shop.project)
    assert "origin refused adp/" in kept.note
    assert "branches are closed today" in kept.note
    assert healed.applied[0].note == kept.note
    assert shop.git("branch", "--list", "adp/*").strip() == f"adp/{kept.proposal.id}"


def test_a_remote_that_is_not_there_is_said_in_gits_words(shop, tmp_path):
    shop.git("branch", "adp/p1")
    assert "'origin' does not appear to be a git repository" in push(shop.project, "origin", "p1")
    shop.git("remote", "add", "origin", str(tmp_path / "gone.git"))
    assert "gone.git" in push(shop.project, "origin", "p1")
    assert delete(shop.project, "origin", "p1") == ""


def test_what_a_reviewer_pushed_to_the_branch_is_not_overwritten(shop, tmp_path):
    _bare(shop, tmp_path / "origin.git")
    shop.git("branch", "adp/p1")
    assert push(shop.project, "origin", "p1") == ""
    shop.write("notes.md", "a reviewer's\n")
    shop.commit("review")
    shop.git("push", "-q", "origin", "HEAD:refs/heads/adp/p1")
    shop.git("checkout", "-q", "--orphan", "other")
    shop.commit("another")
    shop.git("branch", "-f", "adp/p1")

    assert "rejected" in push(shop.project, "origin", "p1")
