"""A source that was repaired breaks again: second faults beside names and values that the models already read."""

import pytest

from agents.contracts import Cause

RENAMED = {
    "another column renamed": ("* rename (customer_id as client_id)", Cause.column_renamed),
    "the same column renamed again": ("* rename (orderTotal as sum_total)", Cause.column_renamed),
    "the key renamed": ("* rename (order_id as order_number)", Cause.column_renamed),
    "the renamed column in cents": ("* replace ((orderTotal * 100)::double as orderTotal)", Cause.unit_changed),
    "the renamed column as text": (
        "* replace (replace(format('{:.2f}', orderTotal), '.', ',') as orderTotal)", Cause.column_retyped),
    "codes beside it": ("* replace (upper(left(status, 1)) as status)", Cause.enum_recoded),
    "time zone beside it": ("* replace (ordered_at + interval 2 hour as ordered_at)", Cause.column_retyped),
}  # fmt: skip
SCALED = {
    "another column renamed": ("* rename (customer_id as client_id)", Cause.column_renamed),
    "the same column renamed": ("* rename (amount as orderTotal)", Cause.column_renamed),
    "codes beside it": ("* replace (upper(left(status, 1)) as status)", Cause.enum_recoded),
}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n == "another column renamed" else pytest.mark.thorough) for n in RENAMED]
)
def test_a_second_fault_is_healed_beside_a_renamed_column(healed, name):
    _trusting(healed)
    query, cause = RENAMED[name]
    _heals(healed, query, cause)


@pytest.mark.thorough
@pytest.mark.parametrize("name", SCALED)
def test_a_second_fault_is_healed_beside_a_column_in_another_unit(shop, name):
    _trusting(shop)
    _heals(shop, "* replace ((amount * 100)::double as amount)", Cause.unit_changed)
    query, cause = SCALED[name]
    _heals(shop, query, cause)


@pytest.mark.thorough
def test_the_last_column_renamed_twice_is_healed_where_a_model_passes_every_column_on(shop):
    _trusting(shop)
    shop.write("models/every_customer.sql", "select * from {{ source('raw', 'customers') }}\n")
    shop.commit("every column")
    assert shop.build().published
    before = shop.sql("select * from every_customer order by all")
    for old, new in (("city", "town"), ("town", "place_name")):
        shop.sql(f"alter table raw.customers rename {old} to {new}")

        done = shop.heal()

        assert [d.cause for d in done.diagnoses] == [Cause.column_renamed]
        assert done.report.status == "healed", [a.note for a in done.applied]
        assert shop.sql("select * from every_customer order by all") == before


def _trusting(shop):
    shop.write("adp.yml", "policy: {auto: medium}\n")
    shop.commit()


def _heals(shop, query, cause):
    before = shop.sql("select * from stg_orders order by all")
    shop.sql("create or replace temp table old as from raw.orders; "
             f"create or replace table raw.orders as select {query} from old")  # fmt: skip

    done = shop.heal()

    assert [d.cause for d in done.diagnoses] == [cause]
    assert done.report.status == "healed", [a.note for a in done.applied]
    assert shop.sql("select * from stg_orders order by all") == before
