"""`POST /bigcommerce/webhooks`: verified, written down, answered. In this order.

A plain route, not FastAPI's: thousands of events a second are read with as little work as
possible, and the body has to be verified byte for byte as it came.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.bigcommerce.errors import SignatureRefused
from app.bigcommerce.signatures import WebhookEvent, read_webhook
from app.core.deps import get_resources
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.core.problems import database_is_away
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


def webhook_route() -> Route:
    """Return the route; each application needs one of its own."""
    receiver = _Receiver()
    route = receiver.route = Route(PATH, receiver.receive, methods=["POST"])
    return route


class Inbox:
    """Takes deliveries of any store; belongs to one process and event loop."""

    def __init__(self, res: Resources) -> None:
        self._res = res
        self._verifier = Verifier(res, time.monotonic)
        self._doorbell = Doorbell(res.queue, asyncio.sleep)
        self._batcher: Batcher[Arrival, bool] = Batcher(self._store)

    async def take(self, raw_body: bytes, request: Request) -> None:
        """Return once the event is durable.

        Raises `EventMalformed`, `EventUnverified`, `TooBusy` and what the database raises.
        """
        event = _read(raw_body)
        try:
            connection_id, proof = await self._verifier.verify(
                event.store_hash, raw_body, request.headers
            )
        except SignatureRefused as refusal:
            log.warning("webhook_refused", store_hash=event.store_hash, reason=refusal.reason)
            raise EventUnverified("The event carries no valid proof of its sender.") from None
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
        if not await self._batcher.add(arrival):
            raise EventUnverified("The event carries no valid proof of its sender.")
        self._doorbell.announce(connection_id, subject.entity)

    async def _store(self, arrivals: Sequence[Arrival]) -> list[bool]:
        return await store_arrivals(self._res.engine, arrivals)


class _Receiver:
    """The endpoint of one application; its inbox is made with the first delivery."""

    route: Route

    def __init__(self) -> None:
        self._inbox: Inbox | None = None

    async def receive(self, request: Request) -> Response:
        """Answer 200 with an empty body once the event is durable."""
        request.scope["route"] = self.route  # by which the request is counted
        raw_body = await _body(request)
        if self._inbox is None:
            self._inbox = Inbox(get_resources(request))
        try:
            await self._inbox.take(raw_body, request)
        except TooBusy:
            raise Unavailable("Too many events are waiting to be written.") from None
        except (SQLAlchemyError, OSError) as error:
            if not database_is_away(error):
                raise
            log.warning("webhook_not_stored", reason=type(error).__name__)
            raise Unavailable("The event cannot be stored at the moment.") from None
        return Response()


def _read(raw_body: bytes) -> WebhookEvent:
    try:
        event = read_webhook(raw_body)
    except SignatureRefused:
        raise EventMalformed("The body is not an event of a store.") from None
    if len(event.scope) > SCOPE_LENGTH:
        raise EventMalformed("The event's scope is too long.")
    return event


async def _body(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LONGEST_BODY:
            raise EventTooLong(f"An event has at most {LONGEST_BODY} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)
