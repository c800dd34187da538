"""What was told to whom and when, and what is snoozed: two tables of the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from agents.ledger import Ledger
from agents.ledger_tables import notifications, snoozes
from agents.notify.waiting import Item
from agents.project import Project

UNDER_WAY = timedelta(minutes=15)
"""After this a message that somebody began to send counts as not sent: the process is gone."""


@dataclass(frozen=True)
class Address:
    """Where a message goes."""

    project: str
    channel: str
    recipient: str


def claim(ledger: Ledger, item: Item, to: Address, now: datetime, again: datetime, since: datetime) -> int | None:
    """Take it upon this process to tell an item; how often it was told before, or None where it is not due.

    Due is what did not arrive or was last told before `again`, and what was told before `since`: that was another
    occurrence, which was answered. Of two processes one gets it.
    """
    table = notifications
    same = (
        (table.c.project == to.project)
        & (table.c.item == item.key)
        & (table.c.state == item.state)
        & (table.c.channel == to.channel)
        & (table.c.recipient == to.recipient)
    )
    due = (
        (table.c.outcome == "failed")
        | ((table.c.outcome == "sent") & (table.c.last_at < max(again, since)))
        | ((table.c.outcome == "sending") & (table.c.last_at < now - UNDER_WAY))
    )
    row = {
        "project": to.project, "item": item.key, "state": item.state, "channel": to.channel,
        "recipient": to.recipient, "first_at": now, "last_at": now, "times": 0, "outcome": "sending",
    }  # fmt: skip
    try:
        with ledger.engine.begin() as db:
            times = sa.case((table.c.last_at < since, 0), else_=table.c.times)
            if db.execute(
                table.update().where(same & due).values(outcome="sending", last_at=now, times=times)
            ).rowcount:
                return int(db.execute(sa.select(table.c.times).where(same)).scalar_one())
            if db.execute(sa.select(table.c.times).where(same)).first():
                return None
            db.execute(table.insert(), row)
            return 0
    except sa.exc.IntegrityError:
        return None


def settle(ledger: Ledger, items: Iterable[Item], to: Address, *, sent: bool, detail: str) -> None:
    """Record how a message fared, for each item in it."""
    table = notifications
    with ledger.engine.begin() as db:
        for item in items:
            same = (table.c.item == item.key) & (table.c.state == item.state) & (table.c.project == to.project)
            there = (table.c.channel == to.channel) & (table.c.recipient == to.recipient)
            values = {"outcome": "sent" if sent else "failed", "detail": detail}
            db.execute(table.update().where(same & there).values(times=table.c.times + int(sent), **values))


def snooze(ledger: Ledger, project: Project, faults: Iterable[str], until: datetime, person: str) -> None:
    """Keep faults quiet until then, whatever proposals are made for them meanwhile; a past time wakes them."""
    now = datetime.now(UTC)
    table = snoozes
    with ledger.engine.begin() as db:
        for fault in faults:
            db.execute(table.delete().where((table.c.project == project.prefix) & (table.c.item == fault)))
            row = {"project": project.prefix, "item": fault, "until": until.astimezone(UTC), "person": person}
            db.execute(table.insert(), {**row, "set_at": now})


def snoozed(ledger: Ledger, project: Project, now: datetime) -> dict[str, datetime]:
    """Faults that are quiet now, and until when."""
    query = sa.select(snoozes.c.item, snoozes.c.until).where(snoozes.c.project == project.prefix)
    with ledger.engine.connect() as db:
        rows = [
            (row.item, row.until if row.until.tzinfo else row.until.replace(tzinfo=UTC)) for row in db.execute(query)
        ]
    return {item: until for item, until in rows if until > now}


def quiet_until(faults: Iterable[str], quiet: dict[str, datetime]) -> datetime | None:
    """Until when a proposal is silent: while all its faults are; None where it is not."""
    ends = [quiet.get(fault) for fault in faults]
    return min((end for end in ends if end), default=None) if all(ends) else None
