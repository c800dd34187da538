"""Sources that moved, and models that are taken over: YAML edited in its own style, all else left."""

import pytest
import yaml

from agents.contracts import RepointSource
from agents.errors import FinalError
from agents.propose.override_model import behind, known_name, known_text, switched_off
from agents.propose.repoint_source import repointed
from agents.propose.sql_text import Called
from agents.propose.yaml_text import set_path

BLOCK = """sources:
  - name: raw   # from the shop
    schema: raw
    tables:
      - name: orders
        columns: [{name: id}]
      - name: customers
"""
FLOW = "sources:\n  - {name: raw, schema: raw, tables: [{name: orders}]}\n"


def moved(schema: str, table: str) -> RepointSource:
    """The orders, elsewhere."""
    return RepointSource(source="s", relation="raw.orders", schema_name=schema, identifier=table)


def test_a_renamed_table_gets_an_identifier_and_comments_stay(node):
    text = repointed(BLOCK, moved("raw", "orders_v2"), node())

    assert text == BLOCK.replace("- name: orders\n", "- name: orders\n        identifier: orders_v2\n")


def test_a_table_alone_in_its_source_moves_with_the_source(node):
    text = repointed(FLOW, moved("archive", "orders"), node())

    assert yaml.safe_load(text)["sources"][0]["schema"] == "archive"


def test_a_table_that_left_its_fellows_is_read_where_it_is(node):
    text = repointed(BLOCK, moved("archive", "orders"), node())

    (source,) = yaml.safe_load(text)["sources"]
    assert source["tables"][0]["meta"] == {"external_location": "(select * from archive.orders)"}
    assert source["schema"] == "raw"


@pytest.mark.parametrize("meta", ["{owner: me}", "\n          owner: me"])
def test_what_a_table_says_of_itself_stays_when_it_moves(node, meta):
    text = repointed(
        BLOCK.replace("- name: orders\n", f"- name: orders\n        meta: {meta}\n"), moved("b", "o"), node()
    )

    orders = yaml.safe_load(text)["sources"][0]["tables"][0]
    assert orders["meta"] == {"owner": "me", "external_location": "(select * from b.o)"}
    assert orders["columns"] == [{"name": "id"}]


def test_a_source_that_is_declared_elsewhere_is_not_guessed(node):
    with pytest.raises(FinalError, match="does not declare"):
        repointed("sources: []\n", moved("raw", "orders_v2"), node())


def test_a_model_reads_the_source_through_a_model_also_where_a_macro_asks_for_its_columns(node):
    text = "select {{ fill(get_columns(source('raw', 'orders'))) }} from {{ source('raw', 'orders') }}"

    assert behind(text, node(), Called("orders", "raw")) == (
        "select {{ fill(get_columns(ref('raw__orders_as_known'))) }} from {{ ref('raw__orders_as_known') }}"
    )
    assert known_name(node()) == "raw__orders_as_known"
    assert "select * from {{ source('raw', 'orders') }}" in known_text(node(), Called("orders", "raw"))


def test_a_packages_model_is_switched_off_where_its_other_settings_are(node):
    text = switched_off("name: a\nmodels:\n  p:\n    +schema: x\n", node("model", "stg_orders"))

    assert yaml.safe_load(text)["models"]["p"] == {"staging": {"stg_orders": {"+enabled": False}}, "+schema": "x"}


@pytest.mark.parametrize("text", ["name: a\n", "name: a\nmodels: {p: {+x: 1}}\n", "{name: a}\n"])
def test_a_path_is_added_in_the_style_that_is_there(text):
    found = yaml.safe_load(set_path(text, ("models", "p", "+enabled"), "false"))

    assert found["models"]["p"]["+enabled"] is False
    assert found["name"] == "a"
