"""Flights. The shares are the largest of any month of 2013, February's snow, with room above."""

from adp_dagster.checks.expected import Table, moment, number, text, whole

CANCELLED = 0.12
"""Cancelled flights have no times: 5.1% of February."""

FLIGHTS = Table(
    key=("year", "month", "day", "carrier", "flight", "origin"),
    columns={
        "year": whole(2013, 2013),
        "month": whole(1, 12),
        "day": whole(1, 31),
        "dep_time": whole(1, 2400, empty=CANCELLED),
        "sched_dep_time": whole(0, 2359),
        "dep_delay": whole(-120, 1800, empty=CANCELLED),
        "arr_time": whole(1, 2400, empty=CANCELLED),
        "sched_arr_time": whole(0, 2400),
        "arr_delay": whole(-180, 1800, empty=CANCELLED),
        "carrier": text(like=r"[0-9A-Z]{2}"),
        "flight": whole(1),
        "tailnum": text(like=r"[0-9A-Z]{4,6}", empty=0.05),
        "origin": text("EWR", "JFK", "LGA"),
        "dest": text(like=r"[A-Z]{3}"),
        "air_time": whole(10, 900, empty=CANCELLED),
        "distance": number(1, 6000),
        "hour": whole(0, 23),
        "minute": whole(0, 59),
        "time_hour": moment(),
    },
)

TABLES = {"flights": FLIGHTS}
