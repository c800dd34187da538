"""Values of the loop as metadata that a person reads in the UI."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg

from agents.contracts import Diagnosis, Evidence, FileChange, Judgement, Verdict
from agents.errors import AdpError, RetryableError
from agents.masking import masked
from agents.minds.asked import Asked, by_engine


@contextmanager
def plainly() -> Iterator[None]:
    """Errors raised on purpose end the step in their own words; a busy warehouse is tried again."""
    try:
        yield
    except RetryableError as error:
        raise dg.RetryRequested(max_retries=3, seconds_to_wait=2) from error
    except AdpError as error:
        raise dg.Failure(masked(str(error)), allow_retries=False) from error


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> dg.TableMetadataValue:
    """Rows as a table; cells are text."""
    records = [dg.TableRecord({c: _cell(row.get(c)) for c in columns}) for row in rows]
    schema = dg.TableSchema(columns=[dg.TableColumn(c, "string") for c in columns])
    return dg.TableMetadataValue(records=records, schema=schema)


def _cell(value: Any) -> str:
    return "" if value is None else masked(str(value))


def evidence_table(evidence: Iterable[Evidence]) -> dg.TableMetadataValue:
    """What was seen, where and when."""
    rows = [{"kind": e.kind, "where": e.node, "what": e.message, "seen_at": f"{e.seen_at:%F %T}"} for e in evidence]
    return table(rows, ("kind", "where", "what", "seen_at"))


def diagnosis_table(diagnoses: Iterable[Diagnosis]) -> dg.TableMetadataValue:
    """Causes, with what was ruled out."""
    rows = [
        {
            "cause": d.cause.value,
            "subject": d.subject,
            "confidence": f"{d.confidence:.0%}",
            "explanation": d.explanation,
            "ruled out": "; ".join(f"{r.cause.value}: {r.why}" for r in d.ruled_out),
        }
        for d in diagnoses
    ]
    return table(rows, ("cause", "subject", "confidence", "explanation", "ruled out"))


def minds_metadata(asked: Asked) -> dict[str, dg.TableMetadataValue | str]:
    """What a step asked of trained weights and models, with tokens and milliseconds; empty where nobody was asked."""
    shown: dict[str, dg.TableMetadataValue | str] = {}
    if rows := by_engine(asked.calls):
        shown["minds"] = table(rows, tuple(rows[0]))
    if asked.notes:
        shown["minds not asked"] = masked("; ".join(asked.notes))
    return shown


def certificate(verdict: Verdict) -> dg.TableMetadataValue:
    """One row for each claim: what was measured, and what was allowed."""
    rows = [
        {"claim": c.name, "holds": "yes" if c.passed else "NO", "measured": c.measured, "allowed": c.allowed}
        for c in verdict.checks
    ]
    return table(rows, ("claim", "holds", "measured", "allowed"))


def tried_table(judgements: Iterable[Judgement]) -> dg.TableMetadataValue:
    """Every candidate and why it stands or fell, negative controls included."""
    rows = []
    for judgement in judgements:
        candidates = {p.id for p in judgement.options.candidates}
        for tried in judgement.tried:
            verdict = tried.verdict
            word = "accepted" if verdict.accepted else "undecided" if verdict.undecidable else "rejected"
            why = "; ".join(f"{c.name}: {c.measured}" for c in verdict.failed) or "every claim holds"
            role = "candidate" if tried.proposal.id in candidates else "negative control"
            rows.append({"proposal": tried.proposal.title, "as": role, "verdict": word, "why": why})
    return table(rows, ("proposal", "as", "verdict", "why"))


def diff(files: Iterable[FileChange]) -> dg.MarkdownMetadataValue:
    """The change as a unified diff in a code block."""
    lines: list[str] = []
    for file in files:
        before, after = (file.before or "").splitlines(), (file.after or "").splitlines()
        lines += difflib.unified_diff(before, after, f"a/{file.path}", f"b/{file.path}", lineterm="")
    return dg.MarkdownMetadataValue("```diff\n" + "\n".join(lines) + "\n```" if lines else "No file changes.")
