"""What was committed, and which of it a failure speaks of."""

import pytest

from agents.edits import Edit, suspects, words_of
from agents.graph import Graph, Node

STG = "select\n    order_id,\n    tax,\n    status\nfrom raw\n"
FCT = "select order_id, tax from stg\n"


def _node(name: str, *parents: str) -> Node:
    return Node(
        unique_id=f"model.p.{name}", kind="model", name=name, path=f"models/{name}.sql", package="p", relation=name,
        database="", schema="main", identifier=name, raw="", parents=parents, materialized="table", checksum="",
    )  # fmt: skip


NODES = (_node("stg"), _node("fct", "model.p.stg"), _node("other"))
GRAPH = Graph({n.unique_id: n for n in NODES}, {"model.p.stg": ("model.p.fct",)})
LOST = 'Binder Error: Referenced column "tax" not found in FROM clause!\n\nLINE 3: select order_id, tax from stg\n'


def test_a_column_that_the_parent_lost_is_the_parents_edit_though_the_child_was_edited_too():
    parent = Edit("models/stg.sql", STG, STG.replace("    tax,\n", ""))
    child = Edit("models/fct.sql", FCT, FCT + "-- a remark\n")

    found = suspects([child, parent], LOST, GRAPH.nodes["model.p.fct"], GRAPH)

    assert found.named
    assert found.edits == (parent,)
    assert parent.line_of(words_of(LOST).names) == 3


def test_a_missing_comma_is_found_on_its_line_through_the_child_that_fails():
    parent = Edit("models/stg.sql", STG, STG.replace("tax,", "tax"))

    found = suspects([parent], LOST, GRAPH.nodes["model.p.fct"], GRAPH)

    assert (found.edits, found.named) == ((parent,), True)


def test_the_line_that_duckdb_quotes_is_looked_up_in_the_file_and_not_counted_in_compiled_text():
    edit = Edit("models/fct.sql", "select 1\n", "-- one\n-- two\nselect order_id, tax from stg\n")

    assert edit.line_of(["tax"], "select order_id, tax from stg") == 3


def test_an_edit_elsewhere_is_no_suspect():
    other = Edit("models/other.sql", "select 1\n", "select 2\n")

    assert suspects([other], LOST, GRAPH.nodes["model.p.fct"], GRAPH).edits == ()


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ("Compilation Error in model fct (models/fct.sql)\n  unexpected '}'\n    line 7\n", "models/fct.sql"),
        (
            "Parsing Error\n  Error reading p: models.yml - Runtime Error\n    Syntax error near line 3",
            "models/models.yml",
        ),
        (
            "Model 'model.p.fct' (models/fct.sql) depends on a node named 'stg' which was not found",
            "models/stg.sql",
        ),
        ("Compilation Error\n  'model.p.fct' depends on 'model.p.stg' which is not in the graph!", "models/stg.sql"),
        ("Found a cycle: model.p.stg --> model.p.other", "models/stg.sql"),
    ],
)
def test_what_stops_dbt_is_traced_to_the_file(message, path):
    edits = [
        Edit("models/models.yml", "models: []\n", "models:\n\t- x\n"),
        Edit("models/stg.sql", STG, None if "stg'" in message else "select * from {{ ref('other') }}\n"),
        *([Edit("models/fct.sql", FCT, "{{ ref('stg') } }}\n")] if path == "models/fct.sql" else ()),
    ]

    assert suspects(edits, message).edits[0].path == path
