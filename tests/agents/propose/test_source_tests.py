"""Tests that YAML declares on a source look where its columns are delivered now; the rest of the file stays."""

import pytest
import yaml

from agents.contracts import DeduplicateRows, MapColumn, QuarantineRows, RecodeValues
from agents.errors import FinalError
from agents.graph import Node
from agents.propose.source_tests import follow_tests

TEXT = """sources:
  - name: raw
    tables:
      - name: orders   # one row per order
        data_tests:
          - dbt_utils.unique_combination_of_columns:
              arguments: {combination_of_columns: [order_id, line]}
          - dbt_utils.expression_is_true: {arguments: {expression: "amount >= 0"}}
        columns:
          - {name: order_id, data_tests: [not_null]}
          - name: amount
            description: What was paid, the amount.
            data_tests: [not_null, unique]
          - name: status
            tests:
              - accepted_values:
                  values: ['new', 'paid']
          - name: note
      - name: customers
        columns:
          - {name: amount, data_tests: [not_null]}
"""


@pytest.fixture
def source(node):
    return node("source", "orders", source_name="raw")


def mapped(column, arrives_as):
    return MapColumn(source="s", relation="raw.orders", column=column, arrives_as=arrives_as)


def differing(after):
    pairs = zip(TEXT.splitlines(), after.splitlines(), strict=True)
    return [b.strip() for a, b in pairs if a != b]


def test_the_entry_and_whatever_names_the_column_take_the_new_name(source: Node):
    after = follow_tests(TEXT, source, mapped("amount", "amt"), gone=True)

    assert differing(after) == [
        '- dbt_utils.expression_is_true: {arguments: {expression: "amt >= 0"}}',
        "- name: amt",
    ]
    assert differing(follow_tests(TEXT, source, mapped("order_id", "on"), gone=True)) == [
        "arguments: {combination_of_columns: [on, line]}",
        '- {name: "on", data_tests: [not_null]}',
    ]


def test_an_entry_whose_name_is_quoted_for_sql_takes_the_new_name_too(source: Node):
    text = TEXT.replace("- name: amount", """- name: '"Amount Due"'""")

    after = follow_tests(text, source, mapped("Amount Due", "amount_due"), gone=True)

    assert after == text.replace("""'"Amount Due"'""", "amount_due")


def test_a_column_without_tests_keeps_its_entry(source: Node):
    assert follow_tests(TEXT, source, mapped("note", "remark"), gone=True) == TEXT


def test_where_both_names_are_there_a_value_may_stand_under_either(source: Node):
    after = follow_tests(TEXT, source, mapped("amount", "amt"), gone=False)

    assert differing(after) == ['data_tests: [{not_null: {config: {where: "amt is null"}}}, unique]']
    tests = yaml.safe_load(after)["sources"][0]["tables"][0]["columns"][1]["data_tests"]
    assert tests == [{"not_null": {"config": {"where": "amt is null"}}}, "unique"]


def test_settings_of_a_test_are_not_overwritten(source: Node):
    text = TEXT.replace("[not_null, unique]", "[{not_null: {config: {severity: warn}}}]")

    with pytest.raises(FinalError, match="the test not_null at line 13 has settings of its own"):
        follow_tests(text, source, mapped("amount", "amt"), gone=False)


def test_new_codes_are_accepted_beside_the_old_ones(source: Node):
    change = RecodeValues(source="s", relation="raw.orders", column="status", mapping={"N": "new", "paid": "paid"})

    assert differing(follow_tests(TEXT, source, change, gone=False)) == ["values: ['new', 'paid', \"N\"]"]


def test_a_test_that_the_rows_of_the_source_fail_warns_where_its_readers_are_spared(source: Node):
    once = DeduplicateRows(source="s", relation="raw.orders")
    aside = QuarantineRows(source="s", relation="raw.orders", column="order_id", reason="null_key")

    assert differing(follow_tests(TEXT, source, once, gone=False)) == [
        "data_tests: [not_null, {unique: {config: {severity: warn}}}]"
    ]
    assert differing(follow_tests(TEXT, source, aside, gone=False)) == [
        "- {name: order_id, data_tests: [{not_null: {config: {severity: warn}}}]}"
    ]


def test_a_name_that_has_tests_already_is_left_to_a_person(source: Node):
    with pytest.raises(FinalError, match="status has tests of its own"):
        follow_tests(TEXT, source, mapped("amount", "status"), gone=True)
