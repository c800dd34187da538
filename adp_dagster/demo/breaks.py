"""What a producer does one day without telling: another name for a column. Which and how is drawn from a seed."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from adp_dagster.data import commerce, flights
from adp_dagster.data.catalogue import LANDED, Landed
from adp_dagster.data.places import Places
from agents.graph import Graph

SYNONYMS = {
    "dep": "departure", "arr": "arrival", "sched": "scheduled", "tailnum": "registration", "carrier": "airline",
    "dest": "destination", "origin": "from_airport", "temp": "temperature", "dewp": "dew_point", "humid": "humidity",
    "wind": "breeze", "precip": "rainfall", "visib": "visibility", "amount": "value", "quantity": "units",
    "customer": "client", "product": "item", "order": "purchase", "created": "opened", "email": "mail",
    "status": "state", "price": "cost", "name": "label", "type": "kind", "distance": "miles", "seats": "capacity",
}  # fmt: skip


@dataclass(frozen=True)
class Break:
    """One column of one table under another name."""

    table: Landed
    column: str
    renamed: str

    @property
    def words(self) -> str:
        """What happened, for a person."""
        return f"{self.table.product} renames {self.table.table}.{self.column} to {self.renamed}"


def draw(seed: int, graph: Graph) -> Break:
    """The break of a seed: any landed column that a staging model names may be hit."""
    chance = random.Random(seed)
    table, column, columns = chance.choice(sorted(_read_columns(graph), key=lambda c: (c[0].relation, c[1])))
    styles = [_synonym, _camel, _prefixed, _suffixed]
    chance.shuffle(styles)
    taken = {c.lower() for c in columns}
    names = (style(column, table.table) for style in styles)
    renamed = next(n for n in names if n.lower() != column.lower() and n.lower() not in taken)
    return Break(table, column, renamed)


def _read_columns(graph: Graph) -> Iterable[tuple[Landed, str, tuple[str, ...]]]:
    for table in LANDED:
        source = next(n for n in graph.sources() if (n.source_name, n.name) == (table.product, table.table))
        text = " ".join(reader.raw for reader in graph.readers(source.unique_id))
        for column in source.columns:
            if re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text) and not column.startswith("_"):
                yield table, column, source.columns


def _synonym(column: str, _table: str) -> str:
    return "_".join(SYNONYMS.get(word, word) for word in column.split("_"))


def _camel(column: str, _table: str) -> str:
    first, *rest = column.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _prefixed(column: str, table: str) -> str:
    return f"{table.removesuffix('s')}_{column}"


def _suffixed(column: str, _table: str) -> str:
    return f"{column}_new"


def deliver(places: Places, month: int, broken: Break | None) -> None:
    """The month's drops of all products, and commerce delivered again; one table of them broken."""
    renames = {broken.table.table: {broken.column: broken.renamed}} if broken else {}
    for product in flights.PRODUCTS:
        mine = {t: r for t, r in renames.items() if broken and broken.table.product == product}
        flights.write_drop(places.landing, product, month, mine)
    if broken and broken.table.product == "commerce":
        commerce.redeliver(places.bronze, broken.table.table, renames[broken.table.table])
