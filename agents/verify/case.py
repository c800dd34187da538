"""One fault's options as verification gets them."""

from dataclasses import dataclass

from agents.contracts import Options, TableDrift


@dataclass(frozen=True)
class Case:
    """One fault's options, and what else the sandbox must know."""

    options: Options
    rebuild: tuple[str, ...] = ()
    """Nodes that new rows in other sources made stale: built too, as the rerun will."""
    blocked: tuple[str, ...] = ()
    """Nodes that another, unanswered fault breaks: left out of the build."""
    grown: tuple[str, ...] = ()
    """Ids of sources whose content moved since the last good state."""
    stale: tuple[str, ...] = ()
    """Nodes that have nothing to do with the fault, but read sources that moved: the rerun builds them."""
    chosen: bool = False
    """A person has chosen the one candidate: what the data could not decide is decided."""

    @property
    def drift(self) -> TableDrift:
        """The drift of the source concerned. Raises StopIteration for a fault that is not one of a source."""
        return next(e.drift for d in self.options.diagnoses for e in d.evidence if e.drift)
