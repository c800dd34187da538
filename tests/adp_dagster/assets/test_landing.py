"""The bundled tables land in the bundled project's warehouse, month by month, and their schemas are checked."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from adp_dagster.data import commerce, flights
from adp_dagster.jobs.build import months_tags
from adp_dagster.location import location
from adp_dagster.resources.platform import Platform
from agents.project import BUNDLED

FLIGHTS, WEATHER = dg.AssetKey(["operations", "flights"]), dg.AssetKey(["weather", "observations"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dg.Definitions, Path]]:
    """The bundled project in a repository of its own, and the folder of its data."""
    root = tmp_path_factory.mktemp("bundled")
    project = Path(shutil.copytree(BUNDLED, root / "repo" / "dbt_project", ignore=shutil.ignore_patterns("target")))
    subprocess.run(["git", "init", "-q", str(root / "repo")], check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADP_DATA_DIR", str(root / "data"))
        patch.setenv("ADP_WAREHOUSE", str(root / "data" / "warehouse.duckdb"))
        yield location(Platform(project_dir=str(project))), root / "data"


@pytest.fixture
def definitions(place: tuple[dg.Definitions, Path]) -> dg.Definitions:
    return place[0]


@pytest.fixture
def data(place: tuple[dg.Definitions, Path]) -> Path:
    """Two months of drops, a small shop and no warehouse yet."""
    shutil.rmtree(place[1], ignore_errors=True)
    flights.write_drops(place[1] / "landing", [1, 2])
    commerce.generate(place[1] / "bronze", orders=200)
    return place[1]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def land(definitions: dg.Definitions, instance: dg.DagsterInstance, *months: str) -> dg.ExecuteInProcessResult:
    graph = definitions.resolve_asset_graph()
    sources = dg.AssetSelection.groups("sources").resolve(graph)
    return definitions.resolve_job_def("build_job").execute_in_process(
        instance=instance, asset_selection=sorted(sources), tags=months_tags(months), raise_on_error=False
    )


def failing(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    evaluations = [e.event_specific_data for e in result.all_events if e.event_type_value == "ASSET_CHECK_EVALUATION"]
    return {e.asset_key.to_user_string(): e for e in evaluations if not e.passed}  # type: ignore[union-attr]


@pytest.mark.usefixtures("data")
def test_one_run_lands_several_months_and_every_whole_table_and_their_schemas_hold(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    result = land(definitions, instance, "2013-01", "2013-02")
    assert result.success
    assert instance.get_materialized_partitions(FLIGHTS) == {"2013-01", "2013-02"}
    january, february = (
        {name: value.value for name, value in m.metadata.items()}
        for m in result.asset_materializations_for_node("operations__flights")
    )
    assert (january["dagster/partition_row_count"], february["dagster/partition_row_count"]) == (27004, 24951)
    assert february["dagster/row_count"] == 51955
    assert "dep_delay" in [c.name for c in february["dagster/column_schema"].columns]
    assert failing(result) == {}
    evaluated = [e for e in result.all_events if e.event_type_value == "ASSET_CHECK_EVALUATION"]
    assert len(evaluated) == 12


def test_a_renamed_column_is_told_by_the_check_and_by_the_metadata_and_blocks_nothing(
    definitions: dg.Definitions, instance: dg.DagsterInstance, data: Path
) -> None:
    assert land(definitions, instance, "2013-01").success
    renames = {"flights": {"dep_delay": "departure_delay"}}
    flights.write_drop(data / "landing", "operations", 2, renames)
    commerce.redeliver(data / "bronze", "customers", {"email": "e_mail"})
    result = land(definitions, instance, "2013-02")
    assert result.success
    (landed,) = result.asset_materializations_for_node("operations__flights")
    assert landed.metadata["added_columns"].value == ["departure_delay"]
    assert landed.metadata["missing_columns"].value == ["dep_delay"]
    told = failing(result)
    assert set(told) == {"operations/flights", "commerce/customers"}
    assert told["operations/flights"].description == (
        "dep_delay: 100.0% empty in drop 2013-02, at most 12.0% empty is allowed; "
        "columns that nobody expects: departure_delay."
    )
    assert told["commerce/customers"].description == "email: not in the table; columns that nobody expects: e_mail."


@pytest.mark.usefixtures("data")
def test_a_month_that_was_not_delivered_fails_with_one_sentence(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    result = land(definitions, instance, "2013-09")
    messages = [e.step_failure_data.error.message for e in result.all_events if e.is_step_failure]  # type: ignore[union-attr]
    assert any("2013-09" in message and "does not exist" in message for message in messages)


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
def test_a_landed_month_asks_for_a_rebuild_of_what_is_downstream(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    asset = dg.AssetKey("stg_operations__flights")
    first = dg.evaluate_automation_conditions(definitions, instance)
    assert first.total_requested == 0
    instance.report_runless_asset_event(dg.AssetMaterialization(asset))
    second = dg.evaluate_automation_conditions(definitions, instance, cursor=first.cursor)
    instance.report_runless_asset_event(dg.AssetMaterialization(FLIGHTS, partition="2013-03"))
    third = dg.evaluate_automation_conditions(definitions, instance, cursor=second.cursor)
    assert third.get_num_requested(asset) == 1
    instance.report_runless_asset_event(dg.AssetMaterialization(asset))
    fourth = dg.evaluate_automation_conditions(definitions, instance, cursor=third.cursor)
    assert fourth.get_num_requested(asset) == 0


def test_every_table_has_a_group_of_its_layer_and_its_kind(definitions: dg.Definitions) -> None:
    nodes = definitions.resolve_asset_graph().asset_nodes
    assert {n.group_name for n in nodes} == {"sources", "bronze", "silver", "gold", "published"}
    for node in nodes:
        if node.group_name in ("bronze", "silver", "gold"):
            assert {"duckdb", "dbt"} <= set(node.kinds)
            assert node.code_version
            assert node.owners, node.key
        if node.group_name == "gold":
            assert node.freshness_policy is not None


@pytest.mark.usefixtures("data")
def test_the_daily_schedule_asks_for_one_run_of_every_month_that_waits(definitions: dg.Definitions) -> None:
    schedule, repository = definitions.resolve_schedule_def("daily_schedule"), definitions.get_repository_def()
    with (
        dg.instance_for_test() as stored,
        dg.build_schedule_context(stored, repository_def=repository) as context,
    ):
        requests = schedule.evaluate_tick(context).run_requests or []
    (tags,) = (request.tags for request in requests)
    assert months_tags(["2013-01", "2013-02"]).items() <= tags.items()
