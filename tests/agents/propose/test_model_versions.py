"""A property file gets the versions of a model; everything else in it stays byte for byte."""

import pytest
import yaml

from agents.errors import FinalError
from agents.propose.model_versions import Numbers, Shape, with_pinned_tests, with_versions

FIRST, SECOND = Numbers(1, 2), Numbers(2, 3, "2")
SHAPE = Shape("orders", "table", "Version 1.0.1.")
THEN = """\
models:
  - name: orders
    description: "one row: one order"
    config: {contract: {enforced: true}, tags: [daily]}
    columns:
      - {name: id, data_type: bigint, data_tests: [unique]}
      - {name: tax, data_type: double, data_tests: [not_null]}
  - name: other   # stays
"""
NOW = """\
models:
  - name: orders   # the shop's
    config: {tags: [daily]}
    columns:
      - name: id
        data_tests: [unique]  # the key

  # of finance
  - name: other   # stays
"""


def _orders(text):
    return yaml.safe_load(text)["models"][0]


def test_the_old_version_has_its_own_columns_tests_and_contract() -> None:
    text = with_versions(NOW, THEN, "orders", FIRST, SHAPE)
    assert text.startswith(NOW.partition("\n\n")[0])
    assert text.endswith("\n\n  # of finance\n  - name: other   # stays\n")
    old, newest = _orders(text)["versions"]
    assert old["config"] == {"contract": {"enforced": True}}
    assert old["columns"] == [{"include": []}, *_orders(THEN)["columns"]]
    assert old["description"] == "one row: one order Version 1.0.1."
    assert newest == {"v": 2, "defined_in": "orders", "config": {"alias": "orders"}}
    assert _orders(text)["latest_version"] == 2


def test_the_next_break_adds_a_version_and_keeps_those_before() -> None:
    first = with_versions(NOW, THEN, "orders", FIRST, SHAPE)
    edited = first.replace("name: id\n        data_tests: [unique]  #", "name: key\n        data_tests: [unique]  #")
    second = with_versions(edited, first, "orders", SECOND, SHAPE)
    one, two, three = _orders(second)["versions"]
    assert one == _orders(first)["versions"][0]
    assert (two["v"], two["defined_in"], two["columns"][1]["name"]) == (2, "orders_v2", "id")
    assert "alias" not in two.get("config", {})
    assert three == {"v": 3, "defined_in": "orders", "config": {"alias": "orders"}}
    assert _orders(second)["latest_version"] == 3


def test_a_file_in_flow_style_stays_in_it() -> None:
    text = with_versions("models: [{name: orders, columns: [{name: id}]}]\n", None, "orders", FIRST, SHAPE)
    assert text.count("\n") == 1
    assert [v["v"] for v in _orders(text)["versions"]] == [1, 2]


def test_a_dated_snapshot_has_nothing_left_to_test() -> None:
    dated = Shape("orders", "table", "As published.", snapshot=True)
    old = _orders(with_versions("", THEN, "orders", FIRST, dated))["versions"][0]
    assert [set(c) for c in old["columns"][1:]] == [{"name", "data_type"}] * 2


def test_another_alias_gets_a_version_too() -> None:
    aliased = NOW.replace("config: {", "config: {alias: sales, ")
    old, newest = _orders(with_versions(aliased, None, "orders", FIRST, Shape("sales", "table", "")))["versions"]
    assert (old["config"]["alias"], newest["config"]["alias"]) == ("sales_v1", "sales")


def test_unit_tests_are_of_the_version_that_they_were_written_for() -> None:
    then = "unit_tests:\n  - name: adds\n    model: orders\n    given: []\n    expect: {rows: [{tax: 1}]}\n"
    now = "unit_tests:\n  - name: adds\n    model: orders\n    given: []\n    expect: {rows: [{id: 1}]}\n"
    text = with_pinned_tests(now, then, "orders", FIRST, copied=True)
    assert text.startswith(now)
    found = {t["name"]: (t["versions"]["include"], t["expect"]) for t in yaml.safe_load(text)["unit_tests"]}
    assert found == {"adds": ([2], {"rows": [{"id": 1}]}), "adds_v1": ([1], {"rows": [{"tax": 1}]})}
    third = with_pinned_tests(text, text, "orders", SECOND, copied=True)
    found = {t["name"]: t["versions"]["include"] for t in yaml.safe_load(third)["unit_tests"]}
    assert found == {"adds": [3], "adds_v1": [1], "adds_v2": [2]}


def test_a_file_that_does_not_describe_the_model_is_refused() -> None:
    with pytest.raises(FinalError, match="no entry `- name: orders`"):
        with_versions("models: [{name: other}]\n", None, "orders", FIRST, SHAPE)
