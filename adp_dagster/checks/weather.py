"""Hourly weather. The shares are the largest of any month of 2013, with room above."""

from adp_dagster.checks.expected import Table, moment, number, text, whole

OBSERVATIONS = Table(
    # Local hours repeat when summer time ends, so the hour in UTC is the key.
    key=("origin", "time_hour"),
    columns={
        "origin": text("EWR", "JFK", "LGA"),
        "year": whole(2013, 2013),
        "month": whole(1, 12),
        "day": whole(1, 31),
        "hour": whole(0, 23),
        "temp": number(-40, 130, empty=0.01),
        "dewp": number(-60, 100, empty=0.01),
        "humid": number(0, 100, empty=0.01),
        "wind_dir": whole(0, 360, empty=0.08),
        # One reading of 1,048 mph (EWR, 12 February) is in the published data.
        "wind_speed": number(0, 150, empty=0.01, outliers=0.001),
        "wind_gust": number(0, 200, empty=1.0),
        "precip": number(0, 10),
        "pressure": number(900, 1100, empty=0.30),
        "visib": number(0, 10),
        "time_hour": moment(),
    },
)

TABLES = {"observations": OBSERVATIONS}
