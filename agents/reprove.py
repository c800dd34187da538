"""A kept proposal proved again on today's commit and today's sources."""

from agents.broken_contracts import kept_again
from agents.contracts import Judgement, KeepVersion, Options, Proposal
from agents.diagnose.diagnose import diagnose
from agents.errors import UsageError
from agents.look import look
from agents.project import Project
from agents.prove import prove
from agents.repository import Repository


def prove_again(project: Project, proposal: Proposal) -> Judgement:
    """What verification makes of a proposal on the commit that is checked out.

    A person's choice between candidates that the data could not tell apart is taken as given; every other claim
    must hold. Raises UsageError where the project does not parse, the fault is gone, or somebody changed the files.
    """
    if any(isinstance(c, KeepVersion) for c in proposal.changes):
        return kept_again(project, proposal)
    seen = look(project)
    if seen.graph is None:
        raise UsageError(f"{project.name} does not parse, so {proposal.id} cannot be proved. Run `dbt parse`.")
    repository = Repository(project.repo)
    base = repository.head()
    moved = [f.path for f in proposal.files if repository.read(base, f.path) != f.before]
    if moved:
        raise UsageError(f"{', '.join(moved)} changed since {proposal.id} was proposed. Run `adp heal` for a new one.")
    found = {d.fingerprint: d for d in diagnose(seen.evidence, seen.graph, seen.edits)}
    if not any(d.fingerprint in found for d in proposal.diagnoses):
        raise UsageError(f"{proposal.id}: the fault it answers is no longer there. Reject it, or run `adp heal`.")
    diagnoses = tuple(found.get(d.fingerprint, d) for d in proposal.diagnoses)
    option = Options(diagnoses=diagnoses, candidates=(proposal.model_copy(update={"diagnoses": diagnoses}),))
    (judgement,) = prove(project, seen.graph, base, (option,), seen.grown, chosen=True)
    return judgement
