"""Errors of listings."""

from __future__ import annotations

from app.core.errors import Conflict


class VersionConflict(Conflict):
    """Somebody else changed the listing since the caller read it."""

    code = "version_conflict"
    title = "The listing was changed in the meantime"


class NotInStore(Conflict):
    """The listing has no product in the store that could be hidden, paused or deleted."""

    code = "not_in_store"
    title = "The listing is not in the store"


class ConfirmationRequired(Conflict):
    """Delisting deletes the product in the store; `alternative` names what can be undone."""

    code = "confirmation_required"
    title = "Delisting has to be confirmed"
