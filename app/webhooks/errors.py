"""Errors of the inbox."""

from __future__ import annotations

from app.core.errors import AppError, ValidationFailed


class EventUnverified(AppError):
    """The delivery does not prove that it comes from a store of ours."""

    code = "webhook_unverified"
    status = 401
    title = "The event could not be verified"


class EventMalformed(AppError):
    """The body is not an event."""

    code = "webhook_malformed"
    status = 400
    title = "The body is not an event"


class EventTooLong(AppError):
    """The body is longer than any event."""

    code = "body_too_large"
    status = 413
    title = "The body is too large"


class TooManyEvents(ValidationFailed):
    """A replay would cover more events than one call may."""

    code = "too_many_events"
