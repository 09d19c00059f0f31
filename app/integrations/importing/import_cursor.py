"""Where an import stands; kept as JSON with the run."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from app.bigcommerce.pages import Cursor


class ImportCursor(msgspec.Struct, frozen=True):
    """Phase of the pass, what it reads, and how far it is.

    A pass over what changed ends by counting (`count`) and becomes a complete one when the store
    holds another number of products than it should.

    `ids` are still to be asked for one by one: those that a retry is restricted to, or listings
    of ours that the pass did not meet.
    """

    phase: Literal["products", "count", "ids"] = "products"
    complete: bool = True
    restricted: bool = False
    modified_since: str | None = None
    began_at: str = ""
    walk: Cursor | None = None
    ids: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The cursor as JSON values."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        return document
