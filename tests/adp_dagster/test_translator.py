from typing import Any

import dagster as dg
import pytest

from adp_dagster.translator import Layers, owners_in

MODEL: dict[str, Any] = {
    "resource_type": "model",
    "name": "fct_orders",
    "fqn": ["shop", "gold", "sales", "fct_orders"],
    "config": {"schema": "gold"},
}


def test_a_models_key_is_its_name_whatever_its_schema() -> None:
    assert Layers().get_asset_key(MODEL) == dg.AssetKey("fct_orders")


def test_a_versioned_models_key_carries_its_version() -> None:
    assert Layers().get_asset_key({**MODEL, "version": 2}) == dg.AssetKey("fct_orders_v2")


def test_the_version_with_the_bare_name_keeps_the_bare_key() -> None:
    assert Layers().get_asset_key({**MODEL, "version": 2, "alias": "fct_orders"}) == dg.AssetKey("fct_orders")
    assert Layers().get_asset_key({**MODEL, "version": 1, "alias": "fct_orders_v1"}) == dg.AssetKey("fct_orders_v1")


@pytest.mark.parametrize(
    ("fqn", "config", "group"),
    [
        (["shop", "sales", "silver", "int_orders"], {}, "silver"),
        (["shop", "marts", "finance", "fct_orders"], {}, "marts"),
        (["shop", "marts", "fct_orders"], {"schema": "core-marts"}, "core_marts"),
        (["shop", "fct_orders"], {}, "model"),
    ],
)
def test_the_group_is_the_layer_else_the_schema_else_the_folder(
    fqn: list[str], config: dict[str, str], group: str
) -> None:
    assert Layers().get_group_name({**MODEL, "fqn": fqn, "config": config}) == group


def test_owners_are_taken_from_dagsters_meta_as_well_as_from_a_plain_owner() -> None:
    assert owners_in({"dagster": {"owners": ["team:fleet"]}}) == ["team:fleet"]
    assert owners_in({"owners": ["ada@example.com", "Night Shift"]}) == ["ada@example.com", "team:night_shift"]
    assert owners_in({}) == []
