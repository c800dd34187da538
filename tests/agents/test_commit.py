"""A commit that is cut short is there or is not, and one that is raced is packed again."""

import subprocess

import pytest

from agents import failpoints
from agents.audit import Audit
from agents.commit import MARKER, commit, recovered
from agents.errors import RaceLost

PATH = "models/stg_orders.sql"


@pytest.fixture
def cut_short(shop, monkeypatch):
    """A function that commits, and has an I/O error at a point."""

    def at(point):
        failpoints._passed.clear()
        monkeypatch.setenv(failpoints.VARIABLE, f"{point}=io")
        with pytest.raises(OSError, match=point):
            _commit(shop)
        monkeypatch.delenv(failpoints.VARIABLE)
        return shop

    return at


def _commit(shop, base="", **given):
    text = "select 1 as c\n"
    return commit(shop.project, {PATH: text}, "change\n\n", base or shop.git("rev-parse", "HEAD").strip(), "s", **given)


@pytest.mark.parametrize("point", ["activate.index_locked", "land.before_ref"])
def test_locks_that_a_killed_git_command_left_are_taken_away_by_recovery(cut_short, point):
    shop = cut_short(point)
    (shop.root / ".git/refs/heads/main.lock").touch()
    (shop.root / ".git/HEAD.lock").touch()
    (shop.root / ".git/index.adp.new.lock").touch()

    assert "was not made" in recovered(shop.project)

    assert _commit(shop).applied
    assert shop.git("status", "--porcelain") == ""


def test_no_git_commit_begins_between_the_ref_and_the_index(cut_short, shop, monkeypatch):
    """It would stand on the new commit and hold the old text: the change would be undone in silence."""
    from agents import commit as module

    said = []

    def person(repository, index, sha, paths):
        done = subprocess.run(["git", "-C", str(shop.root), "commit", "--allow-empty", "-qm", "mine"],
                              capture_output=True, text=True, check=False)  # fmt: skip
        said.append(done.stderr)
        return follow(repository, index, sha, paths)

    follow = module.follow
    monkeypatch.setattr(module, "follow", person)
    landed = _commit(shop)

    assert "index.lock" in said[0]
    assert shop.git("rev-parse", "HEAD").strip() == landed.commit


def test_a_branch_that_had_moved_holds_the_change_or_is_told_to_who_packs_again(shop):
    base = shop.git("rev-parse", "HEAD").strip()
    shop.git("commit", "-q", "--allow-empty", "-m", "mine")

    with pytest.raises(RaceLost, match="somebody committed meanwhile"):
        _commit(shop, base, onto_tip=True)
    assert not (shop.project.state / MARKER).exists()

    held = _commit(shop, base)
    assert (held.applied, held.note) == (False, "branch main moved since the proposal was proved")


def test_the_first_line_of_a_log_may_be_cut_short(cut_short):
    shop = cut_short("audit.half_written")
    assert Audit(shop.project.state).read().problems == ()
    assert _commit(shop).applied
    assert Audit(shop.project.state).read().problems == ()
