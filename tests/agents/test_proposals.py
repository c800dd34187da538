"""Approving: by whom, how many, proved by what; recorded alike whichever way it happens."""

import json
import os
import subprocess

import pytest
from typer.testing import CliRunner

from agents import proposals, signatures
from agents.approvals import Voice, files_sha256, given, missing, record, require_voice, speak
from agents.audit import Audit
from agents.cli.main import app
from agents.contracts import FileChange, MapColumn, Proposal, Risk
from agents.errors import UsageError
from agents.policy import Demand
from agents.settings import Policy, parse
from tests.office import Office, make_keys, policy_text


def _asked(office: Office, *words: str, key: str = "") -> tuple[int, str]:
    env = {signatures.VARIABLE: str(office.keys / key) if key else None}
    done = CliRunner().invoke(app, ["proposals", *words, "--project", str(office.shop.root)], env=env)
    return done.exit_code, done.output


def _waiting(office: Office) -> proposals.Kept:
    with office.shop.opened() as ledger:
        (kept,) = proposals.every(ledger, office.shop.project, "pending")
        return kept


def test_two_signatures_apply_it_and_every_step_is_recorded(office):
    kept = _waiting(office)
    who = kept.proposal.id

    code, said = _asked(office, "approve", who, "--by", "ana")
    assert code == 2
    assert "no key of theirs signed for ana" in said
    assert _asked(office, "approve", who, key="eve")[0] == 2
    code, said = _asked(office, "approve", who, "--by", "bo", key="ana")
    assert (code, "the key that signs is ana's" in said) == (2, True)
    events = [line.event for line in Audit(office.shop.project.state).read().lines]
    assert "approve" not in events

    code, said = _asked(office, "approve", who, key="ana")
    assert code == 3, said
    assert "1 of 2 approvals by ana (ed25519); bo may approve" in said
    shown = json.loads(_asked(office, "show", who, "--json")[1])
    assert (shown["state"], shown["approvals"]) == ("pending", ["ana (ed25519)"])
    assert shown["missing"] == shown["note"] == "1 of 2 approvals by ana (ed25519); bo may approve"
    assert set(shown["explanation"]) == {
        "factors", "alternatives", "impact", "risks", "blast_radius", "confidence"
    }  # fmt: skip
    assert _asked(office, "approve", who, key="ana")[0] == 2

    office.shop.git("config", "gpg.format", "ssh")
    office.shop.git("config", "user.signingkey", str(office.keys / "bo.pub"))
    code, said = _asked(office, "approve", who, "--sign")
    assert code == 0, said

    assert "approver: ana (ed25519), bo (ed25519)" in (office.shop.root / "adp.lock").read_text()
    lines = Audit(office.shop.project.state).read().lines
    told = [(line.facts["by"], line.facts["proof"]) for line in lines if line.event == "approve"]
    assert told == [("ana", "ed25519"), ("bo", "ed25519")]
    assert office.shop.git("branch", "--list", "adp/*") == ""


def test_a_rejection_is_recorded_with_who_said_so(office):
    kept = _waiting(office)

    assert _asked(office, "feedback", kept.proposal.id, "--score", "-0.5", "--note", "too wide")[0] == 0
    assert _asked(office, "feedback", kept.proposal.id, "--score", "-5")[0] == 2
    shown = json.loads(_asked(office, "show", kept.proposal.id, "--json")[1])
    assert shown["explanation"]["confidence"]["scored"] == 0  # of others of its kind

    code, said = _asked(office, "reject", kept.proposal.id, "--reason", "next week", "--by", "zoe")

    assert (code, "zoe (unauthenticated)" in said) == (0, True)
    line = Audit(office.shop.project.state).read().lines[-1]
    assert (line.event, line.facts["proof"], line.facts["reason"]) == ("reject", "unauthenticated", "next week")
    with office.shop.opened() as ledger:
        assert proposals.one(ledger, office.shop.project, kept.proposal.id).state == "rejected"


def test_without_named_approvers_it_is_recorded_as_unauthenticated(office):
    office.shop.write("adp.yml", "policy: {auto: none, freeze_windows: [{from: 2020-01-01, to: 2099-01-01}]}\n")
    office.shop.commit("anybody may")
    who = _waiting(office).proposal.id

    code, said = _asked(office, "approve", who)
    assert code == 2
    assert "freeze window until 2099-01-02" in said
    assert _asked(office, "approve", who, "--by", "ana (ed25519)")[0] == 2

    code, said = _asked(office, "approve", who, "--by", "ana", "--during-freeze")
    assert code == 0, said
    assert "approver: ana (unauthenticated)" in (office.shop.root / "adp.lock").read_text()


