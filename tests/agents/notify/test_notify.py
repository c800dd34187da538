"""What is told to whom, and when: from a real heal, over real servers."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from agents.ledger_tables import notifications
from agents.notify.notify import Told, notify
from tests.agents.notify.conftest import Hook, Mailbox, mail_server
from tests.agents.test_cli import asked
from tests.conftest import Shop

Configure = Callable[[str], None]


def told(shop: Shop, now: datetime | None = None) -> tuple[Told, ...]:
    with shop.opened() as ledger:
        return notify(shop.project, ledger, now, pauses=())


def pending(shop: Shop) -> dict[str, str]:
    """Table -> id of the proposal that waits for it."""
    with shop.opened() as ledger:
        rows = ledger.proposals("", "pending")
    return {r["proposal"]["title"].split()[1]: r["proposal_id"] for r in rows}


def test_faults_of_one_cause_are_one_message_told_once_and_reminded_of(
    waiting_shop: Shop, settings_of: Configure, hook: Hook
) -> None:
    settings_of(f"{{webhook: {{url: '{hook.url}'}}, remind_hours: 24}}")

    now = datetime.now(UTC)
    (first,) = told(waiting_shop, now)
    assert (first.outcome, first.items, first.recipient) == ("sent", 2, f"127.0.0.1:{hook.port}")
    assert told(waiting_shop, now + timedelta(hours=23)) == ()
    (again,) = told(waiting_shop, now + timedelta(hours=25))

    assert "2 faults of one cause wait: raw.orders.amount" in hook.posted[0][1]["text"]
    assert again.detail.startswith("[adp] shop: reminder: 2 faults")
    with waiting_shop.opened() as ledger, ledger.engine.connect() as db:
        rows = db.execute(sa.select(notifications)).mappings().all()
    assert [(r["outcome"], r["times"]) for r in rows] == [("sent", 2)] * 2
    assert "secret" not in str(rows), "the path of a webhook is the key to it"


def test_each_owner_is_written_to_and_the_settings_address_where_there_is_none(
    waiting_shop: Shop, settings_of: Configure, box: Mailbox
) -> None:
    with mail_server(box) as port:
        settings_of(
            f"{{email: {{host: 127.0.0.1, port: {port}, security: none, from: adp@example.com, to: [x@example.com]}}}}"
        )
        done = told(waiting_shop)
        assert {(t.recipient, t.outcome) for t in done} == {
            ("orders@example.com", "sent"),
            ("people@example.com", "sent"),
        }
        found = {to[0]: mail for to, mail in box.taken}
        assert "raw.orders amount -> orderTotal" in found["orders@example.com"].get_content()
        assert "city -> town" in found["people@example.com"]["Subject"], "the nearest exposure's owner"

        waiting_shop.write("models/models.yml", "version: 2\n")
        waiting_shop.write("models/exposures.yml", "version: 2\n")
        (rest,) = told(waiting_shop)
        assert (rest.recipient, rest.items) == ("x@example.com", 2)


def test_what_is_snoozed_is_silent_until_then_and_shown_in_the_list(
    waiting_shop: Shop, settings_of: Configure, hook: Hook
) -> None:
    settings_of(f"{{webhook: {{url: '{hook.url}'}}}}")
    where = ["--project", str(waiting_shop.root)]
    ids = pending(waiting_shop)

    done = asked("proposals", "snooze", ids["raw.orders"], "--until", "3d", *where)
    assert done.exit_code == 0, done.stderr
    assert "snoozed until" in done.stdout
    listed = json.loads(asked("proposals", "list", "--json", *where).stdout)["proposals"]
    assert {r["id"] for r in listed if r["snoozed_until"]} == {ids["raw.orders"]}
    for words in ("tomorrow", "2020-01-01", "2026-13-01"):
        wrong = asked("proposals", "snooze", ids["raw.orders"], "--until", words, *where)
        assert (wrong.exit_code, words in wrong.stderr) == (2, True)

    (only,) = told(waiting_shop)
    assert only.items == 1
    assert "orderTotal" not in hook.posted[0][1]["text"]
    (later,) = told(waiting_shop, datetime.now(UTC) + timedelta(days=3, minutes=1))
    assert later.items == 2

    assert asked("proposals", "snooze", ids["raw.customers"], "--until", "4h", *where).exit_code == 0
    assert asked("proposals", "snooze", ids["raw.customers"], "--until", "now", *where).exit_code == 0
    assert "snoozed" not in asked("proposals", "show", ids["raw.customers"], *where).stdout


def test_quiet_hours_hold_what_is_not_of_high_risk(waiting_shop: Shop, settings_of: Configure, hook: Hook) -> None:
    settings_of(f"{{webhook: {{url: '{hook.url}'}}, quiet_hours: {{from: '22:00', to: '07:00', zone: Europe/Oslo}}}}")
    night, morning = (datetime(2027, 1, 15, hour, 30, tzinfo=UTC) for hour in (21, 6))

    (held,) = told(waiting_shop, night)
    assert (held.outcome, hook.posted) == ("held", [])
    with waiting_shop.opened() as ledger:
        row = next(r for r in ledger.proposals("", "pending") if "orderTotal" in r["proposal"]["title"])
        ledger.keep_proposal({"proposal_id": row["proposal_id"], "proposal": {**row["proposal"], "risk": "high"}})
    loud = [t for t in told(waiting_shop, night) if t.outcome == "sent"]
    assert [t.items for t in loud] == [1]
    assert [t.items for t in told(waiting_shop, morning + timedelta(hours=1))] == [1]


def test_two_processes_tell_once(waiting_shop: Shop, settings_of: Configure, hook: Hook) -> None:
    settings_of(f"{{webhook: {{url: '{hook.url}'}}}}")
    project = waiting_shop.project
    assert project.graph.nodes  # parsed once: dbt does not like threads
    start = threading.Barrier(4)

    def run() -> None:
        with waiting_shop.opened() as ledger:
            start.wait()
            for _ in range(3):
                notify(project, ledger, pauses=())

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(body["text"].count("Approve") for _, body in hook.posted) == 2


@pytest.mark.thorough
def test_a_heal_whose_mail_server_is_down_ends_as_without_one_and_says_so(
    waiting_shop: Shop, settings_of: Configure, hook: Hook
) -> None:
    mail = "email: {host: 127.0.0.1, port: 9, security: none, from: adp@example.com, to: [x@example.com]}"
    settings_of(f"{{{mail}, webhook: {{url: '{hook.url}'}}}}")
    waiting_shop.sql("alter table raw.orders drop column tax")

    healed = waiting_shop.heal()

    assert healed.report.status == "refused", healed.applied
    assert any("email to " in line and "failed: mail server 127.0.0.1:9" in line for line in healed.told)
    assert any(line.startswith("webhook") and "sent" in line for line in healed.told)
    assert "Refused: column_renamed of raw.orders.amount, column_renamed of raw.orders.tax" in hook.posted[0][1]["text"]
    before = len(hook.posted)
    again = told(waiting_shop)
    assert len(hook.posted) == before, "told already"
    assert {(t.channel, t.outcome) for t in again} == {("email", "failed")}, "what failed is due again"


@pytest.mark.thorough
def test_an_approval_that_is_refused_is_told_to_whom_it_concerns(
    waiting_shop: Shop, settings_of: Configure, hook: Hook
) -> None:
    waiting_shop.sql("update raw.orders set orderTotal = 1000 + order_id * 3")
    settings_of(f"{{webhook: {{url: '{hook.url}'}}}}")

    done = asked("proposals", "approve", pending(waiting_shop)["raw.orders"], "--project", str(waiting_shop.root))

    assert done.exit_code == 4, done.stdout
    assert "notified webhook to" in done.stderr
    assert any("Refused: " in body["text"] for _, body in hook.posted)


def test_the_command_line_says_what_each_channel_did(waiting_shop: Shop, settings_of: Configure, hook: Hook) -> None:
    where = ["--project", str(waiting_shop.root), "--json"]
    off = asked("notify", "test", *where)
    assert (off.exit_code, "notify:" in off.stderr) == (2, True)

    settings_of(f"{{webhook: {{url: '{hook.url}'}}}}")
    good = asked("notify", "test", *where)
    assert (good.exit_code, json.loads(good.stdout)["messages"][0]["outcome"]) == (0, "sent")
    assert json.loads(asked("notify", "send", *where).stdout)["messages"][0]["items"] == 2
    assert json.loads(asked("notify", "send", *where).stdout) == {"failed": False, "messages": []}

    hook.answers = [(404, {})]
    bad = asked("notify", "test", *where)
    assert (bad.exit_code, json.loads(bad.stdout)["failed"]) == (1, True)

    settings_of("{webhook: {url: 'ftp://nowhere'}}")
    wrong = asked("notify", "send", *where)
    assert (wrong.exit_code, "notify.webhook.url = 'ftp://nowhere'" in wrong.stderr) == (2, True)
