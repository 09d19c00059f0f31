"""Finding what no event told of: every few minutes, orders by date of modification.

BigCommerce keeps no events for those who were away (FACTS 3.1), and switches hooks off without a
word. So what was modified since the last comparison is read again, with an overlap; an idle store
costs one empty answer. Now and then the whole window of creation is read after that, page by
page; orders that are stored as the store dates them cost no more than their page. A change that
was not known here and that no event had told of is noted in the inbox as missed, and the
subscriptions are looked at at once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from app.bigcommerce.client import Param
from app.bigcommerce.errors import BigCommerceError
from app.bigcommerce.models.orders import Order
from app.bigcommerce.pages import Cursor, Page
from app.bigcommerce.resources import orders
from app.channels.kinds import IntegrationType
from app.channels.settings import GetOrdersSettings
from app.connections.lifecycle import mark_rejected
from app.connections.models import Connection
from app.connections.repository import find_connection
from app.core.queue import FAST_QUEUE, WakeUp
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.integrations.failures import LoseAccess, Wait, judge
from app.integrations.inbox.context import Closed, InboxContext, open_inbox
from app.integrations.inbox.pausing import pause
from app.integrations.ordering.order_fetching import keep_and_map
from app.integrations.ordering.order_saving import save_mapped
from app.orders.drafts import SavedOrder
from app.orders.repository import modified_times
from app.runs.kinds import Entity
from app.webhooks.polls import (
    EVERY,
    Missed,
    Poll,
    PollLost,
    advance_poll,
    claim_poll,
    end_poll,
    last_told,
    note_missed,
    rest_poll,
)

log = structlog.get_logger(__name__)

POLL_JOB = "poll_orders"
OVERLAP = timedelta(minutes=10)
LEASE = timedelta(seconds=90)
UNDER_WAY = timedelta(seconds=60)
"""An event of so recent a change may simply not be here yet."""
SAME_MOMENT = timedelta(seconds=2)


class PollCursor(msgspec.Struct, frozen=True):
    """Which of a comparison's walks is under way, and where it stands."""

    walk: int = 0
    at: Cursor | None = None


def poll_wake_up(connection_id: UUID) -> WakeUp:
    """Return the ring for comparing a connection's orders."""
    return WakeUp(POLL_JOB, {"connection_id": str(connection_id)}, FAST_QUEUE)


async def poll_orders(res: Resources, connection_id: UUID) -> None:
    """Compare for a while; what is left goes on from there."""
    async with res.unit_of_work() as uow:
        connection = await find_connection(uow, connection_id)
        poll = await claim_poll(uow, connection_id, LEASE)
        if connection is None or poll is None:
            return
        kind = IntegrationType.GET_ORDERS
        context = (
            await open_inbox(res, uow, connection, kind, "orders")
            if connection.status == "active"
            else None
        )
        if context is None or isinstance(context, Closed):
            await rest_poll(uow, poll, EVERY.total_seconds())
            return
    try:
        await _compare(context, connection, poll)
    except PollLost:
        log.info("poll_lost", connection_id=str(connection_id))
    except BigCommerceError as error:
        await _stumble(res, connection, poll, error)


async def _compare(context: InboxContext, connection: Connection, poll: Poll) -> None:
    res = context.res
    deadline = time.monotonic() + res.settings.run_slice_seconds
    start = msgspec.convert(poll.cursor, PollCursor)
    walks = _walks(context, poll)
    for number in range(start.walk, len(walks)):
        at = start.at if number == start.walk else None
        async for page in orders.pages(context.client, at, filters=walks[number]):
            done = PollCursor(number + 1) if page.last else PollCursor(number, page.cursor)
            await _save(context, connection, poll, page, done)
            if page.last:
                break
            if time.monotonic() >= deadline:
                async with res.unit_of_work() as uow:
                    await rest_poll(uow, poll, 0)
                    uow.ring_after_commit(poll_wake_up(connection.id))
                return
    async with res.unit_of_work() as uow:
        await end_poll(uow, poll)


def _walks(context: InboxContext, poll: Poll) -> list[dict[str, Param]]:
    """What is read: changes since the last comparison, and on a sweep the window of creation."""
    settings = context.settings
    assert isinstance(settings, GetOrdersSettings)  # noqa: S101 - of this integration
    walks: list[dict[str, Param]] = [{"min_date_modified": _iso(poll.compared_from - OVERLAP)}]
    if poll.sweeping:
        since = poll.began_at - timedelta(days=settings.created_within_days)
        walks.append({"min_date_created": _iso(since)})
    return walks


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


async def _unseen(context: InboxContext, found: Sequence[Order]) -> list[Order]:
    """Orders that are not stored, or with another date of modification."""
    async with context.res.unit_of_work() as uow:
        stored = await modified_times(uow, context.channel_id, [order.id for order in found])
    return [
        order
        for order in found
        if order.date_modified is None or stored.get(order.id) != order.date_modified
    ]


async def _save(
    context: InboxContext,
    connection: Connection,
    poll: Poll,
    page: Page[Order],
    done: PollCursor,
) -> None:
    mapped = await keep_and_map(context, context.channel_id, await _unseen(context, page.items))
    async with context.res.unit_of_work() as uow:
        saved = await save_mapped(
            uow,
            context.res.keyring,
            account_id=context.account_id,
            channel_id=context.channel_id,
            mapped=mapped,
        )
        missed = await _missed(uow, connection.id, page.items, saved)
        if missed:
            log.warning("changes_missed", connection_id=str(connection.id), count=len(missed))
            note_missed(
                uow,
                connection.id,
                context.account_id,
                context.channel_id,
                connection.store_hash,
                missed,
            )
            arguments = {"connection_id": str(connection.id)}
            uow.ring_after_commit(WakeUp("repair_hooks", arguments, FAST_QUEUE))
        await advance_poll(uow, poll, msgspec.to_builtins(done), len(missed), LEASE)


async def _missed(
    uow: UnitOfWork, connection_id: UUID, found: Sequence[Order], saved: Sequence[SavedOrder]
) -> list[Missed]:
    modified = {order.id: order.date_modified for order in found}
    changed = {order.external_id: order for order in saved if order.outcome != "unchanged"}
    told = await last_told(uow, connection_id, changed.keys())
    missed: list[Missed] = []
    for number, order in changed.items():
        moment = modified.get(number)
        if moment is None or timedelta() <= uow.clock.now() - moment < UNDER_WAY:
            continue
        if number in told and told[number] >= moment - SAME_MOMENT:
            continue
        touched = {
            "entity": Entity.ORDER.value,
            "id": str(order.order_id),
            "external_id": str(number),
            "outcome": order.outcome,
        }
        missed.append(Missed(number, moment, touched))
    return missed


async def _stumble(
    res: Resources, connection: Connection, poll: Poll, error: BigCommerceError
) -> None:
    verdict = judge(error, poll.waits)
    log.warning("poll_put_off", error=str(error), verdict=type(verdict).__name__)
    async with res.unit_of_work() as uow:
        if isinstance(verdict, Wait):
            await rest_poll(uow, poll, verdict.seconds, waited=True)
            return
        if isinstance(verdict, LoseAccess):
            await mark_rejected(uow, connection.id, verdict.message)
        elif verdict.pause:
            await pause(uow, connection, IntegrationType.GET_ORDERS, verdict)
        await rest_poll(uow, poll, EVERY.total_seconds())
