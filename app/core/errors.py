"""Errors that reach the caller as problem+json (RFC 9457).

A class per error, with a stable code. Services raise them; `problems.py` writes them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    code: str
    message: str


class AppError(Exception):
    """Base of every error with a code of its own.

    `extra` members are added to the problem document, e.g. `run_id`.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: list[FieldProblem] | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = errors or []
        self.headers = headers or {}
        self.extra = extra


class NotFound(AppError):
    """The id does not exist, or belongs to another account."""

    code = "not_found"
    status = 404
    title = "Not found"


class Unauthenticated(AppError):
    """No key, or one that we do not know."""

    code = "unauthenticated"
    status = 401
    title = "A valid API key is needed"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class ScopeTooNarrow(AppError):
    """The key is good but may not do this."""

    code = "insufficient_scope"
    status = 403
    title = "The key's scope does not allow this"


class ValidationFailed(AppError):
    """The request is well-formed JSON but its content is not acceptable."""

    code = "validation_failed"
    status = 422
    title = "The request is not valid"

    @classmethod
    def of(cls, field: str, code: str, message: str) -> ValidationFailed:
        """Build the error for a single field."""
        return cls(message, errors=[FieldProblem(field=field, code=code, message=message)])


class Conflict(AppError):
    """The request contradicts the present state."""

    code = "conflict"
    status = 409
    title = "Conflict with the present state"


class Unavailable(AppError):
    """A service that we need does not answer; the same request may succeed soon."""

    code = "unavailable"
    status = 503
    title = "Temporarily unavailable"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "2"})
