"""Table of what a Link Listings run found in the store."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class LinkCandidate(Base):
    """A product of the store that shares an identifier with a listing to be linked.

    The index of a run, so that another worker need not read the store again; written outside of
    what a dry run undoes, because it says nothing about listings.
    """

    __tablename__ = "link_candidates"

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True
    )
    external_number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product: Mapped[dict[str, Any]]
    """`StoreProduct` of `link_store.py`."""
