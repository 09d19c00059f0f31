"""Habits of request and answer bodies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    WithJsonSchema,
)

from app.core.errors import NotFound
from app.core.ids import parse_id


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=100_000)


class View(BaseModel):
    """An answer, filled from attributes of rows."""

    model_config = ConfigDict(from_attributes=True)


def _utc(value: datetime) -> datetime:
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("this moment cannot be expressed in UTC") from error


def _rfc3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


Timestamp = Annotated[datetime, AfterValidator(_utc), PlainSerializer(_rfc3339, return_type=str)]


def _known_form(value: object) -> object:
    """Ids are opaque: one of another form is simply one that we do not have."""
    if isinstance(value, UUID):
        return value
    parsed = parse_id(value) if isinstance(value, str) else None
    if parsed is None:
        raise NotFound("There is nothing with that id.")
    return parsed


Id = Annotated[UUID, PlainSerializer(str, return_type=str)]

GivenId = Annotated[UUID, BeforeValidator(_known_form), WithJsonSchema({"type": "string"})]
"""An id in a path, query or body; 404 when it cannot be one of ours."""
