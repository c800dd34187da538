"""The tables of the ledger, as the database has them."""

import sqlalchemy as sa

metadata = sa.MetaData()

agent_decisions = sa.Table(
    "agent_decisions",
    metadata,
    sa.Column("decision_id", sa.Uuid, primary_key=True),
    sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
    sa.Column("operation_type", sa.String, nullable=False),
    sa.Column("context", sa.JSON),
    sa.Column("suggestion", sa.JSON),
    sa.Column("approved", sa.Boolean),
    sa.Column("executed", sa.Boolean),
    sa.Column("outcome", sa.JSON),
    sa.Column("feedback_score", sa.Float),
)
observed_patterns = sa.Table(
    "observed_patterns",
    metadata,
    sa.Column("pattern_id", sa.Uuid, primary_key=True),
    sa.Column("pattern_type", sa.String, nullable=False),
    sa.Column("pattern_data", sa.JSON),
    sa.Column("first_observed", sa.DateTime(timezone=True), nullable=False),
    sa.Column("last_observed", sa.DateTime(timezone=True), nullable=False),
    sa.Column("occurrence_count", sa.Integer, nullable=False),
    sa.Column("confidence", sa.Float),
)
agent_messages = sa.Table(
    "agent_messages",
    metadata,
    sa.Column("message_id", sa.Uuid, primary_key=True),
    sa.Column("sender_id", sa.String, nullable=False),
    sa.Column("recipient_id", sa.String, nullable=False),
    sa.Column("message_type", sa.String, nullable=False),
    sa.Column("content", sa.JSON),
    sa.Column("sent_timestamp", sa.DateTime(timezone=True), nullable=False),
    sa.Column("delivery_status", sa.String, nullable=False),
    sa.Column("response_id", sa.Uuid),
)
proposals = sa.Table(
    "proposals",
    metadata,
    sa.Column("proposal_id", sa.String, primary_key=True),
    sa.Column("project", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("proposal", sa.JSON, nullable=False),
    sa.Column("verdict", sa.JSON),
    sa.Column("base_commit", sa.String),
    sa.Column("commit_sha", sa.String),
    sa.Column("note", sa.String),
)
explanations = sa.Table(
    "explanations",
    metadata,
    sa.Column("proposal_id", sa.String, primary_key=True),
    sa.Column("explanation", sa.JSON, nullable=False),
)
heal_attempts = sa.Table(
    "heal_attempts",
    metadata,
    sa.Column("fingerprint", sa.String, primary_key=True),
    sa.Column("root_run_id", sa.String, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
)
quality_history = sa.Table(
    "quality_history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("relation", sa.String, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("null_share", sa.Float, nullable=False),
    sa.Column("published", sa.Boolean, nullable=False),
)
notifications = sa.Table(
    "notifications",
    metadata,
    sa.Column("project", sa.String, primary_key=True),
    sa.Column("item", sa.String, primary_key=True),
    sa.Column("state", sa.String, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("recipient", sa.String, primary_key=True),
    sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("detail", sa.String),
)
snoozes = sa.Table(
    "snoozes",
    metadata,
    sa.Column("project", sa.String, primary_key=True),
    sa.Column("item", sa.String, primary_key=True),
    sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    sa.Column("person", sa.String, nullable=False),
    sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
)
mind_calls = sa.Table(
    "mind_calls",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("step", sa.String, nullable=False),
    sa.Column("job", sa.String, nullable=False),
    sa.Column("engine", sa.String, nullable=False),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("detail", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("tokens_read", sa.Integer, nullable=False),
    sa.Column("tokens_written", sa.Integer, nullable=False),
    sa.Column("ms", sa.Float, nullable=False),
    sa.Column("cpu_ms", sa.Float, nullable=False),
)
