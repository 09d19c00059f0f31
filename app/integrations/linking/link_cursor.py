"""Where a Link Listings run stands; kept as JSON with the run."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec

from app.bigcommerce.pages import Cursor


class LinkCursor(msgspec.Struct, frozen=True):
    """`index` reads the store, `imported` ties listings of the store to products of ours, `built`
    ties listings that were built here to what was found.

    `after` is the last listing that was dealt with in the present phase.
    """

    phase: Literal["index", "imported", "built"] = "index"
    begun: bool = False
    walk: Cursor | None = None
    after: UUID | None = None

    def to_json(self) -> dict[str, Any]:
        """The cursor as JSON values."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        return document
