"""Who is asked, how often, at what cost; against a real server that fails in every way that servers do."""

import time
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from agents.ledger import Ledger
from agents.mind_settings import MindSettings
from agents.minds.engines.ask import Minds, Step
from agents.minds.engines.prompt import Prompt
from agents.minds.engines.schema import name_of

from .conftest import Speaker


class Choice(BaseModel):
    """A column and how sure."""

    column: str = name_of("column")
    sure: Literal["yes", "no"]


NAMES = {"column": ["amount", "tax"]}
PROMPT = Prompt("Which column is meant?", (("request", "the tax"),))
GOOD = '{"column": "tax", "sure": "yes"}'


def _step(speaker: Speaker, tmp_path: Path, **changed: Any) -> Step:
    settings = MindSettings(order=("server", "rules"), url=speaker.url, **changed)
    return Minds(settings, tmp_path, tmp_path / "state").step("match")


def test_a_busy_server_is_asked_again_and_its_cost_is_counted(speaker: Speaker, tmp_path: Path) -> None:
    speaker.say(503)
    speaker.say(429, Retry_After="0")
    speaker.write(GOOD)
    step = _step(speaker, tmp_path)
    reply = step.fill(Choice, PROMPT, NAMES)
    assert (reply.value, reply.engine) == (Choice(column="tax", sure="yes"), "server")
    (call,) = step.calls
    assert (call.attempts, call.tokens_read, call.tokens_written, call.outcome) == (3, 40, 10, "answered")
    assert call.ms > 0


def test_a_server_that_stays_silent_is_passed_over_with_the_reason_and_then_rests(
    speaker: Speaker, tmp_path: Path
) -> None:
    speaker.say(502)
    step = _step(speaker, tmp_path, attempts=2)
    reply = step.fill(Choice, PROMPT, NAMES)
    assert reply.value is None
    assert reply.said == (f"server: 127.0.0.1:{speaker.port} answered 502", "rules: has no model")
    assert [c.outcome for c in step.calls] == ["failed"]
    assert len(speaker.asked) == 2
    again = step.fill(Choice, PROMPT, NAMES)
    assert "is asked again in" in again.said[0]
    assert len(speaker.asked) == 2


def test_nobody_listens(tmp_path: Path) -> None:
    settings = MindSettings(order=("server",), url="http://127.0.0.1:9/v1", attempts=2)
    reply = Minds(settings, tmp_path).step("match").fill(Choice, PROMPT, NAMES)
    assert reply.value is None
    assert "Connection refused" in reply.said[0]


def test_no_wait_is_longer_than_the_time_that_is_left(speaker: Speaker, tmp_path: Path) -> None:
    speaker.say(429, Retry_After="600")
    began = time.monotonic()
    reply = _step(speaker, tmp_path, seconds=2).fill(Choice, PROMPT, NAMES)
    assert reply.value is None
    assert time.monotonic() - began < 2
    assert len(speaker.asked) == 1


def test_a_step_whose_tokens_are_spent_asks_no_more(speaker: Speaker, tmp_path: Path) -> None:
    speaker.write(GOOD)
    step = _step(speaker, tmp_path, tokens=60, cache_mb=0)
    assert step.fill(Choice, PROMPT, NAMES).value
    assert step.fill(Choice, PROMPT, NAMES).value
    spent = step.fill(Choice, PROMPT, NAMES)
    assert spent.said[0] == "server: the step's 60 tokens are spent; see `minds.tokens` in adp.yml"
    assert len(speaker.asked) == 2


def test_the_same_question_is_answered_from_disk_also_in_the_next_process(speaker: Speaker, tmp_path: Path) -> None:
    speaker.write(GOOD)
    assert _step(speaker, tmp_path).fill(Choice, PROMPT, NAMES).value
    step = _step(speaker, tmp_path)
    assert step.fill(Choice, PROMPT, NAMES).value == Choice(column="tax", sure="yes")
    assert [(c.outcome, c.tokens_read) for c in step.calls] == [("cached", 0)]
    assert step.fill(Choice, PROMPT, {"column": ["tax"]}).value
    assert len(speaker.asked) == 2


def test_what_is_kept_of_a_question_cannot_be_read(speaker: Speaker, tmp_path: Path) -> None:
    speaker.write(GOOD)
    _step(speaker, tmp_path).fill(Choice, Prompt("Which?", (("request", "ada@example.com"),)), NAMES)
    assert b"ada@example" not in (tmp_path / "state" / "minds.db").read_bytes()


