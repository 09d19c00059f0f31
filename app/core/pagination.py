"""Keyset pages for list endpoints: the cost does not grow with depth."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel
from sqlakeyset import InvalidPage, unserialize_bookmark
from sqlakeyset.asyncio import select_page
from sqlalchemy import Select
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ValidationFailed

T = TypeVar("T")

_UNREADABLE = (InvalidPage, ValueError, binascii.Error, LookupError, ArithmeticError, TypeError)


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    data: list[T]
    next_cursor: str | None


class PageRequest:
    """`?limit=1..200&cursor=`, as a dependency of list routes."""

    def __init__(
        self,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=1000)] = None,
    ) -> None:
        self.limit = limit
        self.cursor = cursor


class Slice(Generic[T]):
    """Rows of one page and where the next begins."""

    def __init__(self, rows: list[T], next_cursor: str | None) -> None:
        self.rows = rows
        self.next_cursor = next_cursor


def _bookmark(cursor: str) -> Any:
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"==").decode()
        marker = unserialize_bookmark(text)
    except (
        InvalidPage,
        ValueError,
        binascii.Error,
        KeyError,
        IndexError,
        ArithmeticError,
    ) as error:
        raise _bad_cursor() from error
    if marker.backwards or not marker.place or any(value is None for value in marker.place):
        raise _bad_cursor()
    return marker


def _bad_cursor() -> ValidationFailed:
    return ValidationFailed.of(
        "cursor", "invalid_cursor", "The cursor is not one that this list gave out."
    )


async def paginate(session: AsyncSession, query: Select[Any], page: PageRequest) -> Slice[Any]:
    """Run an ordered single-entity query for one page.

    The query's ORDER BY must end in a unique column.
    """
    marker = _bookmark(page.cursor) if page.cursor else None
    try:
        rows = await select_page(session, query, per_page=page.limit, page=marker)
    except (InvalidPage, ArgumentError, ValueError, TypeError) as error:
        raise _bad_cursor() from error
    except DBAPIError as error:
        # A well-formed cursor of another list: its values do not fit this list's columns.
        if marker is not None and not error.connection_invalidated:
            raise _bad_cursor() from error
        raise
    following = None
    if rows.paging.has_next:
        following = (
            base64.urlsafe_b64encode(rows.paging.bookmark_next.encode()).decode().rstrip("=")
        )
    return Slice([row[0] for row in rows], following)
