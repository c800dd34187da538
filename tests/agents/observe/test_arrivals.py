"""New rows without a common key: faults of the delivery, and seasons, growth and news that are none."""

import pytest

LOGS = """
select timestamp '2026-01-01' + interval (i) minute as seen_at, strftime(seen_at, '%Y-%m') as _drop,
    month(seen_at) as month, 'N' || (hash(i) % 400) as plane,
    ['JFK', 'EWR', 'LGA'][1 + (hash(i, 1) % 3)::int] as origin,
    ['BOS', 'SFO', 'LAX', 'ORD', 'ATL'][1 + (hash(i, 2) % 5)::int] as dest,
    ['clear', 'rain', 'snow'][1 + (hash(i, 3) % (if(month < 3, 3, 2)))::int] as sky,
    round(20 + 12 * month + (hash(i, 4) % 400) / 10.0, 1) as temp, (hash(i, 5) % 90)::int - 20 as delay,
    200 + (hash(i, 6) % 2000)::int as distance, 'n' || i as note
from range({first}, {last}, 5) as t(i)
"""
GOOD = LOGS.format(first=0, last=130_000)
NEW = LOGS.format(first=130_000, last=172_000)


def changes(found):
    return {} if found is None else {c.name: c.change for c in found.columns}


FAULTS = {
    "miles to feet": ("* replace (distance * 5280 as distance)", {"distance": "rescaled"}),
    "minutes to seconds": ("* replace (delay * 60 as delay)", {"delay": "rescaled"}),
    "codes": ("* replace (map {'JFK': '1', 'EWR': '2', 'LGA': '3'}[origin] as origin)", {"origin": "recoded"}),
    "case": ("* replace (lower(plane) as plane)", {"plane": "reformatted"}),
    "blanks in some": ("* replace (if(hash(plane) % 3 = 0, ' ' || plane, plane) as plane)", {"plane": "reformatted"}),
    "swapped": ("* replace (origin as dest, dest as origin)", {"origin": "swapped", "dest": "swapped"}),
}


@pytest.mark.parametrize(("columns", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_rows_that_arrive_otherwise_are_seen_without_a_key(drift, columns, expected):
    assert changes(drift(GOOD, f"from THEN union all by name select {columns} from ({NEW})", "logs")) == expected


@pytest.mark.parametrize("last", [50_000, 90_000, 130_000, 172_000, 260_000])
@pytest.mark.parametrize("first", [10_000, 43_000, 44_640, 60_000, 88_000])
def test_the_next_rows_of_a_season_are_no_drift(drift, first, last):
    then, new = LOGS.format(first=0, last=first), LOGS.format(first=first, last=first + last)
    assert drift(then, f"from THEN union all by name {new}", "logs") is None


def test_a_new_carrier_with_a_third_of_the_rows_is_no_drift(drift):
    new = "* replace (if(hash(note) % 3 = 0, 'XNA', origin) as origin)"
    assert drift(GOOD, f"from THEN union all by name select {new} from ({NEW})", "logs") is None
