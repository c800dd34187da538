"""The bundled data on disk, and in the warehouse without Dagster."""

import duckdb

from adp_dagster.data import commerce, flights
from adp_dagster.data.catalogue import LANDED
from adp_dagster.data.landing import land
from adp_dagster.data.places import Places
from agents.graph import Graph


def wanted_by(graph: Graph) -> bool:
    """Whether a project reads the bundled data: it declares all of its tables as sources."""
    declared = {(source.source_name, source.name) for source in graph.sources()}
    return declared >= {(landed.product, landed.table) for landed in LANDED}


def deliver_missing(places: Places) -> bool:
    """Write a year of drops and a shop where nothing was delivered yet; says whether it did."""
    absent = not places.landing.exists() and not places.bronze.exists()
    if absent:
        flights.write_drops(places.landing)
        commerce.generate(places.bronze)
    return absent


def land_everything(places: Places) -> int:
    """Land every drop on disk and all whole tables; returns how many loads that were."""
    places.warehouse.parent.mkdir(parents=True, exist_ok=True)
    loads = 0
    with duckdb.connect(str(places.warehouse)) as db:
        for landed in LANDED:
            drops: list[str | None] = [*places.drops(landed.product)] if landed.monthly else [None]
            for drop in drops if landed.mode == "drop" else drops[-1:]:
                land(db, places, landed, drop)
                loads += 1
    return loads
