"""An incremental model's text gets a column, and its table has to follow: built anew, where that loses nothing."""

import pytest

from agents.build import audit, build
from agents.contracts import Cause
from agents.proposals import approve

MEDIUM = "policy: {auto: medium}\n"
LOG = """{{{{ config(materialized='incremental', unique_key='order_id', on_schema_change='{on}') }}}}
select order_id, status, ordered_at{more}
from {{{{ ref('stg_orders') }}}}
{{% if is_incremental() %}}
where ordered_at > (select max(ordered_at) from {{{{ this }}}})
{{% endif %}}
"""
DAYS = "select ordered_at::date as day, count(*) as orders{more}\nfrom {{{{ ref('order_log') }}}}\ngroup by all\n"


@pytest.fixture
def logged(make_shop):
    """A shop whose orders are also kept in an incremental model, and counted by day."""

    def made(on="ignore"):
        shop = make_shop()
        shop.write("adp.yml", MEDIUM)
        _write(shop, "order_log", LOG, on=on)
        _write(shop, "fct_days", DAYS)
        shop.commit("a log")
        assert shop.build().published
        return shop

    return made


def _write(shop, model, text, more="", **words):
    shop.write(f"models/{model}.sql", text.format(more=more, **words))


@pytest.mark.parametrize("on", ["fail", "ignore"])
@pytest.mark.thorough
def test_a_column_that_was_added_is_there_after_the_table_was_built_anew_from_all_rows(logged, on):
    shop = logged(on)
    _write(shop, "order_log", LOG, more=", order_amount", on=on)
    _write(shop, "fct_days", DAYS, more=", sum(order_amount) as revenue")
    shop.commit("revenue by day")
    texts = {name: (shop.root / f"models/{name}.sql").read_text() for name in ("order_log", "fct_days")}
    shop.append_orders(2000, 2500)

    healed = shop.heal()

    assert [(d.cause, d.subject) for d in healed.diagnoses] == [
        (Cause.incremental_schema_change, "models/order_log.sql:2")
    ]
    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert shop.sql("select count(*), count(order_amount) from order_log") == [(2500, 2500)]
    assert shop.sql("select sum(revenue)::int = (select sum(amount)::int from raw.orders) from fct_days") == [(True,)]
    assert {name: (shop.root / f"models/{name}.sql").read_text() for name in texts} == texts
    assert shop.git("status", "--porcelain") == ""
    assert shop.heal().report.status == "healthy"


def test_rows_that_only_the_table_still_holds_are_not_given_up_without_a_person(logged):
    shop = logged("fail")
    shop.sql("delete from raw.orders where order_id < 500")
    with shop.opened() as ledger:
        assert not build(shop.project, ledger).published
        assert audit(shop.project, ledger, accept=["raw.orders"]).published
    _write(shop, "order_log", LOG, more=", order_amount", on="fail")
    shop.commit("amounts")

    healed = shop.heal()

    assert healed.report.status == "pending"
    (anew, *_) = (t.proposal for t in healed.applied[0].judgement.undecided)
    assert anew.title == "Build order_log anew from all rows"
    assert shop.sql("select count(*) from order_log") == [(2000,)]

    with shop.opened() as ledger:
        applied, rebuilt = approve(ledger, shop.project, anew.id, "Ann")
    assert (applied.state, rebuilt.published) == ("applied", True)
    assert shop.sql("select count(*), count(order_amount) from order_log") == [(1500, 1500)]


@pytest.mark.thorough
def test_a_column_that_an_edit_lost_is_put_back_and_not_given_up(logged):
    shop = logged("fail")
    before = (shop.root / "models/order_log.sql").read_text()
    shop.write("models/order_log.sql", before.replace("order_id, status, ", "order_id, "))
    shop.commit("a column less")

    healed = shop.heal()

    assert [d.cause for d in healed.diagnoses] == [Cause.incremental_schema_change]
    assert "anew" not in str([t.proposal.title for a in healed.applied for t in a.judgement.tried])
    assert shop.sql("select count(status) from order_log") == [(2000,)]


@pytest.mark.thorough
def test_a_misspelt_source_above_it_is_put_back_and_its_table_goes_on(logged):
    shop = logged()
    sources = (shop.root / "models/sources.yml").read_text()
    shop.write("models/sources.yml", sources.replace("schema: raw", "schema: rwa"))
    shop.commit("typo")

    healed = shop.heal()

    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert shop.sql("select count(*) from order_log") == [(2000,)]
