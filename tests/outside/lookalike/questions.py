"""Reading query parameters as strictly as BigCommerce does."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

from starlette.requests import Request

from tests.outside.lookalike.gate import Refused
from tests.outside.lookalike.shop import Record


def check_v2(request: Request, allowed: set[str]) -> dict[str, str]:
    """The parameters; an unknown one is 400, too large a limit 413."""
    given = dict(request.query_params)
    for name in given:
        if name not in allowed:
            raise Refused(400, f"The field '{name}' is not supported by this resource.")
    if int(given.get("limit", "50")) > 250:
        raise Refused(413, max_limit=250)
    return given


def check_v3(request: Request, allowed: set[str]) -> dict[str, str]:
    """The parameters; an unknown one is 422."""
    given = dict(request.query_params)
    unknown = sorted(set(given) - allowed)
    if unknown:
        raise Refused(
            422, f"The filter(s): {', '.join(unknown)} are not valid filter parameter(s)."
        )
    return given


def page_v2(rows: list[Record], given: dict[str, str]) -> tuple[int, list[Record] | None]:
    """A page of v2: an array, or 204 when there is nothing on it."""
    limit, page = int(given.get("limit", "50")), int(given.get("page", "1"))
    shown = rows[(page - 1) * limit : page * limit]
    return (200, shown) if shown else (204, None)


def page_v3(rows: list[Record], given: dict[str, str], most: int = 250) -> tuple[int, Record]:
    """A page of v3 with its pagination block."""
    limit, page = min(int(given.get("limit", "50")), most), int(given.get("page", "1"))
    shown = rows[(page - 1) * limit : page * limit]
    pagination = {
        "total": len(rows),
        "count": len(shown),
        "per_page": limit,
        "current_page": page,
        "total_pages": -(-len(rows) // limit),
        "links": {"current": f"?page={page}&limit={limit}"},
        "too_many": False,
    }
    return 200, {"data": shown, "meta": {"pagination": pagination}}


def moment(text: str) -> datetime:
    """A date as BigCommerce takes it; one without a zone is refused here."""
    try:
        read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        try:
            read = parsedate_to_datetime(text)
        except ValueError:
            raise Refused(400, "The date is not valid.") from None
    if read.tzinfo is None:
        raise Refused(400, "The date has no time zone.")
    return read
