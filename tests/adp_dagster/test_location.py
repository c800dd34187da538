"""Somebody's own dbt project in Dagster: real dbt, DuckDB and git, an instance in memory."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from adp_dagster.location import location
from adp_dagster.resources.platform import Platform
from agents.errors import FinalError

UNIT_TEST = """
unit_tests:
  - name: fct_totals__adds_up
    model: fct_totals
    given:
      - input: ref('stg_orders')
        rows: [{customer_id: 1, order_amount: 2.0}, {customer_id: 1, order_amount: 3.0}]
      - input: ref('stg_customers')
        rows: [{customer_id: 1, city: Oslo}]
    expect: {rows: [{customer_id: 1, total: 5.0, order_count: 2}]}
"""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def run(shop: Any, instance: dg.DagsterInstance, *only: str) -> dg.ExecuteInProcessResult:
    job = location(Platform(project_dir=str(shop.root))).resolve_job_def("build_job")
    selection = [dg.AssetKey(name) for name in only] or None
    return job.execute_in_process(instance=instance, asset_selection=selection, raise_on_error=False)


def checks(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    evaluations = [e.event_specific_data for e in result.all_events if e.event_type_value == "ASSET_CHECK_EVALUATION"]
    return {e.check_name: e for e in evaluations if isinstance(e, dg.AssetCheckEvaluation)}


def metadata(result: dg.ExecuteInProcessResult, name: str) -> dict[str, Any]:
    events = [e.step_materialization_data.materialization for e in result.all_events if e.is_step_materialization]
    (event,) = [m for m in events if m.asset_key == dg.AssetKey(name)]
    return {key: value.value for key, value in event.metadata.items()}


def stale(shop: Any, instance: dg.DagsterInstance) -> dict[str, list[str]]:
    """What the UI marks of dbt's models, and why."""
    graph = location(Platform(project_dir=str(shop.root))).resolve_asset_graph()
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    models = [dg.AssetKey(name) for name in ("stg_orders", "stg_customers", "fct_totals")]
    found = {key.path[-1]: [cause.reason for cause in resolver.get_stale_causes(key)] for key in models}
    assert {name for name, why in found.items() if why} == {
        key.path[-1] for key in models if resolver.get_status(key) != StaleStatus.FRESH
    }
    return {name: why for name, why in found.items() if why}


def test_a_build_shows_rows_columns_lineage_and_checks_then_publishes_then_stops_at_drift(
    make_shop: Callable[[], Any], instance: dg.DagsterInstance
) -> None:
    shop = make_shop()
    shop.write("models/unit_tests.yml", UNIT_TEST)
    shop.commit()
    built = run(shop, instance)
    assert built.success
    totals = metadata(built, "fct_totals")
    assert totals["dagster/row_count"] == 97
    assert [c.name for c in totals["dagster/column_schema"].columns] == ["customer_id", "city", "total", "order_count"]
    lineage = totals["dagster/column_lineage"].deps_by_column
    assert [(d.asset_key.path, d.column_name) for d in lineage["total"]] == [(["stg_orders"], "order_amount")]
    passed = {name: evaluation.passed for name, evaluation in checks(built).items()}
    assert passed == {
        "unique_stg_orders_order_id": True,
        "not_null_stg_orders_order_id": True,
        "not_null_fct_totals_customer_id": True,
        "fct_totals__adds_up": True,
        "no_unexplained_drift": True,
    }
    assert metadata(built, "published_copy")["published"] is True
    quality = metadata(built, "data_quality")
    assert quality["checks_passed_share"] == 1.0
    assert quality["null_share/raw.orders"] == 0.0
    assert quality["null_shares_over_time"].startswith("![Share of empty values](data:image/svg+xml;base64,")
    assert shop.git("status", "--porcelain") == ""

    shop.deliver_orders(rows=100)
    drifted = run(shop, instance, "published_copy", "data_quality")
    assert drifted.success
    published = metadata(drifted, "published_copy")
    assert published["published"] is False
    assert "2,000 -> 100 rows" in published["drift"]
    drift = checks(drifted)["no_unexplained_drift"]
    assert (drift.passed, drift.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert metadata(drifted, "data_quality")["checks_passed_share"] == 0.8


def test_what_a_changed_macro_reaches_is_stale_until_it_is_built_again(
    make_shop: Callable[[], Any], instance: dg.DagsterInstance
) -> None:
    shop = make_shop()
    shop.write("macros/money.sql", "{% macro total(x) %}sum({{ x }}){% endmacro %}")
    text = (shop.root / "models" / "fct_totals.sql").read_text()
    shop.write("models/fct_totals.sql", text.replace("sum(o.order_amount)", "{{ total('o.order_amount') }}"))
    shop.commit()
    assert run(shop, instance).success
    assert stale(shop, instance) == {}

    shop.write("macros/money.sql", "{% macro total(x) %}round(sum({{ x }}), 2){% endmacro %}")
    assert stale(shop, instance) == {"fct_totals": ["has a new code version"]}
    assert run(shop, instance, "fct_totals").success
    assert stale(shop, instance) == {}


def test_a_failed_build_names_the_model_and_leaves_no_connection_behind(
    shop: Any, instance: dg.DagsterInstance
) -> None:
    shop.deliver_orders(amount="amt")
    result = run(shop, instance)
    assert not result.success
    (failure,) = [e.step_failure_data for e in result.all_events if e.is_step_failure]
    assert failure.error is not None
    assert "Runtime Error in model stg_orders (models/stg_orders.sql)" in failure.error.message
    assert "\x1b" not in failure.error.message
    shop.deliver_orders()  # another writer gets in


def test_a_project_of_ones_own_has_its_sources_and_none_of_the_bundled_tables(shop: Any) -> None:
    definitions = location(Platform(project_dir=str(shop.root)))
    nodes = {node.key.to_user_string(): node for node in definitions.resolve_asset_graph().asset_nodes}
    assert set(nodes) == {
        *("raw/orders", "raw/customers", "stg_orders", "stg_customers"),
        *("fct_totals", "published_copy", "data_quality"),
    }
    assert not nodes["raw/orders"].is_executable
    assert [job.name for job in definitions.jobs or []] == ["build_job"]


def test_a_project_that_no_longer_parses_keeps_its_last_known_assets(shop: Any) -> None:
    platform = Platform(project_dir=str(shop.root))
    before = location(platform).resolve_asset_graph().get_all_asset_keys()
    shop.write("models/broken.sql", "select * from {{ ref('nobody') }}")
    assert location(platform).resolve_asset_graph().get_all_asset_keys() == before


@pytest.mark.thorough
def test_a_project_that_never_parsed_is_refused_in_dbts_words(make_shop: Callable[[], Any]) -> None:
    shop = make_shop()
    shop.write("models/broken.sql", "select * from {{ ref('nobody') }}")
    with pytest.raises(FinalError, match="nobody"):
        location(Platform(project_dir=str(shop.root)))