@pytest.mark.parametrize("answer", ['{"column": "salary", "sure": "yes"}', "Sure! The column is tax.", "", "[]"])
def test_a_server_that_ignores_the_schema_gets_nothing_in(speaker: Speaker, tmp_path: Path, answer: str) -> None:
    speaker.write(answer)
    step = _step(speaker, tmp_path)
    assert step.fill(Choice, PROMPT, NAMES).value is None
    assert [c.outcome for c in step.calls] == ["refused"]
    assert step.fill(Choice, PROMPT, NAMES).value is None
    assert len(speaker.asked) == 2, "what was refused is not kept"


def test_a_server_that_knows_only_the_older_way_is_asked_in_that(speaker: Speaker, tmp_path: Path) -> None:
    speaker.say(422)
    speaker.write(GOOD)
    step = _step(speaker, tmp_path, cache_mb=0)
    assert step.fill(Choice, PROMPT, NAMES).value
    assert step.fill(Choice, PROMPT, NAMES).value
    kinds = [body["response_format"]["type"] for _, _, body in speaker.asked]
    assert kinds == ["json_schema", "json_object", "json_object"]


def test_candidates_are_scored_by_the_letters_that_a_server_finds_probable(speaker: Speaker, tmp_path: Path) -> None:
    told = [{"token": " B", "logprob": -0.1}, {"token": "A", "logprob": -2.4}, {"token": "The", "logprob": -9}]
    speaker.say(200, {"choices": [{"logprobs": {"content": [{"top_logprobs": told}]}}]})
    scored = _step(speaker, tmp_path).score(PROMPT, ["amount", "tax"]).value
    assert scored
    assert max(scored, key=lambda name: scored[name]) == "tax"
    assert sum(scored.values()) == pytest.approx(1)
    sent = speaker.asked[0][2]["messages"][1]["content"]
    assert sent.endswith('choices: ["A = amount", "B = tax"]')


def test_vectors_come_in_the_order_of_the_texts_with_length_one(speaker: Speaker, tmp_path: Path) -> None:
    speaker.say(200, {"data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 4]}]})
    assert _step(speaker, tmp_path).embed(["a", "b"]).value == [[0.6, 0.8], [0.0, 1.0]]


def test_a_key_is_sent_and_never_said(speaker: Speaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADP_MINDS_KEY", "sk-very-secret")
    speaker.say(401, {"error": "wrong key sk-very-secret"})
    step = _step(speaker, tmp_path)
    reply = step.fill(Choice, PROMPT, NAMES)
    assert speaker.asked[0][1]["Authorization"] == "Bearer sk-very-secret"
    assert "secret" not in repr((reply, step.calls))
    plain = MindSettings(order=("server",), url="http://models.example.com/v1")
    assert "over https only" in Minds(plain, tmp_path).step("match").fill(Choice, PROMPT, NAMES).said[0]


def test_a_redirect_takes_neither_key_nor_question_elsewhere(speaker: Speaker, tmp_path: Path) -> None:
    speaker.say(307, Location=f"http://localhost:{speaker.port}/elsewhere")
    assert _step(speaker, tmp_path).fill(Choice, PROMPT, NAMES).value is None
    assert len(speaker.asked) == 1


def test_every_call_is_a_row_of_the_ledger(speaker: Speaker, tmp_path: Path) -> None:
    speaker.write(GOOD)
    settings = MindSettings(order=("server",), url=speaker.url)
    with closing(Ledger.at(tmp_path)) as ledger:
        minds = Minds(settings, tmp_path, keep=lambda call: ledger.keep_mind_call(call.model_dump()))
        minds.step("intent").fill(Choice, PROMPT, NAMES)
        minds.step("match").fill(Choice, PROMPT, NAMES)
        (row,) = ledger.mind_calls("intent")
        assert len(ledger.mind_calls()) == 2
    assert (row["engine"], row["tokens_read"], row["outcome"]) == ("server", 40, "answered")
    assert "the tax" not in repr(row)


def test_rules_alone_say_that_there_is_no_model(tmp_path: Path) -> None:
    step = Minds(MindSettings(order=("rules",)), tmp_path).step("match")
    for reply in (step.fill(Choice, PROMPT, NAMES), step.score(PROMPT, ["a", "b"]), step.embed(["a"])):
        assert (reply.value, reply.said) == (None, ("rules: has no model",))
    assert step.calls == []
