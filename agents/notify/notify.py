"""Decide what is news to whom, say it once, try again within a budget, and record how it fared."""

import shlex
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

from agents import published
from agents.contracts import Risk
from agents.errors import AdpError, FinalError, RetryableError
from agents.graph import Graph
from agents.ledger import Ledger
from agents.masking import masked
from agents.notify.email import MailChannel
from agents.notify.letter import Letter, letter, one_line, trial_letter
from agents.notify.news import News, news
from agents.notify.owners import owners
from agents.notify.told import Address, claim, settle, snoozed
from agents.notify.told import quiet_until as snoozed_until
from agents.notify.version_letter import version_letter
from agents.notify.waiting import NEVER, Waiting, alike, waiting
from agents.notify.webhook import WebhookChannel
from agents.policy import quiet_until
from agents.project import Project
from agents.settings import Notify

PAUSES = (1.0, 4.0)
"""Seconds before each further attempt; all messages of one channel share them, so that a dead server costs once."""
DEADLINE = 30.0
"""Seconds for one attempt, however slowly a server talks."""
PATIENCE = 60.0
"""Seconds for all messages of one channel; what is left then is due with the next call."""


class Channel(Protocol):
    """A way to people."""

    @property
    def name(self) -> str: ...
    def recipients(self, owners: tuple[str, ...], people: tuple[str, ...] = ()) -> tuple[str, ...]: ...
    def send(self, letter: Letter, recipient: str) -> None: ...


@dataclass(frozen=True)
class Told:
    """How one message fared."""

    channel: str
    recipient: str
    outcome: Literal["sent", "failed", "held"]
    detail: str
    items: int = 0
    attempts: int = 0

    @property
    def line(self) -> str:
        """One line for a person."""
        to = masked(self.recipient) if "@" in self.recipient else self.recipient
        return f"{self.channel} to {to}: {self.outcome}: {self.detail}"


def channels(settings: Notify) -> tuple[Channel, ...]:
    """Every way that the settings give."""
    mail = (MailChannel(settings.email),) if settings.email else ()
    return (*mail, *((WebhookChannel(settings.webhook),) if settings.webhook else ()))


def notify(
    project: Project,
    ledger: Ledger,
    now: datetime | None = None,
    pauses: Sequence[float] = PAUSES,
    *,
    faults: bool = True,
) -> tuple[Told, ...]:
    """Tell each recipient of each channel what waits and is news to them: once for each state, then as a reminder.

    What became of versions is told once and not reminded of; without `faults` nothing else is told.
    What is snoozed is not told, and in quiet hours only what has a high risk. Nothing is raised for a server that
    fails: it is recorded, returned, and due again with the next call.
    """
    moment = now or datetime.now(UTC)
    settings = project.settings.notify
    items: list[Waiting | News] = [*news(project, ledger)]
    if faults:
        quiet = snoozed(ledger, project, moment)
        items += [w for w in waiting(project, ledger) if snoozed_until(w.faults, quiet) is None]
    if not items:
        return ()
    post = _Post(project, ledger, moment, tuple(pauses))
    told: list[Told] = []
    hush = quiet_until(settings.quiet_hours, moment) if settings.quiet_hours else ""
    hushed = [w for w in items if hush and w.risk is not Risk.high]
    if hushed:
        told.append(Told("all", "everybody", "held", f"{len(hushed)} of no high risk, {hush}"))
    loud = [w for w in items if w not in hushed]
    graph = _graph(project) if loud else None
    for channel in channels(settings):
        told += post.deliver(channel, loud, graph)
    return tuple(told)


def trial(project: Project, pauses: Sequence[float] = PAUSES) -> tuple[Told, ...]:
    """Send a test message over every channel; nothing is recorded."""
    told = []
    for channel in channels(project.settings.notify):
        to = channel.recipients(())
        if not to:
            told.append(Told(channel.name, "nobody", "failed", "no address: set notify.email.to"))
        for recipient in to:
            left = list(pauses)
            told.append(delivered(channel, trial_letter(project.name), recipient, left))
    return tuple(told)


