"""What repairs that stand say about how sources are to be read, then and now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents import lock
from agents.contracts import Frozen, SourceChange
from agents.delivered import as_known
from agents.graph import Node
from agents.observe.profile import Reading
from agents.project import Project
from agents.published import Published


@dataclass(frozen=True)
class Repairs:
    """The repairs of one commit, by source."""

    aliases: Mapping[str, Mapping[str, tuple[str, ...]]]
    changes: Mapping[str, tuple[SourceChange, ...]]

    def of(self, node: Node, have: Iterable[str]) -> Reading:
        """How to read a source that is delivered with the columns `have`, as the models know it."""
        aliases, changes = self.aliases.get(node.unique_id, {}), self.changes.get(node.unique_id, ())
        delivered = tuple(have)
        return lambda part: as_known(part, delivered, aliases, changes) if aliases or changes else part


@dataclass(frozen=True)
class Taught:
    """The repairs that stand now, and those that stood when the good state was published."""

    now: Repairs
    good: Repairs


def taught(project: Project, good: Published | None) -> Taught:
    """Read both locks: of the work tree, and of the commit of the good state."""
    then = lock.at(project, good.state.commit) if good else {}
    return Taught(_of(lock.load(project.root).values()), _of(then.values()))


def _of(frozen: Iterable[Frozen]) -> Repairs:
    entries = tuple(frozen)
    return Repairs(lock.aliases(entries), lock.changes(entries))
