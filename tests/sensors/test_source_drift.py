"""When drift that no run failed on is healed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from agents.ledger import Ledger
from sensors.requests import ROOT_RUN_TAG
from sensors.source_drift import Around, decide, source_drift_sensor

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DRIFT = [{"message": "raw.orders (10 -> 12 rows): amount missing, order_total added."}]


class Books:
    """A resource with a ledger and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ledger(self) -> Ledger:
        return Ledger.at(self.folder)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def observed(books: Books, *, published: bool) -> str:
    ledger = books.ledger()
    outcome = {"published": published, "drift": [] if published else DRIFT}
    key = ledger.decide("observe", context={}, executed=published, outcome=outcome)
    ledger.close()
    return str(key)


def tick(instance: dg.DagsterInstance, books: Books, cursor: str | None = None) -> dg.SensorResult:
    with dg.build_sensor_context(instance=instance, cursor=cursor, resources={"platform": books}) as context:
        result = source_drift_sensor(context)
    assert isinstance(result, dg.SensorResult)
    return result


def test_drift_that_waits_is_asked_to_be_healed_once(instance: dg.DagsterInstance, books: Books) -> None:
    good = observed(books, published=True)
    drifted = observed(books, published=False)

    first = tick(instance, books)
    (request,) = first.run_requests or []
    assert isinstance(request, dg.RunRequest)
    assert request.run_key == first.cursor == drifted
    assert request.tags[ROOT_RUN_TAG] == f"good:{good}"

    second = tick(instance, books, first.cursor)
    assert not second.run_requests
    assert second.skip_reason is not None
    assert "a heal was asked for" in str(second.skip_reason.skip_message)
    assert "amount missing, order_total added" in str(second.skip_reason.skip_message)


def test_a_published_observation_asks_for_nothing(instance: dg.DagsterInstance, books: Books) -> None:
    observed(books, published=False)
    observed(books, published=True)

    result = tick(instance, books)

    assert not result.run_requests
    assert result.skip_reason is not None
    assert "was published" in str(result.skip_reason.skip_message)


def test_drift_that_a_heal_has_decided_on_is_not_asked_for_again(instance: dg.DagsterInstance, books: Books) -> None:
    observed(books, published=False)
    books.ledger().decide("heal", context={}, outcome={"state": "pending"})

    result = tick(instance, books)

    assert not result.run_requests
    assert result.skip_reason is not None
    assert "was decided on at" in str(result.skip_reason.skip_message)


def test_before_the_first_build_the_tick_says_so(instance: dg.DagsterInstance, books: Books) -> None:
    result = tick(instance, books)

    assert result.skip_reason is not None
    assert result.skip_reason.skip_message == "nothing was observed yet: build the project first"


def test_a_heal_under_way_or_a_newer_failure_goes_first() -> None:
    seen = {"decision_id": "d", "timestamp": NOON, "outcome": {"published": False, "drift": DRIFT}}
    soon, late = NOON + timedelta(minutes=1), NOON + timedelta(minutes=9)

    assert decide(seen, Around(now=soon, under_way="h1"))[0] is False
    assert decide(seen, Around(now=soon, failed_run="r1"))[0] is False
    assert decide(seen, Around(now=late, failed_run="r1")) == (True, DRIFT[0]["message"])
