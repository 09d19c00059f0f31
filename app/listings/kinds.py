"""Words that listings are described with."""

from __future__ import annotations

from enum import StrEnum


class Health(StrEnum):
    """Where a listing stands in the store. `paused` is frozen by us, whatever is queued."""

    NOT_LISTED = "not_listed"
    LISTED = "listed"
    HIDDEN = "hidden"
    DELISTED = "delisted"
    PAUSED = "paused"


class LinkStatus(StrEnum):
    """Whether a listing is tied to one of our products."""

    UNLINKED = "unlinked"
    LINKED = "linked"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"


class Pending(StrEnum):
    """What is still to be done in the store: the last two by a publish, the others by a sync."""

    LISTED = "listed"
    HIDDEN = "hidden"
    DELISTED = "delisted"
    PUBLISHED = "published"
    OVERWRITE = "overwrite"


DELETED_IN_STORE = "deleted_in_store"
"""Attention code of a listing whose product is gone from the store."""
