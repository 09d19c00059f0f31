"""Errors of listings."""

from __future__ import annotations

from app.core.errors import Conflict


class VersionConflict(Conflict):
    """Somebody else changed the listing since the caller read it."""

    code = "version_conflict"
    title = "The listing was changed in the meantime"
