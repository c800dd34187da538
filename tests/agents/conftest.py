"""A repair that waits for approval, made once and copied for each test."""

from pathlib import Path

import pytest

from tests.office import Office, make_keys, policy_text


@pytest.fixture(scope="session")
def waiting_office(built_shop, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A repair of a renamed column that waits for two people with keys."""
    folder = tmp_path_factory.mktemp("waiting")
    office = Office(built_shop.copy(folder / "shop"), make_keys(folder / "keys"))
    office.shop.write("adp.yml", policy_text(office))
    office.shop.commit("who may approve")
    office.shop.deliver_orders(amount="orderTotal")
    assert office.shop.heal().report.status == "pending"
    return office


@pytest.fixture
def office(waiting_office: Office, tmp_path: Path) -> Office:
    return Office(waiting_office.shop.copy(tmp_path / "shop"), waiting_office.keys)
