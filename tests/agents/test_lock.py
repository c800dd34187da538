"""The lock knows each file by its own entry."""

from datetime import UTC, datetime

from agents import lock
from agents.contracts import FileChange, Proposal, RestoreText, Risk, Tried, Verdict
from agents.freeze.freeze import freeze


def _tried(*paths):
    files = tuple(FileChange(path=p, before="a\n", after="b\n") for p in paths)
    proposal = Proposal(
        id="p1", title="t", diagnoses=(), changes=(RestoreText(path=paths[0], commit="c"),), files=files, nodes=(),
        claims=(), reasons=(), risk=Risk.low,
    )  # fmt: skip
    return Tried(proposal=proposal, verdict=Verdict(proposal_id="p1", accepted=True, checks=()))


def test_two_files_of_one_name_are_two_assets(shop):
    head = shop.git("rev-parse", "HEAD").strip()
    tried = _tried("models/orders/_models.yml", "models/stocks/_models.yml")

    package = freeze(shop.project, tried, head, "ann", datetime.now(UTC))

    entries = lock.parse(package.files["adp.lock"])
    assert {name: e.path for name, e in entries.items()} == {
        "_models": "models/orders/_models.yml",
        "models/stocks/_models": "models/stocks/_models.yml",
    }


def test_a_file_that_was_edited_since_is_not_the_frozen_one(shop):
    shop.write("models/fct_totals.sql", "b\n")
    package = freeze(shop.project, _tried("models/fct_totals.sql"), shop.git("rev-parse", "HEAD").strip(), "ann",
                     datetime.now(UTC))  # fmt: skip
    (entry,) = package.frozen

    assert lock.holds(shop.project.root, entry)
    shop.write("models/fct_totals.sql", "b \n")
    assert not lock.holds(shop.project.root, entry)
