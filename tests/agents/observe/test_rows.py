"""The same rows then and now: what is a fault of the delivery, and what is ordinary work."""

import pytest

ORDERS = """
select i as order_id, i % 97 as customer_id, 'C-' || lpad((i % 97)::varchar, 4, '0') as customer_code,
    round(5 + (hash(i) % 10000) / 100.0, 2) as amount, round((hash(i * 7) % 1000) / 100.0, 2) as tax,
    ['new', 'paid', 'sent'][1 + (hash(i * 3) % 3)::int] as status, hash(i * 5) % 3 = 0 as is_gift,
    1 + (hash(i * 11) % 5)::int as quantity, timestamp '2026-01-01' + interval (i) minute as ordered_at,
    timestamp '2026-03-01' as _loaded_at
from range(2000) as t(i)
"""


def changes(found):
    return {} if found is None else {c.name: c.change for c in found.columns}


FAULTS = {
    "dollars to cents": ("select * replace ((amount * 100)::int as amount) from THEN", {"amount": "rescaled"}),
    "a sign": ("select * replace (-amount as amount) from THEN", {"amount": "rescaled"}),
    "miles to kilometres, rounded": (
        "select * replace (round(amount * 1.609344, 2) as amount) from THEN", {"amount": "rescaled"},
    ),
    "fahrenheit to celsius": ("select * replace ((amount - 32) / 1.8 as amount) from THEN", {"amount": "rescaled"}),
    "a unit for every third row": (
        "select * replace (if(order_id % 3 = 0, amount * 100, amount) as amount) from THEN", {"amount": "rescaled"},
    ),
    "codes": (
        "select * replace (map {'new': 'N', 'paid': 'P', 'sent': 'S'}[status] as status) from THEN",
        {"status": "recoded"},
    ),
    "numbers for codes": (
        "select * replace (map {'new': 0, 'paid': 1, 'sent': 2}[status] as status) from THEN", {"status": "recoded"},
    ),
    "one code renamed": (
        "select * replace (if(status = 'sent', 'shipped', status) as status) from THEN", {"status": "recoded"},
    ),
    "a boolean turned round": ("select * replace (not is_gift as is_gift) from THEN", {"is_gift": "recoded"}),
    "boolean words": (
        "select * replace (if(is_gift, 'yes', 'no') as is_gift) from THEN", {"is_gift": "retyped"},
    ),
    "numbers with a unit": (
        "select * replace (quantity || ' pieces' as quantity) from THEN", {"quantity": "retyped"},
    ),
    "a key in lower case": (
        "select * replace (lower(customer_code) as customer_code) from THEN", {"customer_code": "reformatted"},
    ),
    "blanks around a third of a key": (
        "select * replace (if(order_id % 3 = 0, ' ' || customer_code, customer_code) as customer_code) from THEN",
        {"customer_code": "reformatted"},
    ),
    "a status in upper case": ("select * replace (upper(status) as status) from THEN", {"status": "recoded"}),
    "two columns swapped": ("select * replace (amount as tax, tax as amount) from THEN",
                            {"amount": "swapped", "tax": "swapped"}),
    "another time zone": (
        "select * replace (ordered_at - interval 5 hour as ordered_at) from THEN", {"ordered_at": "retyped"},
    ),
    "rows twice": ("from THEN union all from THEN where order_id < 40", {"order_id": "duplicated"}),
    "rows twice, in conflict": (
        "from THEN union all select * replace (amount + 1 as amount) from THEN where order_id < 40",
        {"order_id": "duplicated"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("now", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_for_what_it_is(drift, now, expected):
    assert changes(drift(ORDERS, now)) == expected


NORMAL = {
    "statuses move forward": """select * replace (if(order_id % 4 = 0,
        map {'new': 'paid', 'paid': 'sent', 'sent': 'sent'}[status], status) as status) from THEN""",
    "a new status for some": "select * replace (if(order_id % 9 = 0, 'returned', status) as status) from THEN",
    "new rows": f"from THEN union all select * replace (order_id + 2000 as order_id) from ({ORDERS})",
    "everything is loaded again": "select * replace (now()::timestamp as _loaded_at) from THEN",
    "prices of a few rise by a tenth": """select * replace (if(order_id % 30 = 0, round(amount * 1.1, 2), amount)
        as amount) from THEN""",
    "corrected quantities": "select * replace (if(order_id % 20 = 0, quantity + 1, quantity) as quantity) from THEN",
    "an age goes on": "select * replace (quantity + 1 as quantity) from THEN",
    "a new column": "select *, 'x' as note from THEN",
    "another order of rows": "from THEN order by hash(order_id)",
    "a wider type": "select * replace (quantity::double as quantity, order_id::bigint as order_id) from THEN",
    "a few orders are deleted": "from THEN where order_id % 50 <> 0",
}


@pytest.mark.parametrize("now", NORMAL.values(), ids=NORMAL.keys())
def test_ordinary_work_is_no_drift(drift, now):
    assert drift(ORDERS, now) is None


def test_rows_that_repeat_a_key_are_the_same_or_in_conflict(drift):
    twice = drift(ORDERS, "from THEN union all from THEN where order_id < 40")
    other = drift(ORDERS, "from THEN union all select * replace (-amount as amount) from THEN where order_id < 40")

    assert (twice.key, twice.identical) == (("order_id",), True)
    assert (other.key, other.identical) == (("order_id",), False)


def test_rows_are_told_apart_by_several_columns_where_two_are_not_enough(drift):
    then = (
        "select i % 20 as day, i // 20 % 10 as route, i // 200 as line, (hash(i) % 100)::bigint as seats, "
        "timestamp '2026-01-01' + interval (i // 7) hour as starts_at from range(4000) t(i)"
    )

    shifted = drift(then, "select * replace (starts_at - interval 5 hour as starts_at) from THEN")
    twice = drift(then, "select * from THEN union all select * from THEN where day = 3")

    assert set(shifted.key) == {"day", "route", "line"}
    assert [(c.name, c.change) for c in shifted.columns] == [("starts_at", "retyped")]
    assert [(c.change, twice.identical) for c in twice.columns] == [("duplicated", True)]


def test_a_few_equal_rows_of_a_table_without_a_key_are_no_fault(drift):
    then = "select i % 20 as day, i // 20 % 10 as route, i // 200 as line from range(4000) t(i)"

    assert drift(then, "select * from THEN union all select * from THEN limit 4004") is None
