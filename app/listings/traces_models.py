"""Table of what publications found in a store and what they left there: the base of undo."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn

_EMPTY_OBJECT = text("'{}'::jsonb")


class TraceStatus(StrEnum):
    """sent → known → undoing → undone, or known again when something could not be taken back."""

    SENT = "sent"
    """Requests may have left; what the store made of them is not known."""
    KNOWN = "known"
    UNDOING = "undoing"
    UNDONE = "undone"


class PublicationTrace(Base):
    """What a run found of one listing's product before its first request, and what it left there.

    Both hold only what the run touched, in the store's own words.
    """

    __tablename__ = "publication_traces"

    id: Mapped[IdColumn]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    external_number: Mapped[int | None] = mapped_column(BigInteger)
    """The product; null until it is known to have been made."""
    creates: Mapped[bool]
    status: Mapped[str] = mapped_column(String(10))
    before: Mapped[dict[str, Any]] = mapped_column(server_default=_EMPTY_OBJECT)
    after: Mapped[dict[str, Any]] = mapped_column(server_default=_EMPTY_OBJECT)
    undo_run_id: Mapped[UUID | None]
    """The run that takes it back, or did last."""
    undo_changes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """What that run changes, as it reports it; written before its requests leave."""
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        Index(None, "run_id", "listing_id", unique=True),
        Index(None, "listing_id"),
        Index(None, "created_at"),
        Index(
            "ix_publication_traces_undoing",
            "undo_run_id",
            "listing_id",
            postgresql_where=text("status = 'undoing'"),
        ),
    )
