"""The scoreboard of the minds: errors are really caused, and cases from elsewhere are judged by the same code."""

import json
from random import Random

import minds
import pytest
from _minds import classify, engines, match
from _minds.errors import FAMILIES
from _minds_intent import section as intent


@pytest.fixture(autouse=True)
def _few_texts_to_embed(monkeypatch, tmp_path):
    """Where an embedding is installed."""
    monkeypatch.setattr("_minds.nearest.EXAMPLES", 20)
    monkeypatch.setattr("_minds.nearest.SHELF", tmp_path)


@pytest.mark.parametrize("case", ["sqlite/duplicate/0", "files/full/0", "clients/urllib-404/0", "ordinary/port/1"])
def test_a_case_is_caused_and_named_by_every_engine(case):
    row = minds.decided(classify, case)

    assert row["text"]
    assert set(row["engines"]) >= {"rules", "classifier", "auto"}
    assert row["engines"]["auto"]["right"]


def test_names_in_a_case_differ_from_seed_to_seed():
    _, cause_it = FAMILIES["sqlite"]()["unknown-table"]

    assert cause_it(Random("a")) != cause_it(Random("b"))


@pytest.mark.thorough
def test_there_are_three_hundred_cases_and_most_causes_that_a_text_can_name():
    kinds = [one for family in FAMILIES.values() for one in family().values()]

    assert len(kinds) >= 300
    assert len({cause for causes, _ in kinds for cause in causes}) >= 25


def test_cases_from_a_file_are_scored_by_the_same_code(tmp_path):
    file = tmp_path / "cases.jsonl"
    lines = [{"text": "HTTP Error 503: Service Unavailable", "cause": "server_error"}, {"text": "x", "cause": "lock"}]
    file.write_text("\n".join(json.dumps(line) for line in lines))

    rows = minds.from_file(classify, file)
    table = {line["measure"]: line for line in minds.scored([classify], rows)}

    assert [r["engines"]["auto"]["right"] for r in rows] == [True, False]
    assert table["auto: right"]["measured"].startswith("50.0%")
    assert table["auto: right"]["met"] is False


def test_of_the_sealed_halves_nobody_sees_which_cases_failed(tmp_path, monkeypatch, capsys):
    some = [next(c for c in match.cases(1) if c.startswith("sealed/")), "open/retail_orders/amount"]
    monkeypatch.setattr(match, "cases", lambda _: some)
    options = ["--sections", "match", "--out", str(tmp_path / "rows.jsonl"), "--json", "--mistakes"]
    monkeypatch.setattr("sys.argv", ["minds.py", *options])
    minds.main()
    said = capsys.readouterr()
    hidden = some[0].rpartition("/")[2]

    assert [c.get("case") for c in json.loads(said.out)["cases"]] == [some[1], None]
    assert hidden not in said.out + said.err
    assert "match open/retail_orders/amount words: " in said.err


def test_a_sample_of_every_section_is_scored_and_goes_on_where_it_was_stopped(tmp_path, monkeypatch, capsys):
    some = {"classify": ["sqlite/duplicate/0", "ordinary/port/1"], "match": match.cases(1)[:3],
            "intent": intent.cases(1)[:3], "engines": ["engine/server", "job/classify/rules", "job/all"]}  # fmt: skip
    for section in minds.SECTIONS:
        monkeypatch.setattr(section, "cases", lambda _, name=section.NAME: some[name])
    monkeypatch.setattr(engines, "JOBS", ("classify/rules", "match/names", "intent/rules"))
    monkeypatch.delenv("ADP_MINDS_URL", raising=False)
    out = tmp_path / "rows.jsonl"
    for _ in range(2):
        monkeypatch.setattr("sys.argv", ["minds.py", "--json", "--out", str(out)])
        minds.main()
        rows = json.loads(capsys.readouterr().out)["rows"]
        assert len(out.read_text().splitlines()) == 11

    named = {f"{r['section']} {r['measure']}": r for r in rows}
    assert named["classify auto: right"]["met"] is True
    assert named["match types: right among decided"]["target"] == "at least 95%"
    assert named["intent rules: wholly right"]["n"] == 3
    assert "ADP_MINDS_URL" in named["engines server: not here"]["measured"]
    memory = named[next(k for k in named if k.startswith("engines all jobs in one process"))]
    assert memory["n"] == 3
    assert memory["met"] is True
    assert not [r for r in rows if r["measure"].startswith("not judged") and not r["met"]]
