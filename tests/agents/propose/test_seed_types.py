"""Types of a seed's columns: in the settings, beside what stands there, and nowhere that hides others."""

import pytest
import yaml

from agents.errors import FinalError
from agents.propose.seed_types import typed


@pytest.fixture
def prices(node):
    return node("seed", "prices", path="seeds/raw/prices.csv", package="shop")


@pytest.mark.parametrize(
    ("seeds", "beside"),
    [
        ("", {}),
        ("seeds:\n  shop:\n    +schema: raw  # all of them\n", {}),
        ("seeds: {shop: {raw: {prices: {+quote_columns: true}}}}\n", {}),
        (
            "seeds:\n  shop:\n    raw:\n      prices:\n        column_types: {code: varchar(3)}\n",
            {"code": "varchar(3)"},
        ),
    ],
)
def test_types_stand_beside_what_is_there(prices, seeds, beside):
    text = typed(f"name: shop\n{seeds}", "", prices, {"price": "VARCHAR", "since": "BIGINT"})

    settings = yaml.safe_load(text)["seeds"]["shop"]["raw"]["prices"]
    found = settings.get("+column_types") or settings["column_types"]
    assert found == {"price": "varchar", "since": "bigint", **beside}
    assert "# all of them" in text or "#" not in seeds


@pytest.mark.parametrize(
    ("settings", "described"),
    [
        ("seeds: {shop: {raw: {prices: {+column_types: {price: double}}}}}", ""),
        ("seeds: {shop: {+column_types: {code: varchar}}}", ""),
        ("name: shop", "seeds: [{name: prices, config: {column_types: {code: varchar}}}]"),
    ],
    ids=["of this column", "of a folder", "in the YAML that describes it"],
)
def test_types_that_people_declared_are_not_hidden(prices, settings, described):
    with pytest.raises(FinalError):
        typed(settings, described, prices, {"price": "VARCHAR"})
