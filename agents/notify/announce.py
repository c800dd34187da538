"""The one door to notifications: it costs nothing where no channel is set, and never fails what calls it."""

from collections.abc import Mapping

from agents.graph import Graph
from agents.ledger import Ledger
from agents.notify.news import question
from agents.project import Project


def announce(project: Project, ledger: Ledger) -> tuple[str, ...]:
    """Tell what waits for a person and was not told yet; a line for each message, and for each that did not arrive."""
    return _told(project, ledger, faults=True)


def announce_versions(project: Project, ledger: Ledger) -> tuple[str, ...]:
    """Tell only what became of versions: a build has no word on faults, which a heal explains better."""
    return _told(project, ledger, faults=False)


def ask_authors(project: Project, ledger: Ledger, graph: Graph, questions: Mapping[str, str]) -> tuple[str, ...]:
    """Send the comparison of each adopted edit that changes results to its author and owner, once for each version.

    `questions` holds what the rehearsal said, by path relative to the project; paths that are not adopted are left out.
    """
    question(project, ledger, graph, questions)
    return announce_versions(project, ledger)


def _told(project: Project, ledger: Ledger, *, faults: bool) -> tuple[str, ...]:
    if not project.settings.notify.on:
        return ()
    from agents.notify.notify import PAUSES, notify

    try:
        pauses = PAUSES if faults else ()  # a build does not wait for a server; what did not arrive is due again
        return tuple(told.line for told in notify(project, ledger, pauses=pauses, faults=faults))
    except Exception as error:  # a repair is done by now: whatever is wrong with the messages, it is said, not raised
        return (f"nobody was told: {type(error).__name__}: {error}",)
