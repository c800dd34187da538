"""A project's own weights: frozen and in effect only where the benchmark did not fall, checked, and taken back."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents import lock
from agents.cli.main import app
from agents.contracts import Cause
from agents.errors import UsageError
from agents.freeze.freeze import next_version
from agents.learn import Trained, learn
from agents.ledger import Ledger
from agents.minds.asked import asking
from agents.minds.classifier import WEIGHTS
from agents.minds.classify import classify
from agents.minds.in_effect import in_effect, path_of
from agents.minds.match.decide import version
from agents.minds.training.examples import Example
from agents.minds.training.gate import version_of
from agents.project import open_project
from tests.shop import Shop

SAID = "the tide table of the harbour office has no entry for pier nine"
"""What a person wrote down as `payload`; nothing else knows it."""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "cases.jsonl").write_text(json.dumps({"text": SAID, "cause": "payload"}))
    return Shop.at(tmp_path / "shop")


def train(shop: Shop, seed: int = 0, told: str = SAID, **more: Any) -> Trained:
    """Train the classifier on a small part of what there is, and on what a person wrote down."""
    project = open_project(shop.root)
    examples = [Example(told, Cause.payload, "a person's")] * 12
    with closing(Ledger.at(project.state)) as ledger:
        return learn(project, ledger, "classify", seed=seed, examples=examples, share=0.003,
                     cases=shop.root.parent / "cases.jsonl", **more)  # fmt: skip


def adp(shop: Shop, *arguments: str) -> Any:
    return CliRunner().invoke(app, [*arguments, "--project", str(shop.root)])


def test_new_weights_are_frozen_checked_asked_and_taken_back_and_their_number_is_not_given_twice(shop: Shop) -> None:
    first = train(shop, by="Ana")
    file, head = shop.root / path_of("classify"), shop.git("rev-parse", "HEAD")

    assert (first.state, first.version, first.commit) == ("active", "1.0.1", head)
    assert first.benchmark is not None
    assert (first.benchmark["before"], first.benchmark["after"]) == (0, 1)
    assert lock.load(shop.root)["minds/classify"].approver == "Ana"
    assert shop.git("tag").split() == ["adp/minds/classify/1.0.1"]
    assert train(shop, by="Ana").state == "unchanged"
    with asking(shop.root, "by hand") as asked:
        assert classify(SAID).cause is Cause.payload
    assert [call.model for call in asked.calls] == ["classify 1.0.1"]
    assert adp(shop, "frozen", "verify").exit_code == 0

    proved = file.read_text()
    file.write_text(proved.replace('"temperature": ', '"temperature": 1'))
    told = adp(shop, "minds", "classify", SAID, "--json")
    assert json.loads(told.stdout)["weights"] == f"classify {version_of(WEIGHTS)}"
    assert "adp.lock says" in told.stderr
    assert adp(shop, "frozen", "verify").exit_code == 4
    file.write_text(proved)

    back = adp(shop, "frozen", "rollback", "minds/classify", "--json")
    assert back.exit_code == 0, back.output
    assert json.loads(back.stdout)["rolled_back"] == [{"asset": "minds/classify", "from": "1.0.1", "to": "1.0.0"}]
    assert not file.exists()
    assert in_effect(shop.root, "classify").version == "shipped"
    assert next_version(open_project(shop.root), "minds/classify", None, "patch") == "1.0.2"


def test_weights_that_are_worse_on_cases_kept_apart_change_nothing(shop: Shop) -> None:
    before = shop.git("rev-parse", "HEAD")
    (shop.root.parent / "cases.jsonl").write_text(json.dumps({"text": "Service Unavailable", "cause": "server_error"}))

    done = train(shop, told="Service Unavailable", by="Mallory")

    assert (done.state, done.version, done.passed) == ("rejected", "shipped", False)
    assert "the benchmark fell" in done.why
    assert shop.git("rev-parse", "HEAD") == before
    assert not (shop.root / path_of("classify")).exists()
    project = open_project(shop.root)
    with closing(Ledger.at(project.state)) as ledger:
        (row,) = ledger.decisions("train")
    assert (row["approved"], row["outcome"]["state"]) == (False, "rejected")


def test_where_the_policy_names_approvers_the_new_version_waits_on_a_branch_for_one_of_them(shop: Shop) -> None:
    shop.write("adp.yml", "policy: {approvers: {ana: {email: ana@example.com}}}\n")

    waits = train(shop, by="Bo")
    assert (waits.state, waits.branch) == ("pending", "adp/minds-classify-1.0.1")
    assert "ana" in waits.why
    assert in_effect(shop.root, "classify").version == "shipped"
    shop.git("merge", "-q", "--ff-only", "adp/minds-classify-1.0.1")

    assert in_effect(shop.root, "classify").version == "1.0.1"


def test_a_file_that_no_lock_knows_and_a_job_that_cannot_be_trained_are_told(shop: Shop) -> None:
    (shop.root / "adp_minds").mkdir()
    (shop.root / path_of("match")).write_text("{}")

    told = adp(shop, "minds", "match", "--missing", "amount", "--candidates", "total,tax", "--json")
    wrong = adp(shop, "minds", "train", "--job", "oracle")

    assert json.loads(told.stdout)["weights"] == version()
    assert "not in adp.lock" in told.stderr
    assert (wrong.exit_code, "allowed are classify, match and intent" in wrong.stderr) == (2, True)
    project = open_project(shop.root)
    with closing(Ledger.at(project.state)) as ledger, pytest.raises(UsageError, match="Allowed are classify, match"):
        learn(project, ledger, "oracle")
