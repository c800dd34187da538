"""What cannot come back from a model."""

import json
from typing import Literal

import pytest
from pydantic import BaseModel

from agents.minds.engines.engine import Rejected, Unsuited
from agents.minds.engines.schema import name_of, narrowed, read

NAMES = {"table": ["orders", "customers"], "column": ["amount", "city"]}


class Dimension(BaseModel):
    table: str = name_of("table")
    column: str = name_of("column")


class Request(BaseModel):
    dimensions: list[Dimension]
    columns: list[str] = name_of("column")
    first: str | None = name_of("column")
    grain: Literal["day", "week"] | None
    note: str


def test_every_name_of_the_catalog_is_spelled_out_and_everything_has_an_end() -> None:
    made = narrowed(Request, NAMES)["properties"]
    assert made["dimensions"]["items"]["properties"]["table"] == {"enum": ["orders", "customers"]}
    assert made["columns"] == {"type": "array", "items": {"enum": ["amount", "city"]}, "maxItems": 2}
    assert made["first"] == {"enum": ["amount", "city", None]}
    assert made["note"] == {"type": "string", "maxLength": 64}
    assert made["dimensions"]["maxItems"] == 12


def test_where_nothing_exists_only_nothing_can_be_named() -> None:
    made = narrowed(Request, {"table": [], "column": []})["properties"]
    assert made["dimensions"]["maxItems"] == made["columns"]["maxItems"] == 0
    assert made["first"] == {"enum": [None]}
    with pytest.raises(Unsuited, match="no table that could be named"):
        narrowed(Dimension, {"table": [], "column": ["city"]})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"columns": ["amount", "salary"]}, "column 'salary'"),
        ({"first": "salary"}, "column 'salary'"),
        ({"dimensions": [{"table": "payroll", "column": "city"}]}, "table 'payroll'"),
        ({"grain": "hour"}, "grain: Input should be 'day' or 'week'"),
        ({"columns": "amount"}, "columns: Input should be a valid array"),
    ],
)
def test_an_answer_that_names_what_does_not_exist_is_not_let_in(changed: dict[str, object], why: str) -> None:
    good = {"dimensions": [], "columns": ["city"], "first": None, "grain": "day", "note": "x"}
    assert read(json.dumps(good), Request, NAMES).columns == ["city"]
    with pytest.raises(Rejected, match=why):
        read(json.dumps({**good, **changed}), Request, NAMES)


def test_a_check_sees_what_no_schema_can_say() -> None:
    def of_its_table(said: Dimension) -> list[str]:
        return [] if (said.table, said.column) != ("customers", "amount") else ["customers has no amount"]

    text = '{"table": "customers", "column": "amount"}'
    assert read(text.replace("customers", "orders"), Dimension, NAMES, of_its_table).table == "orders"
    with pytest.raises(Rejected, match="customers has no amount"):
        read(text, Dimension, NAMES, of_its_table)
