"""The demo's story, from what the ledger and Dagster recorded."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from adp_dagster.demo.server import Run
from agents import published, story
from agents.ledger import Ledger
from agents.minds.engines.reply import MindCall
from agents.project import Project
from agents.proposals import Kept, diff
from agents.warehouse import reading


@dataclass
class Stages:
    """Prints each stage with its seconds, and keeps them."""

    say: Callable[[str], None]
    seconds: dict[str, float]

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """One stage."""
        begun = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begun, 1)
        self.say(f"{self.seconds[name]:6.1f} s  {name}")


def indented(text: str) -> str:
    """Text set off from the story around it."""
    return "\n".join(f"    {line}".rstrip() for line in text.strip().splitlines())


def warehouse(project: Project) -> str:
    """What readers see now: the published copy's gold tables and their rows."""
    good = published.current(project)
    if good is None:
        return "  Nothing is published."
    with reading(good.file) as db:
        tables = db.execute(
            "select table_name from duckdb_tables() where schema_name = 'gold' and database_name = current_database()"
        ).fetchall()
        rows = sum(row[0] for (t,) in tables if (row := db.execute(f'select count(*) from gold."{t}"').fetchone()))
    at = f"{good.state.published_at:%H:%M:%S}"
    return f"  Published at {at} UTC: {len(tables)} gold tables with {rows:,} rows, {len(good.state.tables)} sources."


def heal(project: Project, ledger: Ledger, kept: Sequence[Kept], run: Run) -> str:
    """What failed, what was tried and rejected, the certificate and the difference."""
    decisions = ledger.decisions("heal")
    if not decisions:
        return f"  Heal run {run.run_id[:8]} ended with {run.status} and decided nothing."
    lines = [f"  Heal run {run.run_id[:8]}, {run.status}."]
    for diagnosis in decisions[0]["context"]["diagnoses"]:
        lines.append(f"  Diagnosis: {diagnosis['cause']} of {diagnosis['subject']} ({diagnosis['confidence']:.2f})")
        lines.append(f"    {diagnosis['explanation']}")
    for found in kept:
        if not found.verdict.accepted:
            failed = found.verdict.failed
            why = f"{failed[0].name}: {failed[0].measured}" if failed else found.note
            lines.append(f"  Rejected: {found.proposal.title}\n    {why}")
    for found in kept:
        if found.verdict.accepted:
            lines.append(f"  Proved: {found.proposal.title} (risk {found.proposal.risk.value}); {found.state}")
            lines += [story.certificate(found.verdict.checks), indented(diff(project, found))]
    calls = [MindCall.model_validate({k: row[k] for k in MindCall.model_fields}) for row in ledger.mind_calls()]
    lines += [f"  {line}" for line in story.of_minds(calls)]
    steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in run.steps.items())
    return "\n".join([*lines, f"  Seconds of each step: {steps}", f"  Decided: {decisions[0]['outcome']['note']}"])
