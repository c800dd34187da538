"""What a build made is told from the warehouse: views without a count, lineage through what has no table."""

import dagster as dg

from adp_dagster.assets.described import described
from adp_dagster.manifest import manifest_of


def _event(uid):
    return dg.Output(None, output_name=uid.replace(".", "_"), metadata={"unique_id": uid})


def _told(shop, uid):
    project = shop.project
    content = manifest_of(project).content
    target = project.artifacts / "target"
    (event,) = described([_event(uid)], project, content, target, print)
    return {name: value.value for name, value in event.metadata.items()}


def test_rows_columns_and_their_origin_are_told_of_tables_and_views(make_shop):
    shop = make_shop()
    for model, kind in (("stg_orders", "view"), ("stg_customers", "ephemeral")):
        text = (shop.root / f"models/{model}.sql").read_text()
        shop.write(f"models/{model}.sql", f"{{{{ config(materialized='{kind}') }}}}\n{text}")
    shop.write("models/named.yml", "models: [{name: stg_orders, columns: [{name: tax, description: VAT}]}]\n")
    (shop.root / "models/models.yml").unlink()
    shop.commit()
    assert shop.build().published

    view, table = _told(shop, "model.shop.stg_orders"), _told(shop, "model.shop.fct_totals")

    assert "dagster/row_count" not in view
    assert {c.name: c.description for c in view["dagster/column_schema"].columns}["tax"] == "VAT"
    assert table["dagster/row_count"] == 97
    deps = table["dagster/column_lineage"].deps_by_column
    assert {column: [(d.asset_key.path, d.column_name) for d in found] for column, found in deps.items()} == {
        "customer_id": [(["stg_orders"], "customer_id")],
        "city": [(["raw", "customers"], "city")],
        "total": [(["stg_orders"], "order_amount")],
        "order_count": [],
    }


def test_a_warehouse_that_cannot_be_read_costs_the_description_and_not_the_build(shop, built_shop):
    warned = []
    project = shop.project
    content = manifest_of(project).content
    target = built_shop.project.artifacts / "target"
    (shop.root / "shop.duckdb").unlink()

    (event,) = described([_event("model.shop.fct_totals")], project, content, target, warned.append)

    assert "dagster/row_count" not in event.metadata
    assert "could not be read" in warned[0]
