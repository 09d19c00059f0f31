"""Identifiers: UUIDv7, so that the order of ids is the order of creation."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7."""
    return uuid7()


def parse_id(value: str) -> UUID | None:
    """Read an id that came from outside; None when it cannot be one of ours."""
    try:
        return UUID(value)
    except ValueError:
        return None
