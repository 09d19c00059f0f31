"""ASGI middleware: request ids, access log, metrics, and refusal of text that cannot be stored."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import unquote_to_bytes

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import FieldProblem, ValidationFailed
from app.core.ids import new_id
from app.core.metrics import Metrics
from app.core.problems import problem_response, unexpected_response

log = structlog.get_logger("quayside.http")

MAX_BODY_BYTES = 32 * 1024 * 1024
_SUSPICIOUS = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]|\x00")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")


class RequestContext:
    """Gives each request an id, measures it and writes one log line for it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Request(scope).headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.match(given) else str(new_id())
        structlog.contextvars.bind_contextvars(request_id=request_id)
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 500
        begun = False

        async def send_with_id(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun = True
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            # The last stop of a request: here its id is still known to the log and the caller.
            log.exception("unexpected_error")
            if begun:
                raise
            await unexpected_response(request_id)(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.http_requests.labels(method, route, status).inc()
            self._metrics.http_seconds.labels(method, route).observe(seconds)
            log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
            )
            structlog.contextvars.clear_contextvars()


class StorableText:
    """Refuses NUL and lone surrogates, which JSON allows and PostgreSQL cannot store.

    Also refuses bodies above `MAX_BODY_BYTES`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        place = _unstorable_address(scope)
        if place is not None:
            await _refuse(place, 422, scope, receive, send)
            return
        if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(receive)
        except ClientDisconnect:
            return  # half a body must not be taken for a whole one
        if body is None:
            await _refuse("body", 413, scope, receive, send)
            return
        if _SUSPICIOUS.search(body) and _is_unstorable(body):
            await _refuse("body", 422, scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


def _unstorable_address(scope: Scope) -> str | None:
    for place, raw in (("path", scope.get("raw_path") or b""), ("query", scope["query_string"])):
        decoded = unquote_to_bytes(raw)
        if b"\x00" in decoded:
            return place
        try:
            decoded.decode()
        except UnicodeDecodeError:
            return place
    return None


def _is_unstorable(body: bytes) -> bool:
    if b"\x00" in body:
        return True
    try:
        waiting: list[object] = [json.loads(body)]
    except (ValueError, RecursionError):
        return False  # not JSON at all: the route says so
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str) and not _is_storable(item):
            return True
    return False


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


async def _read(receive: Receive) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


class _TooLarge(ValidationFailed):
    code = "body_too_large"
    status = 413
    title = "The body is too large"


async def _refuse(place: str, status: int, scope: Scope, receive: Receive, send: Send) -> None:
    error: ValidationFailed
    if status == 413:
        error = _TooLarge(f"A request may have at most {MAX_BODY_BYTES} bytes.")
    else:
        message = "NUL characters and broken Unicode cannot be stored."
        error = ValidationFailed(
            message, errors=[FieldProblem(field=place, code="invalid_text", message=message)]
        )
    await problem_response(error)(scope, receive, send)
