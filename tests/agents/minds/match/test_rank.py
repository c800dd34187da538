"""Who orders a heal's candidates is a setting; who is wanted and not there is left out, and that is told."""

from pathlib import Path

from agents.diagnose.error_text import cause_of
from agents.mind_settings import MindSettings
from agents.minds.asked import asking
from agents.minds.match.rank import ranker
from tests.agents.minds.engines.conftest import Speaker, speaker  # noqa: F401  a fixture

NAMES = ["c7", "c9"]


def test_spelling_alone_knows_no_word(tmp_path: Path) -> None:
    words = ["ship_date", "shop_city", "delivery_town"]
    for who, first in (("rules", "shop_city"), ("weights", "delivery_town")):
        settings = MindSettings.model_validate({"heal": who})
        assert ranker(settings, tmp_path, tmp_path).rank("ship_city", words)[0][0] == first


def test_rules_alone_ask_no_classifier() -> None:
    said = "the upstream service is down for maintenance, please come back later"
    with asking(None, "diagnose", by_rules=True) as asked:
        assert cause_of(said).value == "other"
    assert asked.calls == []


def test_a_models_word_counts_where_names_say_nothing(speaker: Speaker, tmp_path: Path) -> None:  # noqa: F811
    for likely, unlikely in (("B", "A"), ("A", "B")):  # with the names, then without the one that is missing
        told = [{"token": likely, "logprob": -0.1}, {"token": unlikely, "logprob": -5}]
        speaker.say(200, {"choices": [{"logprobs": {"content": [{"top_logprobs": told}]}}]})
    settings = MindSettings(order=("server", "rules"), url=speaker.url, heal="model")
    with asking(None, "propose") as asked:
        ranked = ranker(settings, tmp_path, tmp_path).rank("zx", NAMES)
    assert ranked[0][0] == "c9"
    assert ranked[0][1] > ranked[1][1] + 0.3
    assert [c.engine for c in asked.calls if c.job == "score"] == ["server"]
    assert '"zx"' in speaker.asked[0][2]["messages"][1]["content"]


def test_who_is_not_there_is_left_out_and_told(tmp_path: Path) -> None:
    settings = MindSettings(order=("server", "rules"), heal="model")
    with asking(None, "propose") as asked:
        ranked = ranker(settings, tmp_path, tmp_path).rank("ship_city", ["shop_city", "delivery_town"])
    assert ranked[0][0] == "delivery_town"
    assert any(note.startswith("Candidates were ordered without server: ") for note in asked.notes)
