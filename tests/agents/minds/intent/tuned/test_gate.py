"""When a new adapter takes effect, and when it is asked without being named."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

import agents.minds
from agents.minds.engines.engine import Unavailable
from agents.minds.intent.reading import schema_from
from agents.minds.intent.rules import read
from agents.minds.intent.tuned.ask import CARD
from agents.minds.intent.tuned.gate import Gate, activate, version_of
from agents.minds.intent.tuned.trust import adapter_in, best, corrected

SHIPPED = Path(agents.minds.__file__).parent / "weights"


def gate(**given: float | None) -> Gate:
    usual = {"cases": 100, "rules": 0.84, "auto": 0.84, "recognised": 0.97, "after": 0.84, "before": None}
    return Gate.model_validate({**usual, **given})


@pytest.mark.parametrize(
    ("given", "passed", "helps"),
    [
        ({"after": 0.80}, True, False),
        ({"after": 0.80, "auto": 0.86}, True, True),
        ({"after": 0.80, "auto": 0.86, "recognised": 0.94}, True, False),
        ({"after": 0.85, "before": 0.86}, False, False),
        ({"after": 0.86, "before": 0.86}, True, False),
    ],
)
def test_an_adapter_takes_effect_only_where_nothing_falls_and_the_first_by_name_unless_it_helps(
    given: dict[str, float], passed: bool, helps: bool
) -> None:
    assert (gate(**given).passed, gate(**given).helps) == (passed, helps)


@pytest.mark.parametrize(("trusted", "level"), [(True, 0.7), (False, None)])
def test_an_adapter_that_does_not_help_is_asked_only_by_name(
    tmp_path: Path, trusted: bool, level: float | None
) -> None:
    made, into = tmp_path / "made", tmp_path / "into"
    made.mkdir()
    into.mkdir()
    (into / "intent-1.gguf").write_bytes(b"old")
    (made / "intent-2.gguf").write_bytes(b"new")
    card = {"version": 2, "file": "intent-2.gguf", "trust": {"taken_from": 0.7}}
    (made / "intent.json").write_text(json.dumps(card))
    activate(made, into, trusted=trusted)
    assert [f.name for f in into.glob("*.gguf")] == ["intent-2.gguf"]
    assert (version_of(into), adapter_in(into).trust.taken_from) == (2, level)
    assert adapter_in(into).file == into / "intent-2.gguf"


def test_the_shipped_adapter_is_what_its_card_says() -> None:
    file = adapter_in(SHIPPED).file
    card = json.loads((SHIPPED / CARD).read_text())
    assert file is not None
    assert file.name == f"intent-{version_of(SHIPPED)}.gguf"
    assert file.read_bytes()[:4] == b"GGUF"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == card["sha256"]
    assert file.stat().st_size < 10_000_000
    assert 500 < card["examples"] < 1_000
    assert [f.name for f in SHIPPED.glob("intent-*.gguf")] == [file.name]


def test_an_adapter_that_is_missing_is_one_clear_error_and_auto_is_rules(tmp_path: Path) -> None:
    schema = schema_from("orders: {columns: {id: int, amount: decimal}}")
    (tmp_path / CARD).write_text(json.dumps({"version": 1, "file": "intent-1.gguf", "trust": {"taken_from": 0.0}}))
    held, day = adapter_in(tmp_path), date(2025, 11, 20)
    ruled = read("takings", schema, day)
    with pytest.raises(Unavailable, match=r"intent-1\.gguf, which intent\.json beside it names, is missing"):
        corrected("takings", schema, day, ruled, held)
    assert best("takings", schema, day, held) == ruled


def test_a_card_without_a_file_is_no_adapter(tmp_path: Path) -> None:
    (tmp_path / "intent.json").write_text(json.dumps({"version": 0, "file": None, "trust": {}}))
    assert (adapter_in(tmp_path).file, version_of(tmp_path)) == (None, 0)
