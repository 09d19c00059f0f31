"""Refusals of the store API and their two shapes, v2 arrays and v3 objects (FACTS 2.4)."""

from typing import Any

JSON = dict[str, Any]

STATUS_PAGE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"


class Refused(Exception):
    """The API answers with an error status instead of data."""

    def __init__(
        self,
        status: int,
        title: str,
        errors: JSON | None = None,
        *,
        extra: JSON | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.errors = errors
        self.extra = extra or {}
        self.headers = headers or {}

    def body(self, version: str) -> object:
        """The JSON body as API version `v2` or `v3` shapes it."""
        if version == "v2":
            entry: JSON = {"status": self.status, "message": self.title}
            if self.errors:
                entry["details"] = self.errors
            return [entry]
        shaped: JSON = {"status": self.status, "title": self.title, "type": STATUS_PAGE}
        if self.errors is not None:
            shaped["errors"] = self.errors
        return {**shaped, **self.extra}


def not_found() -> Refused:
    """404 in the words both API versions use."""
    return Refused(404, "The requested resource was not found.")


def invalid(field: str, message: str, *, status: int = 422) -> Refused:
    """A v3 refusal that names one field."""
    return Refused(status, message, {field: message})


def unsupported_field(name: str) -> Refused:
    """v2 refuses unknown fields and query parameters alike."""
    return Refused(400, f"The field '{name}' is not supported by this resource.")


def read_only_field(name: str) -> Refused:
    """v2 refuses fields that a caller may not write."""
    return Refused(
        400,
        f"The field '{name}' cannot be written to. "
        "Please remove it from your request before trying again.",
    )


def invalid_field(name: str, reason: str, **details: object) -> Refused:
    """v2 refuses a value; `details` carries the reason."""
    return Refused(400, f"The field '{name}' is invalid.", {"invalid_reason": reason, **details})
