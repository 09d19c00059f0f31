"""Acting on a connection's events: claim what is due, act, until nothing is left.

What is wrong with the store puts events back with a time to come again; no event is ever lost to
that. At any line the worker may die: its events become free, and reading a thing as it is now and
saving it twice is the same as once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

import structlog

from app.bigcommerce.errors import BigCommerceError
from app.channels.kinds import IntegrationType
from app.connections.kinds import LIVE, ConnectionStatus
from app.connections.lifecycle import mark_rejected
from app.connections.models import Connection
from app.connections.repository import find_connection
from app.core.problems import database_is_away
from app.core.resources import Resources
from app.integrations.failures import LoseAccess, Wait, judge
from app.integrations.inbox.batches import LEASE
from app.integrations.inbox.orders import act_on_orders
from app.integrations.inbox.pausing import pause
from app.integrations.inbox.products import act_on_products
from app.integrations.inbox.store import act_on_store
from app.webhooks.claims import Claim, EventsLost, claim_events, put_back, waiting_since
from app.webhooks.doorbell import inbox_wake_up
from app.webhooks.kinds import EventEntity

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 1_000
STILL_COMING = timedelta(milliseconds=100)
LONGEST_GATHERING = timedelta(milliseconds=700)
LOOK_AGAIN_SECONDS = 0.1
FAILURE_SECONDS = 30.0

Act = Callable[[Resources, Connection, Claim], Awaitable[None]]
ACTIONS: Final[Mapping[EventEntity, Act]] = MappingProxyType(
    {
        EventEntity.ORDER: act_on_orders,
        EventEntity.PRODUCT: act_on_products,
        EventEntity.STORE: act_on_store,
    }
)
_INTEGRATIONS: Final[Mapping[EventEntity, IntegrationType]] = MappingProxyType(
    {
        EventEntity.ORDER: IntegrationType.GET_ORDERS,
        EventEntity.PRODUCT: IntegrationType.IMPORT_LISTINGS,
    }
)


async def process_inbox(
    res: Resources, connection_id: UUID, entity: EventEntity, worker_key: int
) -> None:
    """Act on a connection's events of one kind for a while; whatever remains is rung for."""
    deadline = time.monotonic() + res.settings.run_slice_seconds
    while await _next(res, connection_id, entity, worker_key):
        if time.monotonic() >= deadline:
            await res.queue.ring([inbox_wake_up(connection_id, entity)])
            return


async def _next(res: Resources, connection_id: UUID, entity: EventEntity, worker_key: int) -> bool:
    """Act on the next events; False when there are none to go on with."""
    await _gather(res, connection_id, entity)
    async with res.unit_of_work() as uow:
        connection = await find_connection(uow, connection_id)
        if connection is None or not _can_act(connection, entity):
            return False
        claim = await claim_events(
            uow, connection_id, entity, worker_key=worker_key, lease=LEASE, most=MOST_AT_ONCE
        )
    if claim is None:
        return False
    try:
        await ACTIONS[entity](res, connection, claim)
    except EventsLost:
        log.info("events_lost", connection_id=str(connection_id))
        return False
    except BigCommerceError as error:
        await _stumble(res, connection, claim, error)
        return False
    except asyncio.CancelledError:
        await asyncio.shield(_give_back(res, claim))
        raise
    except Exception as error:
        if database_is_away(error):
            log.warning("database_away_during_events", reason=type(error).__name__)
            return False
        log.exception("events_failed_unexpectedly")
        await _give_back(res, claim, FAILURE_SECONDS)
        return False
    return True


def _can_act(connection: Connection, entity: EventEntity) -> bool:
    if entity is EventEntity.STORE:
        return connection.status in LIVE
    return connection.status == ConnectionStatus.ACTIVE


async def _gather(res: Resources, connection_id: UUID, entity: EventEntity) -> None:
    """Wait a moment while events keep pouring in, so that a crowd costs few requests."""
    while True:
        async with res.unit_of_work() as uow:
            span = await waiting_since(uow, connection_id, entity)
            now = uow.clock.now()
        if span is None:
            return
        oldest, newest = span
        if now - newest >= STILL_COMING or now - oldest >= LONGEST_GATHERING or newest > now:
            return
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _stumble(
    res: Resources, connection: Connection, claim: Claim, error: BigCommerceError
) -> None:
    verdict = judge(error, max(event.waits for event in claim.events))
    log.warning("events_put_back", error=str(error), verdict=type(verdict).__name__)
    async with res.unit_of_work() as uow:
        if isinstance(verdict, Wait):
            await put_back(
                uow,
                claim,
                seconds=verdict.seconds,
                waited=True,
                code=verdict.waiting_for.value,
                message=verdict.message,
            )
            ring = inbox_wake_up(connection.id, claim.entity, verdict.seconds)
            uow.ring_after_commit(ring)
            return
        if isinstance(verdict, LoseAccess):
            await mark_rejected(uow, connection.id, verdict.message)
        elif verdict.pause and claim.entity in _INTEGRATIONS:
            await pause(uow, connection, _INTEGRATIONS[claim.entity], verdict)
        await put_back(
            uow, claim, seconds=FAILURE_SECONDS, code=verdict.code, message=verdict.message
        )


async def _give_back(res: Resources, claim: Claim, seconds: float = 0.0) -> None:
    async with res.unit_of_work() as uow:
        await put_back(uow, claim, seconds=seconds)
        ring = inbox_wake_up(claim.connection_id, claim.entity, seconds)
        uow.ring_after_commit(ring)
