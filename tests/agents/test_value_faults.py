"""Values that a producer began to deliver otherwise: repaired where rows prove it, on a small real project."""

import pytest

from agents.contracts import Cause

FAULTS = {
    "thousands": ("amount", "format('{:,.2f}', amount * 100) as amount", Cause.column_retyped),
    "unit": ("amount", "amount::varchar || ' USD' as amount", Cause.column_retyped),
    "decimal comma": ("amount", "replace(amount::varchar, '.', ',') as amount", Cause.column_retyped),
    "date": ("ordered_at", "strftime(ordered_at, '%d/%m/%Y %H:%M:%S') as ordered_at", Cause.column_retyped),
    "epoch": ("ordered_at", "epoch(ordered_at)::bigint as ordered_at", Cause.column_retyped),
    "epoch millis": ("ordered_at", "epoch_ms(ordered_at) as ordered_at", Cause.column_retyped),
    "cents": ("amount", "(amount * 100)::double as amount", Cause.unit_changed),
    "codes": ("status", "upper(left(status, 1)) as status", Cause.enum_recoded),
}


@pytest.mark.parametrize("name", [n for n in FAULTS if n != "thousands"])
def test_values_delivered_otherwise_are_read_as_before(shop, name):
    shop.write("adp.yml", "policy: {auto: medium}\n")
    shop.commit()
    _, sql, cause = FAULTS[name]
    before = shop.sql("select * from stg_orders order by all")
    shop.sql(f"create or replace table raw.orders as select * replace ({sql}) from raw.orders")

    healed = shop.heal()

    assert [d.cause for d in healed.diagnoses] == [cause]
    assert healed.report.status == "healed", [a.note for a in healed.applied]
    assert shop.sql("select * from stg_orders order by all") == before
    assert shop.heal().report.status == "healthy"
