"""Commits by plumbing leave the user's index, hooks and edits alone."""

import pytest

from agents.activate import activate
from agents.errors import FinalError, RaceLost
from agents.repository import Repository


@pytest.fixture
def repository(make_shop):
    return Repository(make_shop().root)


def test_a_commit_does_not_move_anything_until_the_ref_is_advanced(repository):
    base = repository.head()

    sha = repository.write_commit(base, {"models/new.sql": "select 1\n"}, "add\n")

    assert repository.head() == base
    assert repository.read(sha, "models/new.sql") == "select 1\n"
    assert repository.line("status", "--short") == ""


def test_after_advancing_the_status_is_clean_and_other_edits_stay(repository):
    base = repository.head()
    (repository.root / "models/models.yml").write_text("# mine\n")
    sha = repository.write_commit(base, {"models/stg_orders.sql": "select 2\n", "models/fct_totals.sql": None}, "x\n")

    repository.advance("refs/heads/main", sha, base)
    activate(repository, sha, ("models/stg_orders.sql", "models/fct_totals.sql"))

    assert repository.line("status", "--short") == "M models/models.yml"
    assert (repository.root / "models/stg_orders.sql").read_text() == "select 2\n"
    assert not (repository.root / "models/fct_totals.sql").exists()


def test_a_branch_that_moved_is_not_overwritten(repository):
    base = repository.head()
    first = repository.write_commit(base, {"a": "1"}, "first\n")
    second = repository.write_commit(base, {"a": "2"}, "second\n")
    repository.advance("refs/heads/main", first, base)

    with pytest.raises(RaceLost, match="somebody committed meanwhile"):
        repository.advance("refs/heads/main", second, base)
    assert repository.head() == first


def test_several_files_are_read_as_each_by_itself(repository):
    texts = {"a b.sql": "select 1\n", "empty": "", "not utf-8": b"caf\xe9\r\n".decode("utf-8", "adp_bytes"),
             "two\nlines": "x", "42 blob 7": "no header\n42 blob 7\n", "é missing": "is here"}  # fmt: skip
    sha = repository.write_commit(repository.head(), texts, "odd names\n")
    paths = [*texts, "models", "gone.sql", "models/stg_orders.sql", "gone missing"]

    found = repository.texts(sha, paths)

    assert found == {p: repository.read(sha, p) for p in paths}
    assert {p: found[p] for p in texts} == texts
    assert repository.blobs([f"{sha}:gone", "no name of git's", sha]) == [None, None, None]


def test_a_file_does_not_take_the_place_of_a_folder(repository):
    with pytest.raises(FinalError, match="models is a folder in"):
        repository.write_commit(repository.head(), {"models": "select 1\n"}, "m\n")


def test_hooks_of_the_user_do_not_run(repository):
    hook = repository.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)

    assert repository.write_commit(repository.head(), {"a": "1"}, "m\n")


def test_the_state_folder_is_excluded_once_without_touching_gitignore(repository):
    before = (repository.root / ".gitignore").read_text()
    repository.exclude_state()
    repository.exclude_state()

    assert (repository.root / ".git/info/exclude").read_text().count("/.adp/") == 1
    assert (repository.root / ".gitignore").read_text() == before
