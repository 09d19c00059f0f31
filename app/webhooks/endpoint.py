"""`POST /bigcommerce/webhooks`: verified, written down, answered. In this order.

A gate in front of the application, because a store may send thousands of events a second and
each should cost as little as possible: no routing, no validation by schema, and a line in the log
only for what is refused. What is accepted is in the inbox, which tells more than a log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Receive, Scope, Send

from app.bigcommerce.errors import SignatureRefused
from app.bigcommerce.signatures import WebhookEvent, read_webhook
from app.core.errors import AppError, Unavailable
from app.core.ids import new_id
from app.core.metrics import Metrics
from app.core.problems import database_is_away, problem_response
from app.core.resources import Resources
from app.webhooks.batching import Batcher, TooBusy
from app.webhooks.doorbell import Doorbell
from app.webhooks.errors import EventMalformed, EventTooLong, EventUnverified
from app.webhooks.models import SCOPE_LENGTH
from app.webhooks.reading import hash_of, subject_of
from app.webhooks.storing import Arrival, store_arrivals
from app.webhooks.verification import Verifier

log = structlog.get_logger(__name__)

PATH = "/bigcommerce/webhooks"
LONGEST_BODY = 64 * 1024
UNVERIFIED = "The event carries no valid proof of its sender."


class Inbox:
    """Takes deliveries of any store; belongs to one process and event loop."""

    def __init__(self, res: Resources) -> None:
        self._res = res
        self._verifier = Verifier(res, time.monotonic)
        self._doorbell = Doorbell(res.queue, res.background, asyncio.sleep)
        self._batcher: Batcher[Arrival, bool] = Batcher(self._store, spawn=res.background.spawn)

    async def take(self, raw_body: bytes, headers: Mapping[str, str]) -> None:
        """Return once the event is durable; header names are in lower case.

        Raises `EventMalformed`, `EventUnverified`, `Unavailable` and what the database raises.
        """
        event = _read(raw_body)
        try:
            connection_id, proof = await self._verifier.verify(event.store_hash, raw_body, headers)
        except SignatureRefused as refusal:
            log.warning("webhook_refused", store_hash=event.store_hash, reason=refusal.reason)
            raise EventUnverified(UNVERIFIED) from None
        if proof.stale:
            log.info("webhook_signed_long_ago", store_hash=event.store_hash, scope=event.scope)
        subject = subject_of(event)
        arrival = Arrival(
            id=new_id(),
            connection_id=connection_id,
            scope=event.scope,
            subject=subject,
            event_hash=hash_of(event, raw_body),
            verified_by=proof.by,
            store_created_at=event.created_at,
            received_at=self._res.clock.now(),
        )
        try:
            stored = await self._batcher.add(arrival)
        except TooBusy:
            raise Unavailable("Too many events are waiting to be written.") from None
        if not stored:
            raise EventUnverified(UNVERIFIED)
        self._doorbell.announce(connection_id, subject.entity)

    async def _store(self, arrivals: Sequence[Arrival]) -> list[bool]:
        return await store_arrivals(self._res.engine, arrivals)


class WebhookGate:
    """ASGI middleware that answers deliveries and lets everything else through."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._seconds = metrics.http_seconds.labels("POST", PATH)
        self._accepted = metrics.http_requests.labels("POST", PATH, 200)
        self._inbox: Inbox | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        try:
            await self._take(scope, receive)
        except AppError as error:
            self._metrics.http_requests.labels("POST", PATH, error.status).inc()
            await problem_response(error)(scope, receive, send)
        else:
            self._accepted.inc()
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-length", b"0")],
                }
            )
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._seconds.observe(time.perf_counter() - began)

    async def _take(self, scope: Scope, receive: Receive) -> None:
        if self._inbox is None:
            # Made with the first delivery, in the event loop that serves.
            self._inbox = Inbox(scope["app"].state.resources)
        raw_body = await _body(receive)
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        try:
            await self._inbox.take(raw_body, headers)
        except (SQLAlchemyError, OSError) as error:
            if not database_is_away(error):
                raise
            log.warning("webhook_not_stored", reason=type(error).__name__)
            raise Unavailable("The event cannot be stored at the moment.") from None


def _read(raw_body: bytes) -> WebhookEvent:
    try:
        event = read_webhook(raw_body)
    except SignatureRefused:
        raise EventMalformed("The body is not an event of a store.") from None
    if len(event.scope) > SCOPE_LENGTH or not _is_plain(event.scope):
        raise EventMalformed("The event's scope is not one of a store.")
    return event


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > LONGEST_BODY:
            raise EventTooLong(f"An event has at most {LONGEST_BODY} bytes.")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(chunks)
