"""What comes first: what was cut short is ended, and what people merged is noticed."""

from agents.commit import recovered
from agents.ledger import Ledger
from agents.merged import build_merged, notice_alone, notice_merged
from agents.project import Project
from agents.rollback import resumed, resumed_alone


def catch_up(project: Project, ledger: Ledger, *, merges: bool = True) -> None:
    """End an interrupted commit and rollback, then prove and build what was merged by hand, if `merges`.

    For a caller that holds the project's lock.
    """
    recovered(project)
    resumed(project, ledger)
    if merges:
        notice_merged(project, ledger)
        build_merged(project, ledger)


def catch_up_alone(project: Project, ledger: Ledger) -> None:
    """As `catch_up` for a caller that builds afterwards; the lock is waited for only where there is something to do."""
    recovered(project)
    resumed_alone(project, ledger)
    notice_alone(project, ledger)
