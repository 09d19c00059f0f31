"""Pages of v2 and v3 lists (FACTS 2.3, 4.1, 5.1)."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from sandbox.call import Answer, Call
from sandbox.errors import JSON, Refused, invalid, invalid_field

T = TypeVar("T")

V2_MAX = 250


def v2_page(call: Call, rows: Sequence[T], render: Callable[[T], object]) -> Answer:
    """A v2 list: a bare array, or 204 without a body when there is nothing (FACTS 8.2)."""
    page = _v2_number(call, "page", 1)
    limit = _v2_number(call, "limit", 50)
    if limit > V2_MAX:
        raise Refused(
            413, "The specified limit exceeds the maximum allowed.", {"max_limit": V2_MAX}
        )
    shown = rows[(page - 1) * limit : page * limit]
    if not shown:
        return Answer(None, 204)
    return Answer([render(row) for row in shown])


def v3_page(
    call: Call,
    rows: Sequence[T],
    render: Callable[[T], object],
    *,
    most: int = 250,
    cut: int | None = None,
) -> Answer:
    """A v3 list with its pagination block. A larger `limit` is lowered to `most`; `cut` is the
    hard page size some includes bring."""
    page = _v3_number(call, "page", 1)
    limit = min(_v3_number(call, "limit", 50), most)
    if cut is not None:
        limit = min(limit, cut)
    shown = rows[(page - 1) * limit : page * limit]
    meta = {"pagination": pagination(call, len(rows), len(shown), page, limit)}
    return Answer({"data": [render(row) for row in shown], "meta": meta})


def pagination(call: Call, total: int, count: int, page: int, limit: int) -> JSON:
    """`meta.pagination` with links that repeat the query."""
    pages = -(-total // limit) if limit else 0

    def link(number: int) -> str:
        return "?" + urlencode({**call.query, "page": number, "limit": limit})

    links = {"current": link(page)}
    if page > 1:
        links["previous"] = link(page - 1)
    if page < pages:
        links["next"] = link(page + 1)
    return {
        "total": total,
        "count": count,
        "per_page": limit,
        "current_page": page,
        "total_pages": pages,
        "links": links,
    }


def _v2_number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise invalid_field(name, "must be a positive integer")
    return int(text)


def _v3_number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise invalid(name, f"The {name} must be a positive integer.")
    return int(text)
