"""Every decision, observed pattern and message, in SQL: SQLite by default, any SQLAlchemy URL by setting."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from agents.ledger_tables import (
    agent_decisions,
    explanations,
    heal_attempts,
    metadata,
    mind_calls,
    observed_patterns,
    proposals,
    quality_history,
)


class Ledger:
    """The one writer of the ledger's tables; safe to share between processes on one machine."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = sa.create_engine(url)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _wal)
        metadata.create_all(self.engine)

    @classmethod
    def at(cls, folder: Path, url: str | None = None) -> "Ledger":
        """The ledger at `url`, or SQLite's in `folder`."""
        if url is None:
            folder.mkdir(parents=True, exist_ok=True)
            url = f"sqlite:///{folder / 'ledger.db'}"
        return cls(url)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def decide(
        self,
        operation: str,
        *,
        context: Mapping[str, Any],
        suggestion: Mapping[str, Any] | None = None,
        approved: bool | None = None,
        executed: bool | None = None,
        outcome: Mapping[str, Any] | None = None,
    ) -> uuid.UUID:
        """Record one decision; returns its id."""
        key = uuid.uuid4()
        row = {
            "decision_id": key,
            "timestamp": datetime.now(UTC),
            "operation_type": operation,
            "context": dict(context),
            "suggestion": dict(suggestion) if suggestion is not None else None,
            "approved": approved,
            "executed": executed,
            "outcome": dict(outcome) if outcome is not None else None,
        }
        with self.engine.begin() as db:
            db.execute(agent_decisions.insert(), row)
        return key

    def decisions(self, operation: str | None = None) -> list[dict[str, Any]]:
        """Decisions, oldest first."""
        query = sa.select(agent_decisions).order_by(agent_decisions.c.timestamp)
        if operation:
            query = query.where(agent_decisions.c.operation_type == operation)
        with self.engine.connect() as db:
            return [dict(row) for row in db.execute(query).mappings()]

    def since(self, operation: str, moment: datetime) -> list[dict[str, Any]]:
        """Decisions of a kind after a moment, oldest first."""
        found = self.decisions(operation)
        return [d for d in found if in_utc(d["timestamp"]) > moment]

    def latest(self, *operations: str, executed: bool | None = None) -> dict[str, Any] | None:
        """The newest decision of these kinds; None where there is none."""
        table = agent_decisions
        query = sa.select(table).where(table.c.operation_type.in_(operations)).order_by(table.c.timestamp.desc())
        if executed is not None:
            query = query.where(table.c.executed == executed)
        with self.engine.connect() as db:
            row = db.execute(query.limit(1)).mappings().first()
        if row is None:
            return None
        return {**row, "timestamp": in_utc(row["timestamp"])}

    def decision_of(self, proposal_id: str) -> dict[str, Any] | None:
        """The newest decision whose suggestion is this proposal; None where there is none."""
        table = agent_decisions
        query = sa.select(table).where(table.c.operation_type.in_(("heal", "feedback")))
        with self.engine.connect() as db:
            rows = db.execute(query.order_by(table.c.timestamp.desc())).mappings()
            return next((dict(r) for r in rows if (r["suggestion"] or {}).get("id") == proposal_id), None)

    def amend(self, decision_id: uuid.UUID, outcome: Mapping[str, Any], feedback_score: float | None = None) -> None:
        """Replace what became of a decision; the score only where one is given."""
        values: dict[str, Any] = {"outcome": dict(outcome)}
        if feedback_score is not None:
            values["feedback_score"] = feedback_score
        table = agent_decisions
        with self.engine.begin() as db:
            db.execute(table.update().where(table.c.decision_id == decision_id).values(**values))

    def ended(self) -> list[tuple[str, dict[str, Any]]]:
        """State and text of each proposal that was applied, whether or not it was taken back since."""
        query = sa.select(proposals.c.state, proposals.c.proposal)
        query = query.where(proposals.c.state.in_(("applied", "rolled_back")))
        with self.engine.connect() as db:
            return [(str(row.state), dict(row.proposal)) for row in db.execute(query)]

    def scored(self) -> list[tuple[float, dict[str, Any]]]:
        """People's score and the proposal of each decision that has one."""
        table = agent_decisions
        query = sa.select(table.c.feedback_score, table.c.suggestion).where(table.c.feedback_score.is_not(None))
        with self.engine.connect() as db:
            return [(float(row.feedback_score), dict(row.suggestion or {})) for row in db.execute(query)]

    def keep_explanation(self, proposal_id: str, explanation: Mapping[str, Any]) -> None:
        """Keep why a proposal is the one, in the place of what was said before."""
        table = explanations
        row = {"proposal_id": proposal_id, "explanation": dict(explanation)}
        with self.engine.begin() as db:
            db.execute(table.delete().where(table.c.proposal_id == proposal_id))
            db.execute(table.insert(), row)

    def explanation(self, proposal_id: str) -> dict[str, Any] | None:
        """Why a proposal is the one; None where it was kept before explanations were."""
        query = sa.select(explanations.c.explanation).where(explanations.c.proposal_id == proposal_id)
        with self.engine.connect() as db:
            row = db.execute(query).first()
        return dict(row.explanation) if row else None

    def observe_pattern(self, kind: str, data: Mapping[str, Any], confidence: float) -> None:
        """Count a pattern: a new row, or one more occurrence of an equal one."""
        key = _pattern_id(kind, data)
        now = datetime.now(UTC)
        table = observed_patterns
        with self.engine.begin() as db:
            bump = (
                table.update()
                .where(table.c.pattern_id == key)
                .values(last_observed=now, occurrence_count=table.c.occurrence_count + 1, confidence=confidence)
            )
            if db.execute(bump).rowcount == 0:
                row = {"pattern_id": key, "pattern_type": kind, "pattern_data": dict(data), "confidence": confidence}
                db.execute(table.insert(), {**row, "first_observed": now, "last_observed": now, "occurrence_count": 1})

    def forget_pattern(self, kind: str, data: Mapping[str, Any]) -> None:
        """Count a pattern once less: what was made of it was taken back."""
        table = observed_patterns
        same = table.c.pattern_id == _pattern_id(kind, data)
        with self.engine.begin() as db:
            db.execute(table.update().where(same).values(occurrence_count=table.c.occurrence_count - 1))

    def patterns(self) -> list[tuple[dict[str, Any], int]]:
        """Data of each pattern and how often it was observed."""
        table = observed_patterns
        query = sa.select(table.c.pattern_data, table.c.occurrence_count).where(table.c.occurrence_count > 0)
        with self.engine.connect() as db:
            return [(dict(row.pattern_data), int(row.occurrence_count)) for row in db.execute(query)]

    def attempt(self, fingerprint: str, root_run_id: str, limit: int) -> bool:
        """Count one more attempt at a fault of a run; False, and not counted, where `limit` is spent."""
        table = heal_attempts
        same = (table.c.fingerprint == fingerprint) & (table.c.root_run_id == root_run_id)
        now = datetime.now(UTC)
        with self.engine.begin() as db:
            bump = table.update().where(same & (table.c.attempts < limit))
            if db.execute(bump.values(attempts=table.c.attempts + 1, last_at=now)).rowcount:
                return True
            if db.execute(sa.select(table.c.attempts).where(same)).first():
                return False
            row = {"fingerprint": fingerprint, "root_run_id": root_run_id, "attempts": 1, "last_at": now}
            db.execute(table.insert(), row)
            return True

    def keep_proposal(self, row: Mapping[str, Any]) -> None:
        """Insert a proposal, or change the given fields of the one with its `proposal_id`."""
        now = datetime.now(UTC)
        with self.engine.begin() as db:
            same = proposals.c.proposal_id == row["proposal_id"]
            if db.execute(proposals.update().where(same).values(**row, changed_at=now)).rowcount == 0:
                db.execute(proposals.insert(), {**row, "created_at": now, "changed_at": now})

    def proposals(self, project: str, state: str | None = None) -> list[dict[str, Any]]:
        """Proposals of a project, oldest first."""
        query = sa.select(proposals).where(proposals.c.project == project).order_by(proposals.c.created_at)
        if state:
            query = query.where(proposals.c.state == state)
        with self.engine.connect() as db:
            return [dict(row) for row in db.execute(query).mappings()]

    def keep_quality(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append measurements of tables to the quality history."""
        if rows:
            with self.engine.begin() as db:
                db.execute(quality_history.insert(), [dict(row) for row in rows])

    def quality(self, relation: str) -> list[dict[str, Any]]:
        """Measurements of one relation, oldest first."""
        query = sa.select(quality_history).where(quality_history.c.relation == relation).order_by(quality_history.c.id)
        with self.engine.connect() as db:
            return [dict(row) for row in db.execute(query).mappings()]

    def keep_mind_call(self, row: Mapping[str, Any]) -> None:
        """Append what one question to a model cost."""
        with self.engine.begin() as db:
            db.execute(mind_calls.insert(), dict(row))

    def mind_calls(self, step: str | None = None) -> list[dict[str, Any]]:
        """What questions to models cost, oldest first."""
        query = sa.select(mind_calls).order_by(mind_calls.c.id)
        if step:
            query = query.where(mind_calls.c.step == step)
        with self.engine.connect() as db:
            return [dict(row) for row in db.execute(query).mappings()]


def in_utc(stamp: datetime) -> datetime:
    """A moment of a row; SQLite forgets the zone."""
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def _pattern_id(kind: str, data: Mapping[str, Any]) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}:{sorted(data.items())!r}")


def _wal(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode=wal")
    cursor.execute("pragma busy_timeout=10000")
    cursor.close()
