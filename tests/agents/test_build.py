"""What a build or an audit publishes, and what it leaves waiting."""

import re
from contextlib import closing

from agents import published
from agents.build import audit, build

LOST_FILTER = "select customer_id, count(*) as orders from {{ ref('stg_orders') }} where status = 'paid' group by all\n"


def test_an_edit_that_says_something_else_waits_until_it_is_accepted(shop):
    shop.write("models/paid.sql", LOST_FILTER)
    shop.commit()
    assert shop.build().published
    shop.write("models/paid.sql", LOST_FILTER.replace("where status = 'paid' ", ""))
    shop.commit()

    built = shop.build()

    assert built.succeeded
    assert not built.published
    assert "paid builds, but says something else" in built.evidence[0].message
    with closing(shop.ledger()) as ledger:
        assert audit(shop.project, ledger, accept=("paid",)).published


def test_an_audit_of_a_project_that_no_longer_parses_publishes_nothing(shop):
    shop.write("models/paid.sql", "select * from {{ ref('nobody') }}\n")
    shop.commit()

    with closing(shop.ledger()) as ledger:
        audited = audit(shop.project, ledger)
        assert not build(shop.project, ledger).succeeded

    assert not audited.published
    assert "nobody" in audited.evidence[0].message
    assert shop.heal().diagnoses[0].cause.value == "unknown_relation"


def test_a_division_by_zero_that_duckdb_lets_pass_is_noticed_by_a_build_and_before_one(shop):
    shop.write("models/shares.sql", "select order_id, tax / order_amount as tax_share from {{ ref('stg_orders') }}\n")
    shop.commit()
    assert shop.build().published
    shop.append_orders(2000, 2100)
    shop.sql("update raw.orders set amount = 0 where order_id > 2090")

    healed = shop.heal()
    built = shop.build()

    assert healed.report.status == "refused"
    assert [(d.cause.value, d.subject) for d in healed.diagnoses] == [("division_by_zero", "main.shares")]
    assert "tax_share in 9 rows" in healed.diagnoses[0].explanation
    assert built.succeeded
    assert not built.published
    assert "tax_share in 9 rows" in built.evidence[0].message
    with closing(shop.ledger()) as ledger:
        assert audit(shop.project, ledger, accept=("shares",)).published
    assert shop.heal().report.status == "healthy"


def test_a_warehouse_above_the_budget_of_the_copy_is_built_and_the_copy_before_it_stays(shop):
    before = published.required(shop.project).file
    shop.write("adp.yml", "published_mb: 1\n")
    shop.commit()
    shop.deliver_orders(rows=200_000)

    built = shop.build()

    assert built.succeeded
    assert not built.published
    assert re.search(
        r"shop\.duckdb takes [\d.,]+ MB, more than published_mb: 1 .* Raise it", built.evidence[-1].message
    )
    assert published.required(shop.project).file == before
    assert shop.sql("select count(*) from stg_orders") == [(200_000,)]


def test_a_model_of_a_source_that_is_read_for_the_first_time_is_no_fault_and_is_published(shop):
    shop.write("models/refunds.yml", "sources: [{name: shop, schema: raw, tables: [{name: refunds}]}]\n")
    shop.write("models/stg_refunds.sql", "select order_id, refunded from {{ source('shop', 'refunds') }}\n")
    shop.sql("create table raw.refunds as select order_id, amount / 2 as refunded from raw.orders limit 50")
    shop.commit("refunds")

    assert shop.heal().report.status == "healthy"
    assert shop.build().published
    assert shop.sql("select count(*) from stg_refunds") == [(50,)]

    shop.sql("alter table raw.refunds rename refunded to refunded_amount")
    assert shop.heal().report.status == "healed"
