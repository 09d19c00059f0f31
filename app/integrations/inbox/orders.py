"""Events of orders: the orders they name are read as they are now, and saved as Get Orders would.

Many events of one order cost one request, many orders at once one per cluster of ids. Where they
are so scattered that this would be many requests, what was modified since the oldest event is
listed first: it usually holds all of them. Whatever was read is saved before more is read, so that
a worker that dies in a long backlog has not worked for nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, timedelta

import structlog

from app.bigcommerce.client import Param
from app.bigcommerce.errors import Refused
from app.bigcommerce.models.orders import Order
from app.bigcommerce.pages import Cursor
from app.bigcommerce.resources import orders
from app.bigcommerce.resources.batches import batches
from app.channels.kinds import IntegrationType
from app.connections.models import Connection
from app.core.resources import Resources
from app.integrations.inbox.batches import LEASE, Group, ended, grouped, work_on
from app.integrations.inbox.context import Closed, InboxContext, open_inbox
from app.integrations.ordering.order_fetching import (
    IDS_AT_ONCE,
    by_ids,
    clusters,
    keep_and_map,
)
from app.integrations.ordering.order_mapping import MappedOrders
from app.integrations.ordering.order_saving import save_mapped
from app.orders.drafts import SavedOrder
from app.runs.kinds import Entity, Outcome
from app.webhooks.claims import Claim, Finish, finish_events
from app.webhooks.kinds import EventStatus

log = structlog.get_logger(__name__)

SCATTERED = 8
"""From more requests than these on, a list by date of modification is tried first."""
OVERLAP = timedelta(minutes=10)
NOT_IN_STORE = ("not_in_store", "The store does not know this order (any more).")
NOT_WANTED = ("status_not_wanted", "Orders of this status are not imported, and it is not ours.")


async def act_on_orders(res: Resources, connection: Connection, claim: Claim) -> None:
    """Bring the orders of a claim up to date; raises `BigCommerceError` and `EventsLost`."""
    async with res.unit_of_work() as uow:
        context = await open_inbox(res, uow, connection, IntegrationType.GET_ORDERS, "orders")
        if isinstance(context, Closed):
            reason = (context.code, context.message)
            await finish_events(uow, claim, ended(claim.events, EventStatus.IGNORED, *reason))
            return
    opened = context

    groups = grouped(claim)
    left = dict(groups)
    async with aclosing(_listed(opened, groups)) as pages:
        async for listed in pages:

            async def save(group: Group, listed: Mapping[int, Order] = listed) -> None:
                await _save(opened, claim, group, [listed[number] for number in group])

            for part in batches(sorted(listed), IDS_AT_ONCE):
                await work_on(res, claim, {number: left.pop(number) for number in part}, save)

    async def read_and_save(group: Group) -> None:
        await _save(opened, claim, group, await by_ids(opened.client, list(group)))

    for ids in clusters(sorted(left)):
        await work_on(res, claim, {number: left[number] for number in ids}, read_and_save)


async def _listed(context: InboxContext, groups: Group) -> AsyncGenerator[dict[int, Order]]:
    """Orders that a list by date of modification gives for less than asking for each would cost."""
    parts = len(list(clusters(list(groups))))
    if parts <= SCATTERED:
        return
    events = [event for events in groups.values() for event in events]
    since = min(event.store_created_at or event.received_at for event in events) - OVERLAP
    filters: dict[str, Param] = {
        "min_date_modified": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "max_id": max(groups),
    }
    count = pages = 0
    try:
        async for page in orders.pages(
            context.client, Cursor(after=min(groups) - 1), filters=filters
        ):
            found = {order.id: order for order in page.items if order.id in groups}
            count, pages = count + len(found), pages + 1
            yield found
            if count == len(groups) or pages >= parts // 2:
                return
    except Refused as error:
        log.warning("scattered_events_not_listed", reason=str(error)[:200])


async def _save(context: InboxContext, claim: Claim, group: Group, found: Sequence[Order]) -> None:
    mapped = await keep_and_map(context, context.channel_id, found)
    async with context.res.unit_of_work() as uow:
        saved = await save_mapped(
            uow,
            context.res.keyring,
            account_id=context.account_id,
            channel_id=context.channel_id,
            mapped=mapped,
        )
        known = {order.id for order in found}
        await finish_events(uow, claim, _finishes(group, known, mapped, saved), LEASE)


def _finishes(
    group: Group, known: set[int], mapped: MappedOrders, saved: list[SavedOrder]
) -> list[Finish]:
    outcomes = {order.external_id: order for order in saved}
    rejected = {item.external_id: item for item in mapped.rejected}
    finishes: list[Finish] = []
    for number, events in group.items():
        order, item = outcomes.get(number), rejected.get(str(number))
        if order is not None:
            remark = mapped.remarks.get(number)
            touched = {
                "entity": Entity.ORDER.value,
                "id": str(order.order_id),
                "external_id": str(number),
                "outcome": order.outcome,
            }
            finishes += [
                Finish(
                    event.id,
                    EventStatus.PROCESSED,
                    remark.code if remark else None,
                    remark.message if remark else None,
                    [touched],
                )
                for event in events
            ]
        elif item is not None:
            failed = item.outcome is Outcome.FAILED
            status = EventStatus.FAILED if failed else EventStatus.IGNORED
            finishes += ended(events, status, item.code or "rejected", item.message or "")
        else:
            reason = NOT_WANTED if number in known else NOT_IN_STORE
            finishes += ended(events, EventStatus.IGNORED, *reason)
    return finishes
