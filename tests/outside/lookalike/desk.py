"""Store information, geography, locations and the hooks of a store."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request

from tests.outside.lookalike.gate import Answer, Refused
from tests.outside.lookalike.questions import check_v2, check_v3, page_v2, page_v3
from tests.outside.lookalike.shop import Record, Shop

COUNTRIES = [
    {"id": 226, "country": "United States", "country_iso2": "US", "country_iso3": "USA"},
    {"id": 38, "country": "Canada", "country_iso2": "CA", "country_iso3": "CAN"},
    {"id": 80, "country": "Germany", "country_iso2": "DE", "country_iso3": "DEU"},
]
STATES = {
    226: [("California", "CA"), ("Texas", "TX"), ("New York", "NY")],
    38: [("Ontario", "ON"), ("Québec", "QC")],
}
MOST_HOOKS_OF_A_SCOPE = 10


async def store(shop: Shop, request: Request) -> Answer:
    """`GET /v2/store`, with its famous empty logo and numbers given as text."""
    check_v2(request, set())
    return 200, {
        "id": shop.hash,
        "store_id": "1025646",
        "account_uuid": "6f1b6e4e-0000-4000-8000-000000000001",
        "domain": f"store-{shop.hash}.mybigcommerce.com",
        "secure_url": f"https://store-{shop.hash}.mybigcommerce.com",
        "control_panel_base_url": f"https://store-{shop.hash}.mybigcommerce.com",
        "status": "live",
        "name": shop.name,
        "first_name": None,
        "admin_email": "owner@kontor.example",
        "country": "United States",
        "country_code": "US",
        "timezone": {
            "name": "America/Chicago",
            "raw_offset": "-21600",
            "dst_offset": -18000,
            "dst_correction": True,
            "date_format": {"display": "M jS Y"},
        },
        "language": "en",
        "currency": "USD",
        "currency_symbol": "$",
        "decimal_places": "2",
        "weight_units": shop.weight_units,
        "dimension_units": shop.dimension_units,
        "plan_name": "Plus",
        "plan_is_trial": False,
        "is_price_entered_with_tax": False,
        "default_channel_id": 1,
        "logo": [],
        "features": {"multi_storefront_enabled": False, "something_new": [1, 2]},
        "brand_new_field": {"nobody": "knows"},
    }


async def clock(shop: Shop, request: Request) -> Answer:
    """`GET /v2/time`."""
    check_v2(request, set())
    return 200, {"time": int(time.time())}


async def currencies(shop: Shop, request: Request) -> Answer:
    """`GET /v2/currencies`."""
    given = check_v2(request, {"page", "limit"})
    row = {"id": 1, "is_default": True, "currency_code": "USD", "currency_exchange_rate": "1.0"}
    return page_v2([row], given)


async def countries(shop: Shop, request: Request) -> Answer:
    """`GET /v2/countries`."""
    given = check_v2(request, {"page", "limit", "country", "country_iso2", "country_iso3"})
    rows = [
        row
        for row in COUNTRIES
        if given.get("country_iso2", row["country_iso2"]) == row["country_iso2"]
        and given.get("country", row["country"]) == row["country"]
    ]
    return page_v2(rows, given)


async def country_states(shop: Shop, request: Request) -> Answer:
    """`GET /v2/countries/{id}/states`."""
    given = check_v2(request, {"page", "limit", "state", "state_abbreviation"})
    country = request.path_params["id"]
    rows = [
        {"id": number, "state": name, "state_abbreviation": code, "country_id": country}
        for number, (name, code) in enumerate(STATES.get(country, []), start=1)
    ]
    return page_v2(rows, given)


async def empty(shop: Shop, request: Request) -> Answer:
    """An endpoint with nothing on it."""
    return page_v3([], dict(request.query_params))


async def hooks(shop: Shop, request: Request) -> Answer:
    """`GET /v3/hooks`."""
    given = check_v3(request, {"page", "limit", "is_active", "scope", "destination"})
    rows = [
        hook
        for hook in shop.hooks.values()
        if given.get("scope", hook["scope"]) == hook["scope"]
        and given.get("destination", hook["destination"]) == hook["destination"]
        and (given.get("is_active", "") in ("", str(hook["is_active"]).lower()))
    ]
    return page_v3(rows, given)


async def hooks_admin(shop: Shop, request: Request) -> Answer:
    """`GET /v3/hooks/admin`."""
    check_v3(request, {"is_active", "page", "limit"})
    listed = [
        {**hook, "status": "active" if hook["is_active"] else "deactivated"}
        for hook in shop.hooks.values()
    ]
    data = {"emails": [], "hooks_list": listed, "blocked_domains": []}
    return 200, {"data": data, "meta": {"pagination": {"total": len(listed), "total_pages": 1}}}


async def create_hook(shop: Shop, request: Request) -> Answer:
    """`POST /v3/hooks`."""
    body = await _hook_body(request, required=("scope", "destination"))
    of_scope = [hook for hook in shop.hooks.values() if hook["scope"] == body["scope"]]
    if any(hook["destination"] == body["destination"] for hook in of_scope):
        raise Refused(422, "The hook already exists.", destination="error.duplicate")
    if len(of_scope) >= MOST_HOOKS_OF_A_SCOPE:
        raise Refused(422, "Too many hooks.")
    number, now = shop.fresh_id(), int(time.time())
    shop.hooks[number] = {
        "id": number,
        "client_id": "test-client",
        "store_hash": shop.hash,
        "scope": body["scope"],
        "destination": body["destination"],
        "headers": body.get("headers"),
        "is_active": body.get("is_active", False),
        "created_at": now,
        "updated_at": now,
    }
    return 200, {"data": shop.hooks[number], "meta": {}}


async def one_hook(shop: Shop, request: Request) -> Answer:
    """`GET`, `PUT` and `DELETE /v3/hooks/{id}`."""
    hook = shop.hooks.get(request.path_params["id"])
    if hook is None:
        raise Refused(404)
    if request.method == "PUT":
        body = await _hook_body(request, required=())
        if not body:
            raise Refused(422, "JSON data is missing or invalid")
        hook.update(body, updated_at=int(time.time()))
    if request.method == "DELETE":
        del shop.hooks[hook["id"]]
    return 200, {"data": hook, "meta": {}}


HOOK_FIELDS: dict[str, Callable[[Any], bool]] = {
    "scope": lambda value: isinstance(value, str) and value.startswith("store/"),
    "destination": lambda value: isinstance(value, str) and bool(urlsplit(value).netloc),
    "is_active": lambda value: isinstance(value, bool),
    "headers": lambda value: (
        value is None
        or (
            isinstance(value, dict)
            and all(isinstance(part, str) for pair in value.items() for part in pair)
        )
    ),
    "events_history_enabled": lambda value: isinstance(value, bool),
}


async def _hook_body(request: Request, required: tuple[str, ...]) -> Record:
    try:
        body: Record = await request.json()
    except ValueError:
        raise Refused(422, "JSON data is missing or invalid") from None
    for name in required:
        if name not in body:
            raise Refused(422, "JSON data is missing or invalid", **{name: "error.path.missing."})
    for name, value in body.items():
        if name not in HOOK_FIELDS or not HOOK_FIELDS[name](value):
            raise Refused(422, "JSON data is missing or invalid", **{name: "error.invalid"})
    return body
