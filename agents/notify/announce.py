"""The one door to notifications: it costs nothing where no channel is set, and never fails what calls it."""

from agents.ledger import Ledger
from agents.project import Project


def announce(project: Project, ledger: Ledger) -> tuple[str, ...]:
    """Tell what waits for a person and was not told yet; a line for each message, and for each that did not arrive."""
    if not project.settings.notify.on:
        return ()
    from agents.notify.notify import notify

    try:
        return tuple(told.line for told in notify(project, ledger))
    except Exception as error:  # a repair is done by now: whatever is wrong with the messages, it is said, not raised
        return (f"nobody was told: {type(error).__name__}: {error}",)
