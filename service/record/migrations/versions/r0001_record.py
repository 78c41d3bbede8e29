"""The first tables: decisions, the answers and cards of each, and feedback on those cards."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _rules_and_decisions()
    _cards()
    _feedback()
    heartbeat = op.create_table(
        "heartbeat",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("beats", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_heartbeat"),
    )
    op.bulk_insert(heartbeat, [{"number": 1, "beats": 0}])


def _rules_and_decisions() -> None:
    op.create_table(
        "rule_version",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("rule", sa.String(128), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rule_version"),
        sa.UniqueConstraint("rule", "version", "digest", name="uq_rule_version"),
    )
    op.create_table(
        "decision",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("surface", sa.String(16), nullable=False),
        sa.Column("service", sa.String(128), nullable=False),
        sa.Column("hook", sa.String(64), nullable=False),
        sa.Column("instance", sa.String(64), nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("caller", sa.String(256), nullable=False),
        sa.Column("duration_ms", sa.Integer, nullable=False),
        sa.Column("release", sa.String(128), nullable=False),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_decision"),
        sa.UniqueConstraint("id", name="uq_decision"),
    )
    op.create_index("ix_decision_at", "decision", ["at"])
    op.create_table(
        "answer",
        sa.Column("decision", NUMBER, nullable=False),
        sa.Column("rule_version", NUMBER, nullable=False),
        sa.Column("answer", sa.String(8), nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sa.Column("shadow", sa.Boolean, nullable=False),
        sa.Column("failed", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decision.number"], name="fk_answer_decision", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["rule_version"], ["rule_version.number"], name="fk_answer_rule_version", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("decision", "rule_version", name="pk_answer"),
    )


def _cards() -> None:
    op.create_table(
        "card",
        sa.Column("uuid", sa.String(64), nullable=False),
        sa.Column("decision", NUMBER, nullable=False),
        sa.Column("rule_version", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decision.number"], name="fk_card_decision", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["rule_version"], ["rule_version.number"], name="fk_card_rule_version", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("uuid", name="pk_card"),
    )
    op.create_index("ix_card_decision", "card", ["decision"])
    op.create_table(
        "suggestion",
        sa.Column("uuid", sa.String(64), nullable=False),
        sa.Column("card", sa.String(64), nullable=False),
        sa.Column("label", sa.String(512), nullable=False),
        sa.ForeignKeyConstraint(["card"], ["card.uuid"], name="fk_suggestion_card", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("uuid", name="pk_suggestion"),
    )
    op.create_index("ix_suggestion_card", "suggestion", ["card"])


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("service", sa.String(128), nullable=False),
        sa.Column("card", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("outcome_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("reason_system", sa.String(512), nullable=False),
        sa.Column("reason_code", sa.String(512), nullable=False),
        sa.Column("commented", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_feedback"),
        sa.UniqueConstraint("service", "card", "outcome", "outcome_at", name="uq_feedback"),
    )
    op.create_index("ix_feedback_card", "feedback", ["card"])
    op.create_index("ix_feedback_received_at", "feedback", ["received_at"])
    op.create_table(
        "taken",
        sa.Column("feedback", NUMBER, nullable=False),
        sa.Column("suggestion", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["feedback"], ["feedback.number"], name="fk_taken_feedback", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("feedback", "suggestion", name="pk_taken"),
    )
    op.create_index("ix_taken_suggestion", "taken", ["suggestion"])