PROPOSAL = Proposal(
    id="p1", title="t", diagnoses=(), nodes=(), claims=(), reasons=(), risk=Risk.low,
    changes=(MapColumn(source="s", relation="raw.o", column="a", arrives_as="b"),),
    files=(FileChange(path="models/a.sql", before="a", after="b"),),
)  # fmt: skip


def test_a_signature_counts_for_one_text_on_one_base_by_one_key(shop, tmp_path, monkeypatch):
    office = Office(shop, make_keys(tmp_path / "keys"))
    policy = parse(policy_text(office), "adp.yml").policy
    demands = (Demand(2, ("ana", "bo")),)
    monkeypatch.setenv(signatures.VARIABLE, str(office.keys / "ana"))
    said, signature, who = speak(shop.project, policy, PROPOSAL, "c1", "approve", sign=False)
    assert who == Voice("ana", "ed25519")
    with shop.opened() as ledger:
        record(ledger, shop.project, said, signature, who)
        assert given(ledger, policy, PROPOSAL, "c1") == (who,)
        assert missing(demands, (who,)) == "1 of 2 approvals by ana (ed25519); bo may approve"

        other = PROPOSAL.model_copy(update={"files": (FileChange(path="models/a.sql", before="a", after="c"),)})
        assert given(ledger, policy, other, "c1") == ()
        assert given(ledger, policy, PROPOSAL, "c2") == ()
        # the same text proposed anew, and after somebody's no
        anew = PROPOSAL.model_copy(update={"id": "p2"})
        assert given(ledger, policy, anew, "c1") == (who,)
        # the same row under another name, and a policy in which the key changed hands
        forged = dict(vars(said), by="bo")
        record(ledger, shop.project, type(said)(**forged), signature, Voice("bo", "ed25519"))
        assert given(ledger, policy, PROPOSAL, "c1") == (who,)
        moved = Policy.model_validate({"approvers": {"ana": {"key": office.public("eve")}}})
        assert given(ledger, moved, PROPOSAL, "c1") == ()
        no = speak(shop.project, policy, PROPOSAL, "c1", "reject", sign=False)
        record(ledger, shop.project, *no)
        assert given(ledger, policy, anew, "c1") == ()
    assert files_sha256(PROPOSAL) != files_sha256(other)


def test_an_ssh_signature_for_something_else_is_none(shop, tmp_path):
    office = Office(shop, make_keys(tmp_path / "keys"))
    policy = parse(policy_text(office), "adp.yml").policy
    shop.git("config", "gpg.format", "ssh")
    shop.git("config", "user.signingkey", str(office.keys / "ana"))
    said, signature, who = speak(shop.project, policy, PROPOSAL, "c1", "approve", sign=True)
    assert signature
    assert (signature.scheme, who.proof) == ("ssh", "ed25519")

    raw = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-q", "-n", "git", "-f", str(office.keys / "ana")],
        input=said.said, capture_output=True, check=True, env=os.environ,
    ).stdout.decode()  # fmt: skip
    with shop.opened() as ledger:
        record(ledger, shop.project, said, type(signature)("ssh", signature.key, raw), who)
        assert given(ledger, policy, PROPOSAL, "c1") == ()


def test_a_name_that_policy_does_not_know_may_not_approve(shop):
    policy = Policy.model_validate({"approvers": {"ana": {"email": "ana@example.com"}}})
    demands = (Demand(1, ("ana",)),)
    _, _, who = speak(shop.project, policy, PROPOSAL, "c1", "approve", "ana@example.com", sign=False)
    require_voice(policy, demands, "p1", who)
    assert str(who) == "ana (unauthenticated)"
    with pytest.raises(UsageError, match=r"zoe may not approve this; adp\.yml names ana"):
        require_voice(policy, demands, "p1", Voice("zoe", "unauthenticated"))


def test_keys_of_other_kinds_are_refused_with_the_way_on(shop, tmp_path, monkeypatch):
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(tmp_path / "rsa")], check=True)
    shop.git("config", "gpg.format", "ssh")
    shop.git("config", "user.signingkey", str(tmp_path / "rsa"))
    with pytest.raises(UsageError, match="allowed is ssh-ed25519"):
        speak(shop.project, Policy(), PROPOSAL, "c1", "approve", sign=True)
    monkeypatch.setenv(signatures.VARIABLE, str(tmp_path / "rsa"))
    with pytest.raises(UsageError, match="no ed25519 key"):
        speak(shop.project, Policy(), PROPOSAL, "c1", "approve", sign=False)
