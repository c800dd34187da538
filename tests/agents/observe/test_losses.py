"""Rows that are gone, keys that are empty, references to nothing."""

import pytest

from agents.observe.hints import Hints
from agents.observe.references import Parent

ORDERS = """
select i as order_id, i % 97 as customer_id, ['Oslo', 'Rome', 'Bonn', 'Wien'][1 + (hash(i) % 4)::int] as city,
    date '2026-01-01' + (i // 10)::int as ordered_on, hash(i, 1) % 1000 as amount
from range(2000) as t(i)
"""
KEYLESS = ORDERS.replace("i as order_id,", "hash(i // 2) % 500 as shelf,")
LATER = "select order_id + 2000 as order_id, customer_id, city, ordered_on + 200 as ordered_on, amount from THEN"

LOST = {
    "the latest": "from THEN where ordered_on < date '2026-06-20'",
    "a city": "from THEN where city <> 'Rome'",
    "a city, while the others grew": f"from THEN where city <> 'Rome' union all (from ({LATER}) where city <> 'Rome')",
    "one in three": "from THEN where hash(amount) % 3 <> 0",
    "one in three, though a few came": f"from THEN where hash(amount) % 3 <> 0 union all ({LATER} limit 40)",
    "all": "from THEN where false",
    "the latest day, of two hundred": "from THEN where ordered_on < date '2026-07-19'",
}


@pytest.mark.parametrize("now", LOST.values(), ids=LOST.keys())
def test_a_partial_load_has_lost_rows(drift, now):
    found = drift(ORDERS, now)

    assert found is not None
    assert found.lost_rows


@pytest.mark.parametrize("name", ["the latest", "a city", "one in three", "all"])
def test_a_partial_load_is_seen_without_a_key(drift, name):
    found = drift(KEYLESS, LOST[name])

    assert found is not None
    assert found.lost_rows


KEPT = {
    "a window that rolls": f"from THEN where ordered_on >= date '2026-03-01' union all ({LATER} limit 600)",
    "a queue": f"from THEN where hash(order_id) % 3 = 0 union all (from ({LATER}) where hash(order_id) % 2 = 0)",
    "a city whose orders another takes over": (
        "from THEN where city <> 'Rome' union all "
        f"select * replace ('Turin' as city) from ({LATER}) where city = 'Rome'"
    ),
    "what is done": (
        "select * replace (if(hash(order_id) % 3 = 0 and city = 'Bonn', 'Wien', city) as city) from THEN "
        f"where city <> 'Rome' union all (from ({LATER}) where city <> 'Rome')"
    ),
    "a few cancelled": "from THEN where hash(order_id) % 40 <> 0",
    "growth": f"from THEN union all {LATER}",
}


DROPS = ORDERS.replace("as city", "as city, 'orders-' || strftime(date '2026-01-01' + (i // 400)::int, '%d') as _drop")
NEXT = LATER.replace(" from", ", 'orders-10' as _drop from")
GONE = {"orders-03": True, "orders-01": False, "orders-05": True}


@pytest.mark.parametrize(("drop", "told"), GONE.items(), ids=GONE)
def test_a_drop_that_is_gone_while_an_earlier_one_is_left_is_told(drift, drop, told):
    found = drift(DROPS, f"from THEN where _drop <> '{drop}' union all by name ({NEXT} limit 400)")

    assert (found is not None and bool(found.lost_rows)) is told


@pytest.mark.parametrize("now", KEPT.values(), ids=KEPT.keys())
def test_rows_that_ordinarily_go_are_no_drift(drift, now):
    assert drift(ORDERS, now) is None


def test_a_window_that_rolls_is_no_drift_without_a_key(drift):
    rolled = KEPT["a window that rolls"].replace("order_id + 2000 as order_id", "shelf")
    assert drift(KEYLESS, rolled) is None


def test_keys_that_are_null_are_named_and_not_taken_for_lost_rows(drift):
    found = drift(ORDERS, "select * replace (if(order_id % 25 = 4, null, order_id) as order_id) from THEN")

    assert [(c.name, c.change) for c in found.columns] == [("order_id", "emptied")]
    assert not found.lost_rows


def test_references_that_became_null_are_named(drift):
    found = drift(ORDERS, "select * replace (if(order_id % 25 = 4, null, customer_id) as customer_id) from THEN")

    assert [(c.name, c.change) for c in found.columns] == [("customer_id", "emptied")]


def test_a_few_nulls_in_a_measure_are_no_drift(drift):
    assert drift(ORDERS, "select * replace (if(order_id % 25 = 4, null, amount) as amount) from THEN") is None


CITIES = Parent(
    unique_id="source.p.raw.cities", label="raw.cities", column="city", kind="VARCHAR", moved=False,
    good="(select unnest(['Oslo', 'Rome', 'Bonn', 'Wien']) as city)",
    now="(select unnest(['Oslo', 'Rome', 'Bonn', 'Wien']) as city)",
)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "change"),
    [("if(city = 'Rome', 'x-Rome', city)", "orphaned"), ("'x-' || city", "recoded")],
    ids=["some codes", "all codes"],
)
def test_some_codes_that_their_table_does_not_have_refer_to_nothing(drift, written, change):
    found = drift(ORDERS, f"select * replace ({written} as city) from THEN", hints=Hints(parents=(CITIES,)))

    assert [(c.name, c.change) for c in found.columns] == [("city", change)]
