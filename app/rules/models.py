"""Tables of rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn, UpdatedAt


class Rule(Base):
    """A rule of a channel; rules of a kind run in the order of rank and id."""

    __tablename__ = "rules"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    rank: Mapped[int]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    definition: Mapped[dict[str, Any]]
    """As it was given, after it was found valid."""
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(None, "channel_id", "kind", "rank", "id"),
    )


class RuleHit(Base):
    """How often a rule applied, and changed something, in a run or for one order or listing."""

    __tablename__ = "rule_hits"

    id: Mapped[IdColumn]
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("rules.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(10))
    """`run`, `order` or `listing`."""
    subject_id: Mapped[UUID]
    matched: Mapped[int]
    changed: Mapped[int]
    detail: Mapped[str] = mapped_column(String(1000), server_default="")
    """What was done, in a sentence without personal data."""
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("rule_id", "subject", "subject_id"),
        Index(None, "rule_id", "id"),
        Index(None, "subject_id"),
    )
