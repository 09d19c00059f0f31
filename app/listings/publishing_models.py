"""Tables of publishing: what is on its way to the store, and which picture became which image."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, IdColumn

OPEN_PUBLICATIONS = "status IN ('planned', 'sending', 'finishing')"
_EMPTY_LIST = text("'[]'::jsonb")


class PublicationStatus(StrEnum):
    """planned → sending → finishing → done, or failed."""

    PLANNED = "planned"
    SENDING = "sending"
    """A request may have reached the store: look there before sending anything again."""
    FINISHING = "finishing"
    """The product is in the store; metafields, channels or pictures may be missing."""
    DONE = "done"
    FAILED = "failed"


class ListingPublication(Base):
    """The last publication of a listing, written down before anything is sent."""

    __tablename__ = "listing_publications"

    listing_id: Mapped[UUID] = mapped_column(
        ForeignKey("listings.id", ondelete="CASCADE"), primary_key=True
    )
    run_id: Mapped[UUID]
    """No foreign key: what was published outlives its run."""
    status: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    """Name and SKU under which the product is looked for when an answer was lost."""
    version: Mapped[int]
    """Version of the listing that is published."""
    creates: Mapped[bool]
    changes: Mapped[list[Any]] = mapped_column(server_default=_EMPTY_LIST)
    """What the publication changes, as its run reports it."""
    warnings: Mapped[list[Any]] = mapped_column(server_default=_EMPTY_LIST)
    metafields: Mapped[list[Any]] = mapped_column(server_default=_EMPTY_LIST)
    """What the store keeps for us: `[kind of owner, its id, namespace, key, value, id]`."""
    sent: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """What was last sent and may come back otherwise: custom fields, and hashes of texts."""
    code: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_listing_publications_open",
            "run_id",
            "listing_id",
            postgresql_where=text(OPEN_PUBLICATIONS),
        ),
    )


class ListingImage(Base):
    """A picture of ours and the store's image made from it.

    The store's addresses do not reveal the source, so without this map every publication would
    add all pictures again.
    """

    __tablename__ = "listing_images"

    id: Mapped[IdColumn]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(40))
    """`product`, or the id of our variant whose picture it is."""
    source: Mapped[str] = mapped_column(Text)
    external_number: Mapped[int | None] = mapped_column(BigInteger)
    """The store's image; null while its request is under way, and for pictures of variants."""
    present: Mapped[list[Any]] = mapped_column(server_default=_EMPTY_LIST)
    """Images that the product had before the request: one that is not among them is ours."""
    created_at: Mapped[CreatedAt]

    __table_args__ = (UniqueConstraint("listing_id", "owner", "source"),)
