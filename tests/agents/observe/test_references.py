"""References between sources on a small real project: to rows that do not exist, and to rows on their way."""

import pytest

from agents.contracts import Cause


def causes(shop):
    return [(d.cause, d.subject) for d in shop.heal(dry_run=True).diagnoses]


@pytest.mark.thorough
def test_references_to_nothing_are_named(shop):
    shop.sql("update raw.orders set customer_id = 9000 + customer_id where order_id % 20 = 7")

    assert causes(shop)[0] == (Cause.orphans, "raw.orders.customer_id")


def test_new_rows_may_refer_to_customers_that_are_on_their_way(shop):
    shop.append_orders(2000, 2600)
    shop.sql("update raw.orders set customer_id = 97 + order_id % 5 where order_id > 2300")

    assert shop.build().published


@pytest.mark.thorough
def test_a_table_that_moved_is_named_with_its_new_place(shop):
    shop.sql("create schema landing")
    shop.sql("create table landing.customers_v2 as from raw.customers")
    shop.sql("drop table raw.customers")

    (found,) = (d for d in shop.heal(dry_run=True).diagnoses if d.subject == "raw.customers")
    assert (found.cause, found.moved_to) == (Cause.table_renamed, ("landing.customers_v2",))
