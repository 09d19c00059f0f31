"""What every request meets before it is answered: token, scope, quota, and today's mishaps."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.outside.lookalike.shop import Behaviour, Entry, Shop

STATUS_PAGE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
# Longer than any limit in these tests, shorter than the service's own patience.
TITLES = {
    400: "Input is invalid",
    401: "Unauthorized",
    403: "You don't have a required scope to access the endpoint",
    404: "The requested resource was not found.",
    406: "Not Acceptable",
    409: "Conflict",
    413: "The specified limit exceeds the maximum allowed.",
    422: "Unprocessable",
    429: "Too Many Requests",
}

Answer = tuple[int, Any]
Handler = Callable[[Shop, Request], Awaitable[Answer]]


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, message: str = "", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message or TITLES.get(status, "Error")
        self.more = more


def error_body(version: str, refused: Refused) -> Any:
    """An error as the version says it: arrays in v2, objects in v3."""
    if version == "v2":
        details = {"details": refused.more} if refused.more else {}
        return [{"status": refused.status, "message": refused.message, **details}]
    return {
        "status": refused.status,
        "title": refused.message,
        "type": STATUS_PAGE,
        "errors": {key: str(value) for key, value in refused.more.items()},
    }


def guarded(shops: dict[str, Shop], handler: Handler, scope: str) -> Callable[..., Any]:
    """Turn a handler into an endpoint of `/stores/{hash}/…`."""

    async def endpoint(request: Request) -> Response:
        path = request.url.path.split("/", 3)[3]
        version = path.split("/", 1)[0]
        shop = shops.get(request.path_params["hash"])
        if shop is None:
            return _answer(404, error_body(version, Refused(404)), {})
        fault = shop.behaviour.faults.popleft() if shop.behaviour.faults else "ok"
        foreseen = shop.shown_left is not None and shop.shown_left <= 0
        limits, granted = _take(shop)
        status, body = await _decide(shop, request, handler, scope, version, fault, granted)
        if status == 429:
            if shop.behaviour.headers_on_429 and fault != "bare429":
                limits["x-retry-after"] = "1"
            else:
                limits = {}
        shop.log.append(
            Entry(
                time.monotonic(),
                request.method,
                path,
                dict(request.query_params),
                status,
                dict(request.headers),
                foreseen,
            )
        )
        return _spoil(request, fault, _answer(status, body, limits))

    return endpoint


async def _decide(
    shop: Shop,
    request: Request,
    handler: Handler,
    scope: str,
    version: str,
    fault: str,
    granted: bool,
) -> Answer:
    if shop.behaviour.delay:
        await asyncio.sleep(shop.behaviour.delay)
    if fault in ("500", "502", "503"):
        return int(fault), "<html><body>Something is wrong</body></html>"
    try:
        if shop.behaviour.down_until > time.monotonic():
            raise Refused(503, "The store is down for maintenance")
        if not granted or fault in ("429", "bare429"):
            raise Refused(429)
        _check_headers(shop, request, scope)
        return await handler(shop, request)
    except Refused as refused:
        return refused.status, error_body(version, refused)


def _check_headers(shop: Shop, request: Request, scope: str) -> None:
    if shop.token is None or request.headers.get("x-auth-token") != shop.token:
        raise Refused(401)
    if "application/json" not in request.headers.get("accept", ""):
        raise Refused(406)
    granted = shop.scopes.split()
    if scope and scope not in granted:
        raise Refused(403)
    if request.method in ("POST", "PUT") and not request.headers.get("content-type", "").startswith(
        "application/json"
    ):
        raise Refused(415, "Unsupported Media Type")


def _take(shop: Shop) -> tuple[dict[str, str], bool]:
    """Count one request; give the limit headers and whether the quota allowed it."""
    behaviour = shop.behaviour
    now = time.monotonic()
    if now - shop.window_started >= behaviour.window:
        shop.window_started, shop.used = now, 0
    left = behaviour.quota - shop.used - _taken_by_rival(behaviour, now - shop.window_started)
    granted = left > 0
    if granted:
        shop.used += 1
        left -= 1
    shop.shown_left = max(left, 0)
    reset = behaviour.window - (now - shop.window_started)
    headers = {
        "x-rate-limit-time-window-ms": str(int(behaviour.window * 1000)),
        "x-rate-limit-time-reset-ms": str(int(reset * 1000)),
        "x-rate-limit-requests-quota": str(behaviour.quota),
        "x-rate-limit-requests-left": str(max(left, 0)),
    }
    return headers, granted


def _taken_by_rival(behaviour: Behaviour, elapsed: float) -> int:
    return int(behaviour.quota * behaviour.rival_share * min(1.0, elapsed / behaviour.window))


def _answer(status: int, body: Any, headers: dict[str, str]) -> Response:
    if status == 204:
        return Response(status_code=204, headers=headers)
    if isinstance(body, str):
        return Response(body, status, headers=headers, media_type="text/html")
    content = json.dumps(body).encode()
    return Response(content, status, headers=headers, media_type="application/json")


def _spoil(request: Request, fault: str, response: Response) -> Response:
    if fault == "truncate":
        half = bytes(response.body)[: len(response.body) // 2]
        return Response(half, response.status_code, media_type="application/json")
    if fault in ("reset", "drop", "cut"):
        transport: asyncio.Transport = request.scope["lookalike.transport"]
        if fault == "cut":
            # The length promises more than ever arrives.
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(response.body)}\r\n\r\n".encode()
            transport.write(head + bytes(response.body)[: len(response.body) // 2])
            transport.close()
        else:
            if fault == "reset":
                linger = struct.pack("ii", 1, 0)
                peer = transport.get_extra_info("socket")
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
    return response
