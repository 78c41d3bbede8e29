"""The tables. A rule version is written once and referred to, so that a decision over 40 rules stays small."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

_OF_COLUMN: Final = "%(table_name)s_%(column_0_name)s"
NAMES: Final = {"ix": f"ix_{_OF_COLUMN}", "fk": f"fk_{_OF_COLUMN}", "uq": "uq_%(table_name)s", "pk": "pk_%(table_name)s"}
metadata = MetaData(naming_convention=NAMES)
Number: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts rows by itself only for its own INTEGER


class Instant(TypeDecorator[datetime]):
    """An instant, kept in UTC and given back aware, also where the database knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _to(target: str, name: str, **more: Any) -> Column[int]:
    return Column(name, ForeignKey(target, ondelete="CASCADE"), **more)


rule_version = Table(
    "rule_version",
    metadata,
    Column("number", Number, primary_key=True),
    Column("rule", String(128), nullable=False),
    Column("version", String(64), nullable=False),
    Column("digest", String(128), nullable=False),
    UniqueConstraint("rule", "version", "digest"),
)
decision = Table(
    "decision",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("surface", String(16), nullable=False),
    Column("service", String(128), nullable=False),
    Column("hook", String(64), nullable=False),
    Column("instance", String(64), nullable=False),
    Column("patient", String(64), nullable=False),
    Column("caller", String(256), nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("release", String(128), nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("site", Text, nullable=False, server_default=""),
    UniqueConstraint("id"),
    Index("ix_decision_at", "at"),
)
answer = Table(
    "answer",
    metadata,
    _to("decision.number", "decision", primary_key=True),
    _to("rule_version.number", "rule_version", primary_key=True),
    Column("answer", String(8), nullable=False),
    Column("shown", Boolean, nullable=False),
    Column("shadow", Boolean, nullable=False),
    Column("failed", Boolean, nullable=False),
)
card = Table(
    "card",
    metadata,
    Column("uuid", String(64), primary_key=True),
    _to("decision.number", "decision", nullable=False, index=True),
    _to("rule_version.number", "rule_version", nullable=False),
)
suggestion = Table(
    "suggestion",
    metadata,
    Column("uuid", String(64), primary_key=True),
    _to("card.uuid", "card", nullable=False, index=True),
    Column("label", String(512), nullable=False),
)
# `card` refers to no row of `card`: feedback on a card that is not known is kept as well.
feedback = Table(
    "feedback",
    metadata,
    Column("number", Number, primary_key=True),
    Column("service", String(128), nullable=False),
    Column("card", String(64), nullable=False, index=True),
    Column("outcome", String(16), nullable=False),
    Column("outcome_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False, index=True),
    Column("reason_system", String(512), nullable=False),
    Column("reason_code", String(512), nullable=False),
    Column("commented", Boolean, nullable=False),
    Column("comment", Text),
    UniqueConstraint("service", "card", "outcome", "outcome_at"),
)
taken = Table(
    "taken",
    metadata,
    _to("feedback.number", "feedback", primary_key=True),
    Column("suggestion", String(64), primary_key=True, index=True),
)
heartbeat = Table("heartbeat", metadata, Column("number", Integer, primary_key=True), Column("beats", BigInteger, nullable=False))
