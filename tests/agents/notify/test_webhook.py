"""A webhook over real HTTP: what it is sent, and what happens when it fails, is silent or points elsewhere."""

import pytest

from agents.channels import Webhook
from agents.errors import FinalError, RetryableError
from agents.notify.letter import Letter, Section
from agents.notify.notify import delivered
from agents.notify.webhook import WebhookChannel
from tests.agents.notify.conftest import Hook, hook_server

LETTER = Letter("[adp] shop: a test", (Section("Title", (("Risk", "low"),)),), "Closing.", "abc")


def channel(hook: Hook) -> WebhookChannel:
    return WebhookChannel(Webhook(url=hook.url), seconds=0.5)


def test_a_letter_is_posted_as_slack_reads_it(hook: Hook) -> None:
    channel(hook).send(LETTER, "")

    ((path, body),) = hook.posted
    assert path == "/services/T0/secret"
    assert body["text"].startswith("[adp] shop: a test\n\nTitle\n  Risk  low")
    assert [b["type"] for b in body["blocks"]] == ["header", "divider", "section", "context"]
    assert body["blocks"][2]["text"] == {"type": "plain_text", "text": "Title\nRisk: low", "emoji": False}


def test_a_server_that_fails_is_tried_twice_more_and_then_given_up(hook: Hook) -> None:
    hook.answers = [(500, {}), (503, {})]
    pauses = [0.0, 0.0]
    done = delivered(channel(hook), LETTER, "host", pauses)
    assert (done.outcome, done.attempts, len(hook.posted)) == ("sent", 3, 1)

    hook.answers = [(500, {})] * 9
    done = delivered(channel(hook), LETTER, "host", pauses)
    assert (done.outcome, done.attempts) == ("failed", 1), "the budget of this channel is spent"
    assert "answered 500" in done.detail
    assert "secret" not in done.detail


def test_what_a_server_refuses_for_good_is_not_tried_again(hook: Hook) -> None:
    hook.answers = [(404, {})]

    done = delivered(channel(hook), LETTER, "host", [0.0, 0.0])

    assert (done.outcome, done.attempts, len(hook.methods)) == ("failed", 1, 1)


def test_a_silent_server_runs_into_the_timeout(hook: Hook) -> None:
    hook.silent = 2

    with pytest.raises(RetryableError, match="timed out"):
        channel(hook).send(LETTER, "")


def test_a_redirect_is_followed_on_the_same_server_only_and_stays_a_post(hook: Hook) -> None:
    with hook_server() as other:
        hook.answers = [(307, {"Location": "/moved"})]
        channel(hook).send(LETTER, "")
        assert [path for path, _ in hook.posted] == ["/moved"]

        hook.answers = [(307, {"Location": other.url})]
        with pytest.raises(FinalError, match="redirects to another server"):
            channel(hook).send(LETTER, "")
        hook.answers = [(302, {"Location": "file:///etc/passwd"})]
        with pytest.raises(FinalError, match="redirects to another server"):
            channel(hook).send(LETTER, "")
        hook.answers = [(307, {"Location": "/again"})] * 9
        with pytest.raises(FinalError, match="more than 3 times"):
            channel(hook).send(LETTER, "")

        assert other.methods == []
        assert "GET" not in hook.methods


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/x", "http://user:pass@h/", "http://h/\r\nHost: x", ""])
def test_only_addresses_of_the_web_are_used(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", url)

    with pytest.raises(FinalError, match="HOOK"):
        WebhookChannel(Webhook(url_env="HOOK")).send(LETTER, "")
