"""Planes, airlines and airports."""

from adp_dagster.checks.expected import Table, number, text, whole

TABLES = {
    "planes": Table(
        key=("tailnum",),
        columns={
            "tailnum": text(like=r"[0-9A-Z]{4,6}"),
            "year": whole(1940, 2013, empty=0.05),
            "type": text("Fixed wing multi engine", "Fixed wing single engine", "Rotorcraft"),
            "manufacturer": text(),
            "model": text(),
            "engines": whole(1, 8),
            "seats": whole(1, 600),
            # Almost never known: 23 of 3,322 planes.
            "speed": whole(50, 1000, empty=1.0),
            "engine": text("4 Cycle", "Reciprocating", "Turbo-fan", "Turbo-jet", "Turbo-prop", "Turbo-shaft"),
        },
    ),
    "airlines": Table(
        key=("carrier",),
        columns={"carrier": text(like=r"[0-9A-Z]{2}"), "name": text()},
    ),
    "airports": Table(
        key=("faa",),
        columns={
            "faa": text(like=r"[0-9A-Z]{3}"),
            "name": text(),
            "lat": number(-90, 90),
            "lon": number(-180, 180),
            "alt": whole(-300, 15_000),
            "tz": whole(-12, 14),
            "dst": text("A", "N", "U"),
            "tzone": text(empty=0.02),
        },
    ),
}
