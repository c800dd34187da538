"""The scoreboard of the minds: errors are really caused, and cases from elsewhere are judged by the same code."""

import json
from random import Random

import minds
import pytest
from _minds import classify, match
from _minds.errors import FAMILIES


@pytest.mark.parametrize("case", ["sqlite/duplicate/0", "files/full/0", "clients/urllib-404/0", "ordinary/port/1"])
def test_a_case_is_caused_and_named_by_every_engine(case):
    row = minds.decided(classify, case)

    assert row["text"]
    assert set(row["engines"]) == {"rules", "classifier", "auto"}
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
