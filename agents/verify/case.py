"""One fault's options as verification gets them."""

from dataclasses import dataclass

from agents.contracts import Options, TableDrift
from agents.graph import Graph


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


def concerned(graph: Graph, options: Options) -> tuple[str, ...]:
    """Nodes that failed or changed, models in place of their tests."""
    seen = (graph.nodes[e.node] for d in options.diagnoses for e in d.evidence if e.node in graph.nodes)
    found = [uid for n in seen for uid in (n.parents if n.kind in ("test", "unit_test") else (n.unique_id,))]
    return tuple(uid for uid in dict.fromkeys(found) if uid in graph.nodes)
