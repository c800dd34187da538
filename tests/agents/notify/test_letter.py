"""What a message says, and what hostile text in it cannot do."""

from datetime import UTC, datetime

import pytest

from agents.contracts import Cause, Check, Diagnosis, Evidence, Proposal, Risk, Tried, Verdict
from agents.notify.email import message
from agents.notify.letter import letter
from agents.notify.waiting import Waiting, alike
from agents.notify.webhook import payload

HOSTILE = [
    "amount\r\nBcc: all@example.com\r\n\r\n<h1>Owned</h1>",
    "<!channel> <!here> <@U123> <https://evil.example|Approve here>",
    "@channel @here @all [Approve](https://evil.example) ![x](http://evil.example/x.png)",
    "www.evil.example javascript:alert(1) mailto:eve@evil.example",
    "a\u202etxt.exe\u200b\x00\x1b[31m\u2028b\ud800\uee80",
    "```\n*bold* <script>alert(1)</script> &amp; &lt;!channel&gt;",
]


def waiting(
    text: str = "amount", cause: Cause = Cause.column_renamed, source: str = "source.shop.raw.orders"
) -> Waiting:
    seen = Evidence(kind="source_drift", node=source, message=text, seen_at=datetime(2026, 1, 1, tzinfo=UTC))
    diagnosis = Diagnosis(
        cause=cause, subject=f"raw.orders.{text}", confidence=0.9, evidence=(seen,), explanation=text, unique_id=source
    )
    proposal = Proposal(
        id="0a1b2c3d", title=f"Read {text}", diagnoses=(diagnosis,), changes=(), files=(), nodes=("model.shop.stg",),
        claims=(), reasons=(text,), risk=Risk.medium, risk_reasons=(text,), impact=text,
    )  # fmt: skip
    check = Check(name="column_agrees", passed=False, measured=text, allowed=text)
    verdict = Verdict(proposal_id=proposal.id, accepted=False, checks=(check,))
    return Waiting("pending", (diagnosis,), text, (Tried(proposal=proposal, verdict=verdict),))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_header_markup_mention_or_link(text: str) -> None:
    said = letter(text, "", [waiting(text)])

    mail = message(said, "adp@example.com", "ada@example.com")
    raw = mail.as_bytes()
    assert set(mail.keys()) == {
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version",
    }  # fmt: skip
    assert b"\nBcc:" not in raw
    assert mail.get_content_type() == "text/plain"
    assert not any(hidden in said.text for hidden in "\u202e\u200b\x00\x1b\u2028\r")
    assert "://" not in said.text
    assert "www." not in said.text

    body = payload(said)
    texts = [
        body["text"],
        *(b["text"]["text"] for b in body["blocks"] if "text" in b),
        body["blocks"][-1]["elements"][0]["text"],
    ]
    for shown in texts:
        assert "<" not in shown
        assert ">" not in shown
        assert "](" not in shown
        assert "@" not in shown.replace("@\u200b", "")
        assert all(part.startswith(("amp;", "lt;", "gt;")) for part in shown.split("&")[1:])
    assert {b["text"]["type"] for b in body["blocks"] if "text" in b} == {"plain_text"}


def test_a_letter_masks_what_points_at_a_person() -> None:
    text = "nick: 'Lovelace' and could not convert 'Ada Evans' for last_name; ada@example.com"

    said = letter("shop", "", [waiting(text)], {"nick"}).text

    assert not any(word in said for word in ("Lovelace", "Ada", "Evans", "ada@"))
    assert "last_name" in said


def test_a_letter_says_risk_reason_proof_reach_and_how_to_decide() -> None:
    said = letter("shop", " --project dbt", [waiting()]).text

    for words in (
        "medium: amount",
        "0 of 1 claims hold; not: column_agrees",
        "Reaches        amount",
        "column_renamed of raw.orders.amount (confidence 90%)",
        "adp proposals approve 0a1b2c3d --project dbt",
    ):
        assert words in said


def test_faults_of_one_cause_or_one_place_go_together_and_others_apart() -> None:
    renamed = [waiting(source=f"source.shop.raw.{n}") for n in ("orders", "customers")]
    elsewhere = waiting(cause=Cause.duplicate_keys, source="source.shop.raw.stock")
    same_place = waiting(cause=Cause.null_keys, source="source.shop.raw.customers")

    groups = alike([renamed[0], elsewhere, renamed[1], same_place])

    assert groups == ((elsewhere,), (renamed[0], renamed[1], same_place))


def test_a_long_message_is_cut_and_says_so() -> None:
    said = letter("shop", "", [waiting(f"column_{i} {'x' * 5000}") for i in range(30)])

    assert len(said.subject) <= 150
    assert "And 10 more of the same cause" in said.closing
    body = payload(said)
    assert len(body["blocks"]) <= 50
    assert all(len(b["text"]["text"]) <= 3000 for b in body["blocks"] if "text" in b)
