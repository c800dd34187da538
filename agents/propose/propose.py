"""Candidates for each fault, likeliest first; verification decides between them."""

from collections.abc import Iterable

from agents.contracts import Diagnosis, Options
from agents.graph import Graph
from agents.memory import Memory
from agents.minds.match.rank import ranker
from agents.model import LanguageModel
from agents.project import Project
from agents.propose.restore_text import stops_parsing, text_options
from agents.propose.source import source_options


def propose(
    diagnoses: Iterable[Diagnosis],
    project: Project,
    graph: Graph,
    base: str,
    model: LanguageModel | None = None,
    memory: Memory | None = None,
) -> tuple[Options, ...]:
    """Options for every diagnosis; text is taken from commit `base`.

    What happened to one source is answered together, as one transaction; so is what one edit broke.
    """
    by_source: dict[str, list[Diagnosis]] = {}
    others: list[Diagnosis] = []
    for diagnosis in diagnoses:
        drifted = diagnosis.unique_id and any(e.drift for e in diagnosis.evidence)
        (by_source.setdefault(diagnosis.unique_id or "", []) if drifted else others).append(diagnosis)
    ranks = model or ranker(project.settings.minds, project.root, project.state)
    answered: list[Options] = []
    for found in by_source.values():
        drift = next(e.drift for d in found for e in d.evidence if e.drift)
        answered += source_options(found, drift, project, graph, base, ranks, memory or Memory())
    texts = text_options(others, project, graph, base) if others else ()
    return tuple(sorted((*answered, *texts), key=lambda o: not stops_parsing(o)))
