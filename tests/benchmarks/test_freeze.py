"""A short form of the scoreboard of freezing: some of every family, on the real sandbox."""

import json

import freeze
import pytest
from _freeze import SECTIONS, hostile, ordinary
from _freeze.snippets import snippets
from _sections import todo

SAMPLE = ("sql/read_text/from", "statement/copy_out/second", "jinja/run_query/comment", "jinja/flags/set", "config/0",
          "yaml/3", "path/1", "path/44", "git/0", "git/1", "name/2", "value/2")  # fmt: skip


@pytest.mark.parametrize("family", SAMPLE)
def test_a_hostile_text_has_no_effect_with_any_single_layer_off(family):
    (case,) = [c for c in hostile.cases(1) if c.partition("-")[2] == family]
    found = hostile.run(case)
    assert found["ok"], found["detail"]


def test_there_are_as_many_texts_as_the_targets_ask_for():
    assert len({s.text + s.path for s in snippets()}) >= 300
    assert len(set(ordinary.cases(1))) >= 300


def test_ordinary_models_are_let_in():
    found = {case: ordinary.run(case) for case in ordinary.cases(1)[::9]}
    refused = [f"{case}: {r['detail']}" for case, r in found.items() if not r["ok"]]
    assert len(refused) <= 0.02 * len(found), refused


def test_a_run_that_was_stopped_goes_on_and_shards_divide_the_cases(tmp_path):
    out = tmp_path / "rows.jsonl"
    given = freeze.arguments(["--sections", "ordinary", "--shard", "3/120", "--out", str(out)])
    first = freeze.run(given)
    lines = out.read_text().splitlines()

    assert freeze.run(given) == first
    assert out.read_text().splitlines() == lines
    assert [json.loads(line)["case"] for line in lines] == [r["case"] for r in first]
    every = [case for n in range(3) for _, case in todo([ordinary], 1, f"{n}/3")]
    assert sorted(every) == sorted(ordinary.cases(1))


def test_a_section_with_a_failed_case_misses_its_target_unless_some_may_fail():
    assert [s.NAME for s in SECTIONS][:5] == ["kills", "races", "flips", "hostile", "ordinary"]
    rows = [{"section": name, "case": str(n), "ok": n > 0, "detail": "", "seconds": 0.1}
            for name in ("hostile", "ordinary") for n in range(100)]  # fmt: skip
    table = {line["section"]: line["met"] for line in freeze.scored([hostile, ordinary], rows)}
    assert table == {"hostile": False, "ordinary": True}
