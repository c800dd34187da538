"""Nodes with what the functions of these tests look at."""

from collections.abc import Callable

import pytest

from agents.graph import Node


def make_node(kind: str = "source", name: str = "orders", **more: str) -> Node:
    """A node of package `p`, by default the source `raw.orders`."""
    filled = {
        "unique_id": f"{kind}.p.{name}", "path": f"models/staging/{name}.sql", "package": "p", "relation": "r",
        "database": "d", "schema": "raw", "identifier": name, "raw": "", "materialized": "view", "checksum": "",
        "source_name": "raw",
    }  # fmt: skip
    return Node(kind=kind, name=name, parents=(), **{**filled, **more})


@pytest.fixture
def node() -> Callable[..., Node]:
    """The function that makes them."""
    return make_node
