"""The matcher with a real embedding beside names and types."""

import pytest

from agents.minds.match.match import match
from agents.minds.match.meaning import embedding, installed

pytestmark = [pytest.mark.minds, pytest.mark.skipif(not installed(), reason="not installed: `make minds` adds it")]


def test_a_meaning_that_no_list_knows_counts() -> None:
    """Neither word is in the glossary."""
    candidates = ["tugboat_count", "zeppelin_code", "barge_fee"]
    names, meanings = (match("airship_ref", candidates, embed=e).ranking for e in (None, embedding()))

    assert meanings[0].name == "zeppelin_code"
    assert meanings[0].score > max(r.score for r in names if r.name == "zeppelin_code")
