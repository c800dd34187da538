"""Every table that lands in the warehouse: one record each, from which the source assets are made."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Landed:
    """A table of a data product, and how its deliveries enter the warehouse."""

    product: str
    """The data product, which is also the name of the dbt source."""
    table: str
    schema: str
    """Schema of the warehouse that holds it as delivered."""
    mode: Literal["drop", "whole"]
    """`drop`: each delivery is a month that is appended; `whole`: each delivery replaces the last."""
    owner: str

    @property
    def monthly(self) -> bool:
        """Whether its files come as monthly drops; a `whole` table may, and then the newest drop counts."""
        return self.product != "commerce"

    @property
    def relation(self) -> str:
        """`schema.table`, as DESIGN's subjects name it."""
        return f"{self.schema}.{self.table}"


def _commerce(table: str) -> Landed:
    return Landed("commerce", table, "raw_commerce", "whole", "team:commerce")


def _fleet(table: str) -> Landed:
    return Landed("fleet", table, "raw_fleet", "whole", "team:fleet")


LANDED: tuple[Landed, ...] = (
    Landed("operations", "flights", "raw_operations", "drop", "team:operations"),
    _fleet("planes"),
    _fleet("airlines"),
    _fleet("airports"),
    Landed("weather", "observations", "raw_weather", "drop", "team:weather"),
    _commerce("orders"),
    _commerce("customers"),
    _commerce("products"),
    _commerce("marketing_campaigns"),
    _commerce("marketing_events"),
    _commerce("user_interactions"),
    _commerce("support_tickets"),
)
