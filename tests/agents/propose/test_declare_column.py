"""A column more in a contract: in the list's own style, and all else in the file stays."""

import pytest
import yaml

from agents.errors import FinalError
from agents.propose.declare_column import declare_column, lacking

BLOCK = """models:
  - name: fct
    config: {contract: {enforced: true}}
    columns:
      - name: id
        data_type: BIGINT
        data_tests:
          - unique   # by all means
      # the last one
      - name: total
        data_type: DOUBLE  # in euros

  - name: other
    description: >
      Nothing.
"""
FLOW = """models:
  - name: fct
    columns:
      - {name: id, data_type: bigint}
      - {name: total,
         data_type: double}
    description: what was sold
"""


@pytest.mark.parametrize("text", [BLOCK, BLOCK.split("\n\n")[0], FLOW, "models: [{name: fct, columns: [{name: id}]}]"])
def test_the_column_comes_last_and_all_else_stays(text):
    after = declare_column(text, "fct", "price", "DECIMAL(9,2)")

    before, now = (yaml.safe_load(t)["models"] for t in (text, after))
    assert now[0]["columns"][:-1] == before[0]["columns"]
    assert now[0]["columns"][-1]["data_type"].lower() == "decimal(9,2)"
    assert (now[0]["columns"][-1]["name"], now[1:]) == ("price", before[1:])
    assert set(text.splitlines()) <= set(after.splitlines()) or "\n" not in text
    assert declare_column(after, "fct", "again", "VARCHAR").count("again") == 1


@pytest.mark.parametrize(
    ("text", "column", "kind"),
    [
        ("models: [{name: fct}]", "x", "INTEGER"),
        ("models: []", "x", "INTEGER"),
        (FLOW, "a: b", "INTEGER"),
        (FLOW, "x", "INTEGER}, {name: y"),
    ],
)
def test_what_lists_no_columns_or_is_no_plain_name_is_left_alone(text, column, kind):
    with pytest.raises(FinalError):
        declare_column(text, "fct", column, kind)


TABLE = "\n".join(
    [
        "  | column_name | definition_type | contract_type | mismatch_reason    |",
        "  | ----------- | --------------- | ------------- | ------------------ |",
        "  | top_tax     | DOUBLE          |               | missing in contract |",
    ]
)


def test_only_a_contract_that_lacks_columns_and_nothing_else_is_read():
    failed = f"This model has an enforced contract that failed.\n{TABLE}\n"
    assert lacking(failed) == {"top_tax": "DOUBLE"}
    assert lacking(f"{failed}  | total | INTEGER | DOUBLE | data type mismatch |") is None
    assert lacking("This model has an enforced contract that failed.") is None
