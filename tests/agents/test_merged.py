"""A branch that somebody merged by hand is noticed, proved again, and recorded like any other approval."""

import pytest

from agents import proposals
from agents.audit import Audit
from agents.contracts import FileChange, MapColumn, Proposal, Risk, Verdict
from agents.frozen.history import history
from agents.inbox import Kept
from agents.merged import merge_of, notice_merged
from agents.repository import Repository
from agents.rollback import rollback
from tests.office import Office


def _kept(office: Office) -> proposals.Kept:
    with office.shop.opened() as ledger:
        (kept,) = (k for k in proposals.every(ledger, office.shop.project) if k.commit)
        return kept


def _merges(office: Office) -> list[tuple[str, str, str]]:
    lines = Audit(office.shop.project.state).read().lines
    return [(x.facts["by"], x.facts["proof"], x.facts["state"]) for x in lines if x.event == "merge"]


@pytest.mark.parametrize(
    ("way", "text"),
    [
        (["merge", "-q", "--no-ff", "-m", "m", "adp/p1"], "proposed"),
        (["merge", "-q", "--ff-only", "adp/p1"], "proposed"),
        (["cherry-pick", "adp/p1"], "proposed"),
        (["merge", "-q", "--squash", "adp/p1"], "proposed"),
        (["merge", "-q", "--no-ff", "-m", "m", "-s", "ours", "adp/p1"], "before"),
        (["status"], None),
    ],
    ids=lambda way: way[1] if isinstance(way, list) and len(way) > 1 else None,
)
def test_each_way_of_merging_is_found_with_its_commit(shop, way, text):
    base, repository = shop.git("rev-parse", "HEAD").strip(), Repository(shop.root)
    file = FileChange(path="models/stg_orders.sql", before=repository.read(base, "models/stg_orders.sql"), after="x\n")
    sha = repository.write_commit(base, {file.path: file.after}, "p1")
    repository.create("refs/heads/adp/p1", sha)
    change = MapColumn(source="s", relation="raw.o", column="a", arrives_as="b")
    proposal = Proposal(
        id="p1", title="t", diagnoses=(), nodes=(), claims=(), reasons=(), risk=Risk.low, changes=(change,),
        files=(file,),
    )  # fmt: skip
    kept = Kept(proposal, Verdict(proposal_id="p1", accepted=True, checks=()), "pending", base, sha, "")
    shop.write("unrelated.md", "before\n")
    if "--ff-only" not in way:
        shop.commit("before")
    shop.git(*way)
    if "--squash" in way:
        shop.git("commit", "-qm", "squashed")
    merged = shop.git("rev-parse", "HEAD").strip()
    shop.write("unrelated.md", "after\n")
    shop.commit("after")

    found = merge_of(repository, kept)

    assert (found.commit, found.text) == (merged, text) if found else text is None
    if found and text == "proposed":
        shop.write(file.path, "y\n")
        shop.commit("edit")
        again = merge_of(repository, kept)
        assert again is None if "--squash" in way or "cherry-pick" in way else again.text == "other"


def test_a_signed_merge_is_proved_recorded_and_built(office):
    waiting = _kept(office)
    before = office.shop.sql("select * from fct_totals order by all")
    office.shop.write("notes.md", "moved on\n")
    office.shop.commit("moved on")
    signed = ["-c", "gpg.format=ssh", "-c", f"user.signingkey={office.keys / 'ana'}"]
    office.shop.git(*signed, "merge", "-q", "--no-ff", "-S", "-m", "looks right", f"adp/{waiting.proposal.id}")
    sha = office.shop.git("rev-parse", "HEAD").strip()

    healed = office.shop.heal()

    assert healed.report.status == "healed", healed
    kept = _kept(office)
    assert (kept.state, kept.commit) == ("applied", sha)
    assert f"merged by ana (ed25519) as {sha[:12]}; the policy asks for more: 1 of 2 approvals" in kept.note
    assert _merges(office) == [("ana", "ed25519", "applied")]
    assert office.shop.git("branch", "--list", "adp/*") == ""
    assert office.shop.sql("select * from fct_totals order by all") == before
    with office.shop.opened() as ledger:
        outcome = ledger.decision_of(kept.proposal.id)["outcome"]
    assert outcome["measured"]["held"]
    assert office.shop.heal().report.status == "healthy"

    assert office.shop.git("tag", "--points-at", sha).split() == ["adp/stg_orders/1.0.1"]
    assert [v.version for v in history(office.shop.project, "stg_orders")] == ["1.0.1", "1.0.0"]
    with office.shop.opened() as ledger:
        back = rollback(office.shop.project, ledger, "stg_orders", by="ana", why="I do not trust it")
    assert (back.moves, back.data) == ({"stg_orders": ("1.0.1", "1.0.0")}, "restored")
    assert _kept(office).state == "rolled_back"


def test_a_merge_whose_proof_no_longer_holds_is_questioned_and_not_undone(office):
    waiting = _kept(office)
    office.shop.git("merge", "-q", "--squash", f"adp/{waiting.proposal.id}")
    office.shop.git("commit", "-qm", "taken")
    head = office.shop.git("rev-parse", "HEAD")
    office.shop.sql("update raw.orders set orderTotal = 1000 + order_id * 3")

    with office.shop.opened() as ledger:
        assert notice_merged(office.shop.project, ledger) == ()

    kept = _kept(office)
    assert kept.state == "pending"
    assert kept.note.startswith("merged, and questioned: merged by person@example.com (unauthenticated)")
    assert "column_agrees" in kept.note
    assert office.shop.git("rev-parse", "HEAD") == head
    assert [state for _, _, state in _merges(office)] == ["questioned"]


@pytest.mark.thorough
def test_a_text_that_was_copied_by_hand_gets_its_lock_and_certificate(office):
    waiting = _kept(office)
    for file in waiting.proposal.files:
        office.shop.write(file.path, file.after)
    office.shop.commit("copied")

    with office.shop.opened() as ledger:
        (applied,) = notice_merged(office.shop.project, ledger, again=False)

    assert applied.state == "applied"
    assert "approver: person@example.com (unauthenticated)" in (office.shop.root / "adp.lock").read_text()
    assert office.shop.git("status", "--short") == ""
    assert office.shop.heal().report.status == "healed"