@dataclass
class _Post:
    project: Project
    ledger: Ledger
    now: datetime
    pauses: tuple[float, ...]

    def deliver(self, channel: Channel, items: Sequence[Waiting | News], graph: Graph | None) -> list[Told]:
        """One message for each recipient and cause, of what is due."""
        addressed: dict[str, list[Waiting | News]] = {}
        nobody = 0
        for item in items:
            people = item.people if isinstance(item, News) else ()
            to = channel.recipients(owners(graph, item), people)
            nobody += not to
            for recipient in to:
                addressed.setdefault(recipient, []).append(item)
        told, left, ends = [], list(self.pauses), time.monotonic() + PATIENCE
        if nobody:
            told.append(Told(channel.name, "nobody", "failed", f"{nobody} have no owner: set notify.email.to", nobody))
        for recipient, theirs in addressed.items():
            to_whom = Address(self.project.prefix, channel.name, recipient)
            for group in alike(self._due(theirs, to_whom)):
                text = self._written(group, _personal(graph))
                if time.monotonic() < ends:
                    done = replace(delivered(channel, text, recipient, left), items=len(group))
                else:
                    done = Told(channel.name, recipient, "failed", f"not tried after {PATIENCE:g} s", len(group))
                settle(self.ledger, group, to_whom, sent=done.outcome == "sent", detail=done.detail)
                told.append(done)
        return told

    def _written(self, group: Sequence[Waiting | News], personal: frozenset[str]) -> Letter:
        """What happened to a version has no cause in common with a fault, so that a group is all of one kind."""
        if versions := [item for item in group if isinstance(item, News)]:
            return version_letter(self.project.name, self._where, versions, personal)
        return letter(self.project.name, self._where, [i for i in group if isinstance(i, Waiting)], personal)

    def _due(self, items: Sequence[Waiting | News], to: Address) -> list[Waiting | News]:
        hours = self.project.settings.notify.remind_hours
        good = published.current(self.project)
        again = self.now - timedelta(hours=hours) if hours else NEVER
        since = good.state.published_at if good else NEVER
        claimed = []
        for item in items:
            bounds = (NEVER, NEVER) if isinstance(item, News) else (again, since)
            claimed.append((item, claim(self.ledger, item, to, self.now, *bounds)))
        return [replace(item, told=times) for item, times in claimed if times is not None]

    @property
    def _where(self) -> str:
        prefix = one_line(self.project.prefix)
        return f" --project {shlex.quote(prefix)}" if prefix else ""


def delivered(channel: Channel, text: Letter, recipient: str, pauses: list[float]) -> Told:
    """Send one letter; each further attempt takes a pause from `pauses` until none is left."""
    attempts = 0
    while True:
        attempts += 1
        try:
            _within(DEADLINE, lambda: channel.send(text, recipient))
            return Told(channel.name, recipient, "sent", text.subject, attempts=attempts)
        except RetryableError as error:
            if not pauses:
                why = f"{error} (attempt {attempts})"
                return Told(channel.name, recipient, "failed", one_line(why), attempts=attempts)
            time.sleep(pauses.pop(0))
        except AdpError as error:
            return Told(channel.name, recipient, "failed", one_line(str(error)), attempts=attempts)


def _within(seconds: float, send: Callable[[], None]) -> None:
    """Wait so long and no longer: a server that sends a byte now and then never runs into a socket's timeout."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            send()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise FinalError(f"no end after {seconds:g} s; it is not tried again, because it may still arrive")
    if failed:
        raise failed[0]


def _graph(project: Project) -> Graph | None:
    """The project's owners and personal columns; a project that does not parse has none, and people are told still."""
    try:
        return project.graph
    except AdpError:
        return None


def _personal(graph: Graph | None) -> frozenset[str]:
    return frozenset(name for node in graph.nodes.values() for name in node.personal) if graph else frozenset()
