"""Table of what was written to a store, field by field: the base of undo and explain."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn


class Route(StrEnum):
    """Which endpoint of the store a write goes through, in the order in which they are used.

    Stock goes first, because it is what buyers race for; deletions go last.
    """

    INVENTORY = "inventory"
    VARIANT = "variant"
    PRODUCT = "product"
    METAFIELD = "metafield"
    DELETION = "deletion"


class WriteStatus(StrEnum):
    """planned → sending → done or failed."""

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


OPEN_WRITES: Final = "status IN ('planned', 'sending')"


class ListingWrite(Base):
    """One field of a listing or variant that a run changes in the store.

    Several rows with the same route, target and store field are one value of one request: variants
    that inherit a price change together with their product's.
    """

    __tablename__ = "listing_writes"

    id: Mapped[IdColumn]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    run_id: Mapped[UUID]
    """No foreign key: the history outlives its run."""
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    variant_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("listing_variants.id", ondelete="SET NULL")
    )
    variant_external_id: Mapped[str | None] = mapped_column(String(64))
    sku: Mapped[str | None] = mapped_column(Text)
    route: Mapped[str] = mapped_column(String(10))
    target: Mapped[int] = mapped_column(BigInteger)
    """Id in the store of the variant or product that the request names."""
    field: Mapped[str] = mapped_column(String(200))
    """Key of the target, e.g. `bigcommerce_variant.price`."""
    store_field: Mapped[str] = mapped_column(String(100))
    """Name of the value in the request."""
    before: Mapped[dict[str, Any]]
    """`{"shown", "stored"}`: what counted, and what the store held (null where it inherited)."""
    after: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(10))
    code: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    """Where the value came from, in words."""
    note: Mapped[dict[str, Any] | None]
    """What to record of the listing's status once the store has taken the value."""
    retryable: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "account_id"),
        Index(None, "channel_id"),
        Index(None, "run_id", "variant_id"),
        Index(None, "listing_id", "field", "id"),
        Index(None, "variant_id"),
        Index(
            "ix_listing_writes_open",
            "run_id",
            "route",
            "listing_id",
            "target",
            postgresql_where=text(OPEN_WRITES),
        ),
    )
